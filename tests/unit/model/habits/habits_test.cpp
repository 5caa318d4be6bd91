#include "analyzer/model/habits/habits.h"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

using Taking = Habits::Taking;

std::int64_t at(double seconds) {
  return static_cast<std::int64_t>((1000 + seconds) * 1e9);
}

Record accepted(std::int64_t time_ns) {
  return {"accept4", {3}, 5, time_ns};
}

/// A web server that reads its configuration, drops its rights, and answers one request a second.
Habits web_server(int seconds = 90) {
  Habits habits(quick_habits());
  const auto learn = [&](Record record) { habits.observe(record, kProcess, Taking::learn); };
  learn(ran("/usr/sbin/nginx", std::string("nginx\0-g\0daemon off;", 20), at(0)));
  for (const char* path : {"/etc/nginx/nginx.conf", "/etc/nginx/mime.types", "/etc/passwd", "/etc/group"})
    learn(opened(path, at(0)));
  learn(opened("/var/log/nginx/access.log", at(0), 02000 | 0100 | 1));
  for (int i = 0; i < seconds; ++i) {
    learn(accepted(at(i)));
    learn(opened("/var/www/html/page" + std::to_string(i) + ".html", at(i + .1)));
    learn(connected(inet({172, 17, 0, 3}, 9000), at(i + .2), -115));
    if (i % 10 == 0) learn(opened("/var/cache/nginx/" + std::to_string(i) + "/x", at(i + .3), 0302));
    learn(opened("/var/www/html/missing", at(i + .4), 0, -2));
  }
  habits.settle();
  return habits;
}

std::string told(Habits& habits, SyscallRecord record, std::uint64_t process = kProcess) {
  const auto finding = habits.observe(record, process, Taking::judge);
  return finding ? habits.evidence(*finding) : "";
}

}  // namespace

SCENARIO("a server that does what it always does is quiet") {
  Habits habits = web_server();
  CHECK(habits.ready());
  CHECK(habits.settled(Habit::reads));
  for (Record record :
       {opened("/var/www/html/new.html", at(100)), opened("/var/www/html/css/new.css", at(100)),
        opened("/var/cache/nginx/4711/y", at(100), 0302),
        connected(inet({172, 17, 0, 9}, 9000), at(100), -115),
        opened("/usr/lib/x86_64-linux-gnu/libnss_files.so.2", at(100)), opened("/etc/resolv.conf", at(100)),
        opened("/var/log/nginx/access.log", at(100)), opened("/etc/nginx/conf.d/default.conf", at(100)),
        opened("/etc/shadow", at(100), 0, -13)})
    CHECK(told(habits, record).empty());
}

SCENARIO("a traversal, an exfiltration and a dropped file are told with what was seen instead") {
  Habits habits = web_server();
  CHECK(told(habits, opened("/var/www/html/../../../etc/shadow", at(100))) ==
        "opens /var/www/html/../../../etc/shadow, never seen; seen: /var/www/html, /etc/nginx, /etc/group, "
        "/etc/passwd");
  CHECK(told(habits, opened("/etc/passwd", at(100))).starts_with("opens /etc/passwd, never seen"));
  CHECK(told(habits, opened("/var/www/html/shell.php", at(100), 0101))
            .starts_with(
                "changes /var/www/html/shell.php, never seen; seen: /var/cache/nginx, /var/log/nginx"));
  CHECK(told(habits, connected(inet({93, 184, 215, 14}, 443), at(100))) ==
        "connects to 93.184.215.14:443, never seen; seen: reaches private 9000");
  CHECK(
      told(habits, connected(inet({10, 0, 0, 5}, 22), at(100), -111)).starts_with("connects to 10.0.0.5:22"));
}

SCENARIO("a program that starts again reads what it reads at its start") {
  Habits habits = web_server();
  CHECK(told(habits, opened("/etc/passwd", at(100)), 77).empty());
  habits.observe(ran("/usr/sbin/nginx", std::string("nginx\0-g\0daemon off;", 20), at(101)), kProcess,
                 Taking::judge);
  CHECK(told(habits, opened("/etc/passwd", at(101))).empty());
}

SCENARIO("a scan for files that are not there is told by its pace") {
  Habits habits = web_server();
  std::string words;
  for (int i = 0; i < 1000 && words.empty(); ++i)
    words = told(habits, opened("/var/www/html/scan" + std::to_string(i), at(200), 0, -2));
  CHECK(words == "more than 100 calls of openat failed with ENOENT within 10 s; before at most 11");
}

SCENARIO("nothing is judged before it has settled") {
  Habits habits = web_server(30);
  CHECK_FALSE(habits.ready());
  CHECK(habits.reason().starts_with("directories read: needs "));
  CHECK(told(habits, opened("/etc/shadow", at(100))).empty());
}

SCENARIO("arguments are judged once a program was run often enough") {
  Habits habits(quick_habits());
  for (int i = 0; i < 90; i += 4)
    habits.observe(ran("/bin/sh", std::string("sh\0-c\0getent hosts a", 20), at(i)),
                   static_cast<std::uint64_t>(i), Taking::learn);
  for (int i = 0; i < 90; ++i)
    habits.see_running(at(i));
  habits.settle();
  CHECK(told(habits, ran("/bin/sh", std::string("sh\0-c\0getent hosts b", 20), at(95))).empty());
  CHECK(told(habits, ran("/bin/sh", std::string("sh\0-c\0getent hosts b; id", 24), at(95))) ==
        "runs sh -c getent hosts b; id, never seen; seen: sh -c getent");
}

SCENARIO("a new version begins with what was seen, judges nothing yet, and needs no first day") {
  const Habits before = web_server();
  Habits begun = before.successor();
  for (const Habit habit : {Habit::reads, Habit::changes, Habit::reaches, Habit::runs}) {
    CHECK(begun.object_habit(habit).observations() == before.object_habit(habit).observations());
    CHECK_FALSE(begun.settled(habit));
  }
  CHECK_FALSE(begun.settled(Habit::pace));
  CHECK(begun.time().total_ns() == 0);
  CHECK(begun.settling(Habit::reads).missing == "directories read: needs 20 s more; seen for 0 s lately");
  CHECK(begun.settling(Habit::pace).missing == "pace: needs 50 s more");
  CHECK(told(begun, opened("/etc/shadow", at(100))).empty());
  // Now and then something that only the version before knew, and once something new.
  for (int i = 0; i <= 21; ++i)
    begun.observe(opened("/var/www/html/next" + std::to_string(i), at(200 + i)), 9, Taking::learn);
  begun.observe(opened("/etc/nginx/nginx.conf", at(221)), 9, Taking::learn);
  Habits surprised = begun;
  surprised.observe(opened("/etc/shadow", at(221)), 9, Taking::learn);
  begun.settle();
  CHECK(begun.settled(Habit::reads));
  CHECK_FALSE(told(begun, opened("/etc/shadow", at(223))).empty());
  CHECK(told(begun, opened("/etc/group", at(223)), 9).empty());
  surprised.settle();
  CHECK_FALSE(surprised.settled(Habit::reads));

  THEN("what had not settled needs its whole time") {
    Habits next = web_server(30).successor();
    CHECK(next.settling(Habit::reads).missing.find("needs 60 s more") != std::string::npos);
  }
  THEN("of a tree that is more than half full, what was seen once is not handed on") {
    HabitOptions options = quick_habits();
    options.max_names = 20;
    Habits full(options);
    for (int i = 0; i < 12; ++i) {
      const std::string path = "/app/" + std::string(1, static_cast<char>('a' + i)) + "/x";
      full.observe(opened(path, at(i)), 1, Taking::learn);
      if (i % 2 == 0) full.observe(opened(path, at(i)), 1, Taking::learn);
    }
    CHECK(full.successor().object_habit(Habit::reads).tree().size() == 7);
  }
}

SCENARIO("parts judge by the whole, and the whole does not depend on how they were dealt out") {
  std::vector<Record> records;
  for (int i = 0; i < 400; ++i) {
    records.push_back(opened("/var/lib/app" + std::string(1, static_cast<char>('a' + i % 20)) + "/x", at(i)));
    records.push_back(connected(inet({93, static_cast<std::uint8_t>(i % 40), 1, 1}, 443), at(i)));
    records.push_back(accepted(at(i)));
  }
  std::mt19937 random(5);
  const auto whole_of = [&](std::size_t count) {
    std::vector<Habits> parts(count, Habits(quick_habits()));
    for (Record& record : records) {
      const std::uint64_t process = random() % 5;
      parts[process % count].observe(record, process, Taking::learn);
    }
    auto whole = std::make_shared<Habits>(quick_habits());
    for (const Habits& part : parts)
      whole->merge(part);
    whole->settle();
    return whole;
  };
  const auto one = whole_of(1);
  const auto five = whole_of(5);
  for (const Habit habit : {Habit::reads, Habit::changes, Habit::reaches, Habit::runs})
    CHECK(one->object_habit(habit) == five->object_habit(habit));
  CHECK(one->time().total_ns() == five->time().total_ns());
  CHECK(one->reason() == five->reason());

  Habits part(quick_habits());
  CHECK(told(part, opened("/etc/shadow", at(500))).empty());
  part.follow(five);
  CHECK(told(part, opened("/var/lib/appc/y", at(500))).empty());
  CHECK_FALSE(told(part, opened("/etc/shadow", at(500))).empty());
}

SCENARIO("what has settled learns no more; the rest is learned before it is judged") {
  Habits habits = web_server();
  Record record = opened("/etc/shadow", at(100));
  CHECK(habits.observe(record, kProcess, Taking::judge_and_learn));
  CHECK(habits.observe(record, kProcess, Taking::judge_and_learn));
  CHECK(habits.observe(record, kProcess, Taking::learn) == std::nullopt);
  CHECK(habits.observe(record, kProcess, Taking::judge));
  habits.settle();
  CHECK(habits.settled(Habit::reads));

  Record run = ran("/usr/sbin/nginx", std::string("nginx\0-t", 8), at(101));
  CHECK_FALSE(habits.settled(Habit::runs));
  CHECK_FALSE(habits.observe(run, kProcess, Taking::judge_and_learn));
  CHECK(habits.object_habit(Habit::runs).observations() == 2);
}

SCENARIO("what is rejected is told and not learned, before it has settled as well") {
  Habits habits(quick_habits());
  habits.reject({{std::string("reads\0etc\0shadow", 16), 0}, {std::string("pace\0003\0000\0000", 10), 50}});
  Record record = opened("/etc/shadow", at(1));
  const auto finding = habits.observe(record, kProcess, Taking::judge_and_learn);
  REQUIRE(finding);
  CHECK(finding->words == "opens /etc/shadow, which an operator rejected");
  CHECK(habits.object_habit(Habit::reads).observations() == 0);
  // Below the floor nothing is worth a mail, rejected or not.
  int accepts = 0;
  std::optional<HabitFinding> pace;
  for (; accepts < 5000 && !pace; ++accepts)
    pace = habits.observe(accepted(at(20)), kProcess, Taking::judge_and_learn);
  CHECK(accepts == 201);
  habits.observe(accepted(at(100)), kProcess, Taking::learn);
  habits.observe(accepted(at(200)), kProcess, Taking::learn);
  CHECK(habits.pace().learned().at({PaceKind::accepted, {}, 0}).highest() == 1);
}

SCENARIO("a feature that is not watched learns nothing, tells nothing, and is waited for by nobody") {
  HabitOptions options = quick_habits();
  options.watched = {false, true, true, true, false};
  Habits habits(options);
  for (int i = 0; i < 90; ++i) {
    habits.observe(opened("/srv/x", at(i)), kProcess, Taking::learn);
    habits.observe(opened("/srv/y", at(i), 1), kProcess, Taking::learn);
  }
  habits.settle();
  CHECK(habits.ready());
  CHECK_FALSE(habits.settled(Habit::reads));
  CHECK(habits.settling(Habit::reads).missing == "directories read: not looked at");
  CHECK(habits.object_habit(Habit::reads).observations() == 0);
  CHECK(told(habits, opened("/etc/shadow", at(100))).empty());
  CHECK_FALSE(told(habits, opened("/etc/cron.d/x", at(100), 1)).empty());
}

SCENARIO("shadow counts a pace once") {
  Habits habits = web_server();
  std::optional<HabitFinding> finding;
  int accepts = 0;
  for (; accepts < 5000 && !finding; ++accepts)
    finding = habits.observe(accepted(at(200)), kProcess, Taking::judge_and_learn);
  REQUIRE(finding);
  CHECK(accepts == 201);  // the floor
  CHECK(finding->amount == 201);
}

SCENARIO("what is accepted is known, and nothing else") {
  Habits habits = web_server();
  Record shadow = opened("/etc/shadow", at(100));
  Record other = opened("/etc/gshadow", at(100));
  Record outside = connected(inet({93, 184, 215, 14}, 443), at(100));
  Record root("chdir", {}, 0, at(100));
  root.with(0, CapturedKind::path, "/");
  for (Record* record : {&shadow, &outside, &root}) {
    const auto finding = habits.observe(*record, kProcess, Taking::judge);
    REQUIRE(finding);
    CHECK(habits.accept(*finding, at(101)));
    CHECK_FALSE(habits.observe(*record, kProcess, Taking::judge));
  }
  CHECK(habits.observe(other, kProcess, Taking::judge));

  std::optional<HabitFinding> pace;
  for (int i = 0; i < 5000 && !pace; ++i)
    pace = habits.observe(accepted(at(200)), kProcess, Taking::judge);
  REQUIRE(pace);
  CHECK(habits.accept(*pace, at(201)));
  for (int i = 0; i < 500; ++i)
    CHECK_FALSE(habits.observe(accepted(at(300)), kProcess, Taking::judge));

  for (const std::string& object : {std::string(), std::string("reads"), std::string("nothing\0x", 9),
                                    std::string("pace\0009\0001\0001", 10), std::string("pace\0x", 6),
                                    std::string("reads") + std::string(40, '\0')})
    CHECK_FALSE(habits.accept({Habit::reads, object, "", 1}, at(1)));
}

SCENARIO("hostile records make no trouble") {
  Habits habits = web_server();
  SyscallRecord bare{find_call_by_name(Arch::x86_64, "openat").value(), 0, {}, 3, at(100), {}};
  CHECK_FALSE(habits.observe(bare, kProcess, Taking::judge_and_learn));
  const CapturedArg wrong[] = {{1, CapturedKind::sockaddr, false, "xx"}};
  bare.arg_count = 6;
  bare.captured = wrong;
  CHECK_FALSE(habits.observe(bare, kProcess, Taking::judge_and_learn));
  bare.result = kNoResult;
  CHECK_FALSE(habits.observe(bare, kProcess, Taking::judge));
  CHECK(told(habits, opened("/\x1b[2J\n/x", at(-5000))) ==
        "opens /\\x1b[2J\\x0a/x, never seen; seen: /var/www/html, "
        "/etc/nginx, /etc/group, /etc/passwd");
}
