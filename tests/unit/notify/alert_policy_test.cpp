#include "analyzer/notify/alert_policy.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

namespace {

const Moment kStart{std::chrono::milliseconds(1'795'489'927'000)};

Alert alert(const std::string& id, const std::string& executable, const std::string& container = "c1",
            AlertKind kind = AlertKind::new_executable) {
  Alert made;
  made.id = id;
  made.kind = kind;
  made.executable = executable;
  made.host = "host7";
  made.container_id = container;
  return made;
}

PolicyRules usual() {
  PolicyRules rules;
  rules.group_wait = 2s;
  return rules;
}

std::vector<std::string> ids(const Notification& note) {
  std::vector<std::string> list;
  for (const Alert& one : note.alerts)
    list.push_back(one.id);
  return list;
}

}  // namespace

SCENARIO("what belongs together comes in one mail") {
  AlertPolicy policy{usual()};
  policy.take(alert("a1", "/bin/sh"), kStart);
  policy.take(alert("a2", "/bin/cat"), kStart + 500ms);
  policy.take(alert("a3", "/bin/nc"), kStart + 1900ms);
  policy.take(alert("b1", "/bin/sh", "c2"), kStart + 100ms);

  REQUIRE(policy.next_due() == kStart + 2s);
  REQUIRE(policy.due(kStart + 1999ms).notifications.empty());

  const auto due = policy.due(kStart + 2s).notifications;
  REQUIRE(due.size() == 1);
  REQUIRE(ids(due[0]) == std::vector<std::string>{"a1", "a2", "a3"});
  REQUIRE(due[0].sequence == 0);
  REQUIRE(due[0].incident == incident_id_of("a1"));
  REQUIRE(policy.due(kStart + 2s).notifications.empty());

  const auto other = policy.due(kStart + 2100ms).notifications;
  REQUIRE(other.size() == 1);
  REQUIRE(other[0].container_id == "c2");
}

SCENARIO("the same finding on another host is another incident") {
  AlertPolicy policy{usual()};
  policy.take(alert("a1", "/bin/sh"), kStart);
  Alert elsewhere = alert("a2", "/bin/sh");
  elsewhere.host = "host8";
  policy.take(std::move(elsewhere), kStart);
  REQUIRE(policy.due(kStart + 2s).notifications.size() == 2);
}

SCENARIO("a follow-up comes for what is new, and not before its time") {
  AlertPolicy policy{usual()};
  policy.take(alert("a1", "/bin/sh"), kStart);
  REQUIRE(policy.due(kStart + 2s).notifications.size() == 1);

  policy.take(alert("a2", "/bin/nc"), kStart + 10s);
  REQUIRE(policy.due(kStart + 5min + 1s).notifications.empty());
  const auto due = policy.due(kStart + 5min + 2s).notifications;
  REQUIRE(due.size() == 1);
  REQUIRE(due[0].sequence == 1);
  REQUIRE(ids(due[0]) == std::vector<std::string>{"a2"});
  REQUIRE(due[0].total == 2);

  WHEN("the next news comes long after the last mail") {
    policy.take(alert("a3", "/bin/dd"), kStart + 20min);
    THEN("it still waits for what belongs to it") {
      REQUIRE(policy.due(kStart + 20min + 1s).notifications.empty());
      REQUIRE(policy.due(kStart + 20min + 2s).notifications.size() == 1);
    }
  }
}

SCENARIO("each object that is new to a program is news of its own") {
  AlertPolicy policy{PolicyRules{}};
  const auto about = [](const std::string& id, const std::string& object) {
    Alert made = alert(id, "/bin/app", "c1", AlertKind::new_directory_read);
    made.object = object;
    return made;
  };
  policy.take(about("a1", "/etc/shadow"), kStart);
  policy.take(about("a2", "/root/.ssh"), kStart);
  policy.take(about("a3", "/etc/shadow"), kStart);
  const auto first = policy.due(kStart + 2s).notifications;
  REQUIRE(first.size() == 1);
  CHECK(ids(first[0]) == std::vector<std::string>{"a1", "a2"});
  REQUIRE(first[0].counts.size() == 1);
  CHECK(first[0].counts[0].object == "/etc/shadow");
  policy.take(about("a4", "/root/.ssh"), kStart + 3s);
  policy.take(about("a5", "/srv/other"), kStart + 3s);
  const auto next = policy.due(kStart + 10min).notifications;
  REQUIRE(next.size() == 1);
  CHECK(ids(next[0]) == std::vector<std::string>{"a5"});
}

SCENARIO("repeats are counted, not listed again") {
  AlertPolicy policy{usual()};
  REQUIRE(policy.take(alert("a1", "/bin/sh"), kStart) == AlertPolicy::Taken::listed);
  for (int i = 0; i < 7; ++i) {
    REQUIRE(policy.take(alert("r" + std::to_string(i), "/bin/sh"), kStart + 1s) ==
            AlertPolicy::Taken::counted);
  }
  const auto first = policy.due(kStart + 2s).notifications;
  REQUIRE(first[0].alerts.size() == 1);
  REQUIRE(first[0].counts.size() == 1);
  REQUIRE(first[0].counts[0].count == 7);
  REQUIRE(first[0].counts[0].listed);
  REQUIRE(first[0].left_out == 0);

  WHEN("only repeats follow") {
    policy.take(alert("r8", "/bin/sh"), kStart + 3min);
    THEN("they make no follow-up of their own") {
      REQUIRE(policy.due(kStart + 10min).notifications.empty());
    }
    THEN("they are told when the incident ends") {
      const auto last = policy.due(kStart + 33min);
      REQUIRE(last.notifications.size() == 1);
      REQUIRE(last.notifications[0].closing);
      REQUIRE(last.notifications[0].alerts.empty());
      REQUIRE(last.notifications[0].counts[0].count == 1);
      REQUIRE(last.closed == std::vector<std::string>{incident_id_of("a1")});
      REQUIRE(policy.size() == 0);
    }
  }
  WHEN("repeats go on and on") {
    std::size_t mails = 0;
    for (int minute = 1; minute <= 600; ++minute) {
      policy.take(alert("x" + std::to_string(minute), "/bin/sh"), kStart + minute * 1min);
      mails += policy.due(kStart + minute * 1min).notifications.size();
    }
    THEN("a mail every four hours tells how many") {
      REQUIRE(mails == 2);
    }
  }
}

SCENARIO("a quiet incident ends without a mail, and the next one starts afresh") {
  AlertPolicy policy{usual()};
  policy.take(alert("a1", "/bin/sh"), kStart);
  REQUIRE(policy.due(kStart + 2s).notifications.size() == 1);
  const auto end = policy.due(kStart + 30min);
  REQUIRE(end.notifications.empty());
  REQUIRE(end.closed.size() == 1);
  REQUIRE_FALSE(policy.next_due());

  policy.take(alert("a9", "/bin/sh"), kStart + 40min);
  const auto again = policy.due(kStart + 40min + 2s).notifications;
  REQUIRE(again.size() == 1);
  REQUIRE(again[0].sequence == 0);
  REQUIRE(again[0].incident != incident_id_of("a1"));
}

SCENARIO("a mail lists no more than it can, and says how many it left out") {
  PolicyRules rules = usual();
  rules.alerts_per_mail = 3;
  rules.counts_per_incident = 5;
  AlertPolicy policy{rules};
  for (int i = 0; i < 9; ++i)
    policy.take(alert("a" + std::to_string(i), "/bin/p" + std::to_string(i)), kStart);

  const auto due = policy.due(kStart + 2s).notifications;
  REQUIRE(due[0].alerts.size() == 3);
  REQUIRE(due[0].counts.size() == 2);
  REQUIRE(due[0].left_out == 6);
  REQUIRE(due[0].total == 9);

  WHEN("one that was left out comes again") {
    THEN("it is shown in full this time") {
      REQUIRE(policy.take(alert("b3", "/bin/p3"), kStart + 1min) == AlertPolicy::Taken::listed);
    }
  }
}

SCENARIO("too many incidents: the quietest ends early, and what it had to tell is told") {
  PolicyRules rules = usual();
  rules.incidents = 2;
  AlertPolicy policy{rules};
  policy.take(alert("a1", "/bin/sh", "c1"), kStart);
  policy.take(alert("a2", "/bin/sh", "c2"), kStart + 1ms);
  policy.take(alert("a3", "/bin/sh", "c3"), kStart + 2ms);
  REQUIRE(policy.size() == 2);
  const auto due = policy.due(kStart + 3ms);
  REQUIRE(due.notifications.size() == 1);
  REQUIRE(ids(due.notifications[0]) == std::vector<std::string>{"a1"});
  REQUIRE(due.closed == std::vector<std::string>{incident_id_of("a1")});
}

SCENARIO("an alert that is read again is not counted twice") {
  AlertPolicy policy{usual()};
  policy.take(alert("a1", "/bin/sh"), kStart);
  REQUIRE(policy.take(alert("a1", "/bin/sh"), kStart) == AlertPolicy::Taken::known);
  REQUIRE(policy.due(kStart + 2s).notifications[0].total == 1);
}

namespace {

Alert sequence(const std::string& id, const std::vector<std::string>& unseen) {
  Alert made = alert(id, "/bin/app", "c1", AlertKind::unseen_sequence);
  made.unseen_ngram = unseen;
  return made;
}

}  // namespace

SCENARIO("a false alarm does not hide an attack of its kind in the same container") {
  AlertPolicy policy{usual()};
  policy.take(sequence("false", {"read", "fsync"}), kStart);
  REQUIRE(policy.due(kStart + 2s).notifications.size() == 1);
  REQUIRE(policy.take(sequence("again", {"read", "fsync"}), kStart + 1min) == AlertPolicy::Taken::counted);
  REQUIRE(policy.take(sequence("attack", {"connect", "dup2"}), kStart + 2min) == AlertPolicy::Taken::listed);
  REQUIRE(policy.take(sequence("repeat", {"connect", "dup2"}), kStart + 2min) == AlertPolicy::Taken::counted);
  const auto due = policy.due(kStart + 6min).notifications;
  REQUIRE(due.size() == 1);
  REQUIRE(ids(due[0]) == std::vector<std::string>{"attack"});
  REQUIRE(due[0].counts[0].count == 2);
  REQUIRE(due[0].counts[0].shown.empty());
  REQUIRE(policy.take(sequence("once more", {"connect", "dup2"}), kStart + 7min) ==
          AlertPolicy::Taken::counted);

  THEN("an incident that was stored knows what it has shown") {
    AlertPolicy next{usual()};
    next.restore(*policy.find("host7", "c1"));
    REQUIRE(next.take(sequence("known", {"connect", "dup2"}), kStart + 8min) == AlertPolicy::Taken::counted);
    REQUIRE(next.take(sequence("other", {"ptrace"}), kStart + 8min) == AlertPolicy::Taken::listed);
  }
}

SCENARIO("of alerts that always show something else a few are listed in each hour") {
  AlertPolicy policy{usual()};
  std::size_t listed = 0;
  std::size_t mails = 0;
  for (int minute = 0; minute < 600; ++minute) {
    const Moment now = kStart + minute * 1min;
    const auto id = "n" + std::to_string(minute);
    listed += policy.take(sequence(id, {id}), now) == AlertPolicy::Taken::listed ? 1U : 0U;
    mails += policy.due(now + 3s).notifications.size();
  }
  REQUIRE(listed == 1 + 10 * 4);
  REQUIRE(mails <= 50);
  const Incident* incident = policy.find("host7", "c1");
  REQUIRE(incident->counts[0].shown.size() <= 16);
}

SCENARIO("a false alarm does not keep a later attack of its kind from being mailed for hours") {
  AlertPolicy policy{PolicyRules{}};
  REQUIRE(PolicyRules{}.repeat_interval == 4h);
  policy.take(sequence("false", {"read", "poll"}), kStart);
  REQUIRE(policy.due(kStart + 1s).notifications.size() == 1);

  WHEN("it repeats") {
    policy.take(sequence("again", {"read", "poll"}), kStart + 1min);
    THEN("that is told with the end of the incident, as nothing but a repeat") {
      REQUIRE(policy.due(kStart + 20min).notifications.empty());
      const auto last = policy.due(kStart + 31min).notifications;
      REQUIRE(last.size() == 1);
      REQUIRE(last[0].counts[0].unlike == 0);
    }
  }
  WHEN("the program then departs elsewhere") {
    REQUIRE(policy.take(sequence("attack", {"socket", "dup2"}), kStart + 1min) == AlertPolicy::Taken::listed);
    THEN("a follow-up shows it as soon as one may come") {
      REQUIRE(policy.due(kStart + 4min).notifications.empty());
      const auto next = policy.due(kStart + 5min + 1s).notifications;
      REQUIRE(next.size() == 1);
      REQUIRE(ids(next[0]) == std::vector<std::string>{"attack"});
    }
  }
  WHEN("it departed in so many ways that there is no room to show another") {
    for (int i = 0; i < 4; ++i)
      policy.take(sequence("v" + std::to_string(i), {"v" + std::to_string(i)}), kStart + 1min);
    REQUIRE(policy.due(kStart + 6min).notifications.size() == 1);
    for (int minute = 7; minute < 100; minute += 7)  // the incident goes on
      policy.take(sequence("r" + std::to_string(minute), {"read", "poll"}), kStart + minute * 1min);
    REQUIRE(policy.take(sequence("attack", {"socket", "dup2"}), kStart + 50min) ==
            AlertPolicy::Taken::counted);
    THEN("a follow-up within the hour says that something else is among those counted") {
      REQUIRE(policy.due(kStart + 60min).notifications.empty());
      const auto next = policy.due(kStart + 61min + 1s).notifications;
      REQUIRE(next.size() == 1);
      REQUIRE(next[0].alerts.empty());
      REQUIRE(next[0].counts[0].unlike == 1);
      REQUIRE(policy.find("host7", "c1")->counts[0].unlike == 0);
    }
  }
}

SCENARIO("what is started by another than before is shown, too") {
  AlertPolicy policy{usual()};
  Alert first = alert("a1", "/bin/sh", "c1", AlertKind::new_start);
  first.started_by = "/bin/app";
  policy.take(std::move(first), kStart);
  Alert second = alert("a2", "/bin/sh", "c1", AlertKind::new_start);
  second.started_by = kOutside;
  REQUIRE(policy.take(std::move(second), kStart + 1s) == AlertPolicy::Taken::listed);
  REQUIRE(policy.due(kStart + 2s).notifications[0].alerts.size() == 2);
}

SCENARIO("at shutdown what was never shown is told; mere repeats wait for the next run") {
  AlertPolicy policy{usual()};
  policy.take(alert("a1", "/bin/sh"), kStart);
  REQUIRE(policy.flush(kStart).notifications.size() == 1);
  policy.take(alert("a2", "/bin/sh"), kStart + 1s);
  REQUIRE(policy.flush(kStart + 2s).notifications.empty());
  AlertPolicy next{usual()};
  next.restore(*policy.find("host7", "c1"));
  const auto told = next.due(kStart + 31min).notifications;
  REQUIRE(told.size() == 1);
  REQUIRE(told[0].counts[0].count == 1);
}
