#include "analyzer/notify/redis_watch.h"

#include <set>

#include <catch2/catch.hpp>

#include "analyzer/notify/mail_html.h"
#include "analyzer/notify/mail_text.h"
#include "analyzer/notify/notify_state.h"
#include "tests/support/sample_alerts.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

const Moment kStart{1'000'000s};

BlindRules rules() {
  BlindRules rules;
  rules.after = 60s;
  rules.calm = 30s;
  return rules;
}

}  // namespace

SCENARIO("being cut off is told once, and once when it is over for good") {
  RedisWatch watch(rules(), "host7", "1f");
  const auto told = [&](int second, bool reached) {
    return watch.see("tcp://redis:6379", reached, kStart + std::chrono::seconds(second));
  };
  CHECK_FALSE(told(0, true));
  CHECK_FALSE(told(10, false));
  CHECK_FALSE(told(40, true));  // too short to be told
  CHECK_FALSE(told(50, false));
  CHECK_FALSE(told(109, false));
  const auto blind = told(110, false);
  REQUIRE(blind);
  CHECK((blind->kind == BlindKind::cut_off && !blind->over));
  CHECK((blind->host == "host7" && blind->detail == "tcp://redis:6379"));
  CHECK(blind->since_ns == 1'000'050'000'000'000);
  CHECK_FALSE(told(200, false));
  CHECK_FALSE(told(210, true));
  CHECK_FALSE(told(220, false));  // it comes and goes: one episode
  CHECK_FALSE(told(300, true));
  CHECK_FALSE(told(329, true));
  const auto seeing = told(330, true);
  REQUIRE(seeing);
  CHECK((seeing->over && seeing->since_ns == blind->since_ns && seeing->until_ns == 1'000'300'000'000'000));
  CHECK(blind_incident_id(*seeing) == blind_incident_id(*blind));
  CHECK_FALSE(told(400, true));
}

SCENARIO("one Redis of several may be away") {
  RedisWatch watch(rules(), "host7", "1f");
  CHECK_FALSE(watch.see("a", false, kStart));
  CHECK_FALSE(watch.see("b", true, kStart));
  CHECK(watch.see("a", false, kStart + 60s)->detail == "a");
  CHECK_FALSE(watch.see("b", true, kStart + 60s));
}

SCENARIO("what is told at one moment is not taken for one: of two Redis, and by two analyzers") {
  std::set<std::string> incidents;
  for (const char* name : {"1f", "2e"}) {
    RedisWatch watch(rules(), "host7", name);
    for (const char* redis : {"a", "b"}) {
      CHECK_FALSE(watch.see(redis, false, kStart));
      incidents.insert(blind_incident_id(*watch.see(redis, false, kStart + 60s)));
    }
  }
  CHECK(incidents.size() == 4);
}

SCENARIO("a mail that the ledger is away waits for no ledger, and makes no other wait longer") {
  NotifyState state({}, {}, rules());
  BlindNews news;
  news.kind = BlindKind::cut_off;
  news.host = "host7";
  BlindNews other;
  other.kind = BlindKind::cut_off;
  other.host = "host8";
  CHECK(state.submit(test::shell_starts(), ShardId{1}, kStart) == AlertPolicy::Taken::listed);
  const auto alert = state.next(kStart + 2s).attempt;
  REQUIRE(alert);
  CHECK_FALSE(state.marked(alert->mail, MarkAnswer::unavailable, kStart + 2s));

  SendOutcome accepted;
  accepted.result = SendResult::accepted;
  const auto tell = [&](const BlindNews& one, Moment now) {
    state.tell_unstored(one, now);
    const auto attempt = state.next(now).attempt;
    REQUIRE(attempt);
    CHECK(attempt->note.blind.host == one.host);
    REQUIRE(state.marked(attempt->mail, MarkAnswer::not_asked, now));
    state.sent(attempt->mail, accepted, now);
  };
  tell(news, kStart + 2s);
  CHECK(state.rows_changed(ShardId{0}).set.empty());

  // The alert's patience with the ledger counts from its first question on.
  const OutboxRules outbox;
  const Moment late = kStart + 2s + outbox.ledger_patience;
  const auto again = state.next(late - 1ms).attempt;
  REQUIRE(again);
  CHECK(again->mail == alert->mail);
  CHECK_FALSE(state.marked(again->mail, MarkAnswer::unavailable, late - 1ms));
  tell(other, late - 1ms);
  const auto at_last = state.next(late + outbox.first_retry).attempt;
  REQUIRE(at_last);
  CHECK(at_last->mail == alert->mail);
  CHECK(state.marked(at_last->mail, MarkAnswer::unavailable, late + outbox.first_retry));
}

SCENARIO("a mail of it says what that means, and what to look at") {
  Notification note;
  note.incident = "blind-0123456789abcdef";
  note.host = note.blind.host = "host7\x1b[2J";
  note.blind.kind = BlindKind::cut_off;
  note.blind.detail = "tcp://redis:6379";
  note.blind.since_ns = 1'764'285'000'000'000'000;
  note.blind.until_ns = note.blind.since_ns + 60'000'000'000;
  const MailView view = make_view(note, {}, {});
  CHECK_THAT(view.subject, Contains("BLIND: the analyzer on host7") &&
                               Contains("has had no Redis since 2025-11-27 23:10:00"));
  const std::string text = render_text(view);
  CHECK_THAT(text, Contains("tcp://redis:6379") && Contains("redis-cli ping") && !Contains("\x1b"));
  CHECK_THAT(render_html(view), Contains("redis-cli ping"));
  note.blind.over = true;
  CHECK_THAT(make_view(note, {}, {}).subject, Contains("has Redis again, after 60 s"));
}
