#include "analyzer/notify/outbox.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

namespace {

const Moment kStart{std::chrono::milliseconds(1'795'489'927'000)};

OutboxMail mail(const std::string& incident, std::uint32_t sequence = 0, std::size_t alerts = 1) {
  Notification note;
  note.incident = incident;
  note.sequence = sequence;
  note.host = "host7";
  for (std::size_t i = 0; i < alerts; ++i) {
    Alert alert;
    alert.id = incident + "-a" + std::to_string(i);
    alert.executable = "/bin/sh";
    alert.kind = AlertKind::new_executable;
    note.alerts.push_back(alert);
  }
  if (alerts == 0) note.counts.push_back({AlertKind::new_call, "/bin/sh", 5, 0, true});
  return make_mail(std::move(note), kStart);
}

SendOutcome outcome(SendResult result) {
  SendOutcome made;
  made.result = result;
  made.detail = "the answer";
  return made;
}

/// Asks for the mail to send, marks it and ends the attempt.
Outbox::Sent attempt(Outbox& outbox, Moment now, const SendOutcome& end) {
  const OutboxMail* ready = outbox.ready(now);
  REQUIRE(ready != nullptr);
  const std::string id = ready->id;
  static_cast<void>(outbox.notices(*ready));
  REQUIRE(outbox.marked(id, MarkAnswer::fresh, now));
  return outbox.sent(id, end, now);
}

}  // namespace

SCENARIO("an accepted mail is done with") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  const auto sent = attempt(outbox, kStart, outcome(SendResult::accepted));
  REQUIRE(sent.finished.size() == 1);
  REQUIRE_FALSE(sent.refused);
  REQUIRE(outbox.size() == 0);
  REQUIRE_FALSE(outbox.next_ready());
}

SCENARIO("a deferred mail is tried again, ever less often, and holds no other up") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  outbox.add(mail("inc-2"), kStart);
  Moment now = kStart;
  attempt(outbox, now, outcome(SendResult::deferred));
  REQUIRE(outbox.ready(now)->id == "inc-2.0");
  attempt(outbox, now, outcome(SendResult::accepted));

  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 12; ++i) {
    const Moment next = *outbox.next_ready();
    REQUIRE(outbox.ready(next - 1ms) == nullptr);
    waits.push_back(next - now);
    now = next;
    attempt(outbox, now, outcome(SendResult::deferred));
  }
  REQUIRE(waits[0] == 1s);
  REQUIRE(waits[1] == 2s);
  REQUIRE(waits[5] == 32s);
  REQUIRE(waits[11] == 5min);
}

SCENARIO("a server that is away is not bothered once per mail") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  outbox.add(mail("inc-2"), kStart);
  attempt(outbox, kStart, outcome(SendResult::unreachable));
  REQUIRE(outbox.ready(kStart + 999ms) == nullptr);
  attempt(outbox, kStart + 1s, outcome(SendResult::unreachable));
  REQUIRE(outbox.next_ready() == kStart + 3s);
  WHEN("it is back") {
    attempt(outbox, kStart + 3s, outcome(SendResult::accepted));
    THEN("the rest goes at once") {
      attempt(outbox, kStart + 3s, outcome(SendResult::accepted));
      REQUIRE(outbox.size() == 0);
    }
  }
}

SCENARIO("each attempt has a mark of its own, and each version an id of its own") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  REQUIRE(ledger_key(*outbox.ready(kStart)) == "inc-1.0/0");
  attempt(outbox, kStart, outcome(SendResult::deferred));
  REQUIRE(ledger_key(*outbox.ready(kStart + 1s)) == "inc-1.0/1");
  REQUIRE(message_id_of(*outbox.ready(kStart + 1s)) == "inc-1.0");
}

SCENARIO("a mail that may have been sent is not sent again, but mentioned in the next") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  REQUIRE_FALSE(outbox.marked(outbox.ready(kStart)->id, MarkAnswer::already, kStart));
  REQUIRE(outbox.ready(kStart + 1min) == nullptr);

  WHEN("another mail goes out") {
    outbox.add(mail("inc-2"), kStart + 1min);
    const OutboxMail* next = outbox.ready(kStart + 1min);
    REQUIRE(next->id == "inc-2.0");
    const Notices notices = outbox.notices(*next);
    REQUIRE(notices.uncertain.size() == 1);
    REQUIRE(notices.uncertain[0].find("inc-1-a0") != std::string::npos);

    THEN("the doubt is told once that mail is accepted") {
      const auto sent = attempt(outbox, kStart + 1min, outcome(SendResult::accepted));
      REQUIRE(sent.finished.size() == 2);
      REQUIRE(outbox.size() == 0);
    }
    THEN("it is not told by a mail that failed") {
      attempt(outbox, kStart + 1min, outcome(SendResult::deferred));
      REQUIRE(outbox.size() == 2);
    }
  }
  WHEN("no other mail goes out") {
    const OutboxMail* copy = outbox.ready(kStart + 5min);
    THEN("a copy goes, under another id, and says what it is") {
      REQUIRE(copy != nullptr);
      REQUIRE(message_id_of(*copy) == "inc-1.0.copy1");
      REQUIRE(outbox.notices(*copy).repeats_uncertain);
    }
  }
}

SCENARIO("a server that never confirms does not get copies for ever") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  int sends = 0;
  for (Moment now = kStart; now < kStart + 48h; now += 1min) {
    if (outbox.ready(now) == nullptr) continue;
    attempt(outbox, now, outcome(SendResult::unknown));
    ++sends;
  }
  REQUIRE(sends == 4);
  REQUIRE(outbox.size() == 1);  // still to be mentioned
}

SCENARIO("a refused mail is buried and the next mail tells of it") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  const auto sent = attempt(outbox, kStart, outcome(SendResult::refused));
  REQUIRE(sent.refused);
  REQUIRE(outbox.size() == 0);

  outbox.add(mail("inc-2"), kStart);
  REQUIRE(outbox.notices(*outbox.ready(kStart)).refused.size() == 1);
  attempt(outbox, kStart, outcome(SendResult::accepted));
  outbox.add(mail("inc-3"), kStart);
  REQUIRE(outbox.notices(*outbox.ready(kStart)).empty());
}

SCENARIO("evidence that a filter refuses does not silence the alert") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  SendOutcome content = outcome(SendResult::refused);
  content.content_refused = true;
  REQUIRE_FALSE(attempt(outbox, kStart, content).refused);
  const OutboxMail* bare = outbox.ready(kStart);
  REQUIRE(bare->bare);
  REQUIRE(message_id_of(*bare) == "inc-1.0.bare");
  REQUIRE(attempt(outbox, kStart, content).refused);
}

SCENARIO("a recipient who has the mail does not get it again with those who were deferred") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  SendOutcome partly = outcome(SendResult::accepted);
  partly.accepted_recipients = {"a@x"};
  partly.refused_recipients = {"b@x"};
  partly.deferred_recipients = {"c@x"};
  REQUIRE(attempt(outbox, kStart, partly).finished.empty());
  REQUIRE(outbox.ready(kStart + 1s)->settled == std::vector<std::string>{"a@x", "b@x"});
}

SCENARIO("a full outbox lets repeats go first, and the next mail says so") {
  OutboxRules rules;
  rules.mails = 3;
  Outbox outbox{rules};
  outbox.add(mail("inc-1", 0), kStart);
  outbox.add(mail("inc-1", 1), kStart);
  outbox.add(mail("inc-1", 2, 0), kStart);
  const auto first = outbox.add(mail("inc-2", 0), kStart);
  REQUIRE(first.size() == 1);
  REQUIRE(first[0].id == "inc-1.2");
  REQUIRE(outbox.add(mail("inc-3", 0), kStart)[0].id == "inc-1.1");
  REQUIRE(outbox.add(mail("inc-4", 0), kStart)[0].id == "inc-1.0");
  REQUIRE(outbox.size() == 3);

  const Notices notices = outbox.notices(*outbox.ready(kStart));
  REQUIRE(notices.dropped_mails == 3);
  REQUIRE(notices.dropped_alerts == 7);

  WHEN("more is dropped while the mail that tells it is on its way") {
    const std::string id = outbox.ready(kStart)->id;
    REQUIRE(outbox.marked(id, MarkAnswer::fresh, kStart));
    const auto dropped = outbox.add(mail("inc-5", 0), kStart);
    REQUIRE(dropped[0].id != id);
    static_cast<void>(outbox.sent(id, outcome(SendResult::accepted), kStart));
    THEN("that is told by the one after") {
      REQUIRE(outbox.notices(*outbox.ready(kStart)).dropped_mails == 1);
    }
  }
}

SCENARIO("large evidence is bounded as well as many mails") {
  OutboxRules rules;
  rules.bytes = 100'000;
  Outbox outbox{rules};
  for (int i = 0; i < 10; ++i) {
    OutboxMail large = mail("inc-" + std::to_string(i));
    large.note.alerts[0].command_line = std::string(30'000, 'x');
    outbox.add(std::move(large), kStart);
  }
  REQUIRE(outbox.size() == 3);
}

SCENARIO("a ledger that is away delays mails, but cannot silence them") {
  Outbox outbox{OutboxRules{}};
  outbox.add(mail("inc-1"), kStart);
  Moment now = kStart;
  while (!outbox.marked(outbox.ready(now)->id, MarkAnswer::unavailable, now))
    now = *outbox.next_ready();
  REQUIRE(now == kStart + 1min);
  REQUIRE(outbox.unmarked() == 1);
}
