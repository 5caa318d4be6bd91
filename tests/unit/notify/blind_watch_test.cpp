#include "analyzer/notify/blind_watch.h"

#include <functional>

#include <catch2/catch.hpp>

#include "analyzer/notify/mail_message.h"
#include "analyzer/notify/mail_text.h"
#include "analyzer/notify/notify_state.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

const Moment kStart{std::chrono::milliseconds(1'795'489'927'000)};
constexpr std::int64_t kNsInMs = 1'000'000;

CollectorRow heard(const std::string& host, Moment at, Moment now) {
  CollectorRow row;
  row.status.host = host;
  row.status.epoch = Epoch{7};
  row.status.since_ns = kStart.time_since_epoch().count() * kNsInMs;
  row.status.hears_docker = row.status.can_attach = true;
  row.status.containers = 4;
  row.heard_ms = at.time_since_epoch().count();
  row.age = now - at;
  row.condition = row.age >= kSilentAfter ? CollectorCondition::silent : CollectorCondition::running;
  return row;
}

/// Looks every two seconds from `from` to `to`; `row_at` says what there is to see.
std::vector<BlindNews> look(BlindWatch& watch, Moment from, Moment to,
                            const std::function<CollectorRow(Moment)>& row_at) {
  std::vector<BlindNews> all;
  for (Moment now = from; now <= to; now += 2s) {
    for (BlindNews& news : watch.see({{row_at(now)}, {}}, now))
      all.push_back(std::move(news));
  }
  return all;
}

CollectorRow losing(Moment now, std::uint64_t queue, std::uint64_t retention, std::uint64_t epoch = 7) {
  CollectorRow row = heard("host7", now, now);
  row.status.epoch = Epoch{epoch};
  row.status.lost_queue = queue;
  row.status.lost_retention = retention;
  if (queue + retention > 0) {
    row.status.loss_began_ns = row.status.loss_ended_ns = row.heard_ms * kNsInMs;
    row.status.listed = {{"4f66a1b2c3d4e5f6", "web", "shop:1", 1, 0, queue + retention}};
  }
  return row;
}

}  // namespace

SCENARIO("a collector that says nothing for a minute is told once, and once that it is back") {
  BlindWatch watch({});
  const auto dead = [](Moment now) { return heard("host7", std::min(now, kStart + 10s), now); };
  CHECK(look(watch, kStart, kStart + 68s, dead).empty());
  const auto told = look(watch, kStart + 70s, kStart + 10min, dead);
  REQUIRE(told.size() == 1);
  CHECK(told[0].kind == BlindKind::silent);
  CHECK_FALSE(told[0].over);
  CHECK(told[0].since_ns == (kStart + 10s).time_since_epoch().count() * kNsInMs);
  CHECK(told[0].traced == 4);
  CHECK(watch.collectors().at(CollectorCondition::silent) == 1);
  const auto back =
      look(watch, kStart + 10min, kStart + 12min, [](Moment now) { return heard("host7", now, now); });
  REQUIRE(back.size() == 1);
  CHECK(back[0].over);
  CHECK(back[0].since_ns == told[0].since_ns);
  CHECK(blind_incident_id(back[0]) == blind_incident_id(told[0]));
}

SCENARIO("one that ended in order is not told") {
  BlindWatch watch({});
  CHECK(look(watch, kStart, kStart + 10min, [](Moment now) {
          CollectorRow row = heard("host7", kStart, now);
          row.status.stopped = true;
          row.condition = CollectorCondition::stopped;
          return row;
        }).empty());
}

SCENARIO("rows that are old since redis was away are not silence") {
  BlindWatch watch({});
  static_cast<void>(watch.see({{heard("host7", kStart, kStart)}, {}}, kStart));
  // Ten minutes later redis is back, and so is the collector, four seconds after.
  const Moment back = kStart + 10min;
  CHECK(watch.see({{heard("host7", kStart, back)}, {}}, back).empty());
  CHECK(watch.see({{heard("host7", kStart, back + 2s)}, {}}, back + 2s).empty());
  CHECK(watch.see({{heard("host7", back + 4s, back + 4s)}, {}}, back + 4s).empty());
}

SCENARIO("what another analyzer has told is not told again, and its end is") {
  BlindWatch first({});
  const auto dead = [](Moment now) { return heard("host7", std::min(now, kStart), now); };
  REQUIRE(look(first, kStart, kStart + 2min, dead).size() == 1);
  BlindWatch second({});
  second.restore("host7", *first.find("host7"));
  CHECK(look(second, kStart + 3min, kStart + 6min, dead).empty());
  CHECK(look(second, kStart + 6min, kStart + 7min, [](Moment now) {
          return heard("host7", now, now);
        }).size() == 1);
}

SCENARIO("a host that is forgotten is dropped without a word") {
  BlindWatch watch({});
  const auto dead = [](Moment now) { return heard("host7", std::min(now, kStart), now); };
  REQUIRE(look(watch, kStart, kStart + 2min, dead).size() == 1);
  static_cast<void>(watch.take_changed());
  CHECK(watch.see({}, kStart + 2min + 2s).empty());
  CHECK(watch.take_changed() == std::set<std::string>{"host7"});
  CHECK(watch.find("host7") == nullptr);
}

SCENARIO("losses are told once with their size, and once when they are over") {
  BlindWatch watch({});
  const auto counts = [](Moment now) -> CollectorRow {
    if (now < kStart + 10s) return losing(now, 0, 0);
    const auto seconds =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - kStart).count());
    return losing(now, 10 * std::min<std::uint64_t>(seconds, 30), 5);
  };
  const auto told = look(watch, kStart, kStart + 80s, counts);
  REQUIRE(told.size() == 1);
  CHECK(told[0].kind == BlindKind::losing);
  CHECK(told[0].lost_queue == 160);
  CHECK(told[0].lost_retention == 5);
  REQUIRE(told[0].containers.size() == 1);
  CHECK(told[0].containers[0].name == "web");
  CHECK(told[0].containers[0].lost == 165);
  const auto over = look(watch, kStart + 82s, kStart + 5min, counts);
  REQUIRE(over.size() == 1);
  CHECK(over[0].over);
  CHECK(over[0].lost_queue == 300);
  CHECK(over[0].until_ns == (kStart + 30s).time_since_epoch().count() * kNsInMs);
  CHECK(blind_incident_id(over[0]) == blind_incident_id(told[0]));
  // The next losses count from there.
  const auto again =
      look(watch, kStart + 6min, kStart + 6min + 50s, [](Moment now) { return losing(now, 307, 5); });
  REQUIRE(again.size() == 1);
  CHECK(again[0].lost_queue == 7);
  CHECK(again[0].containers[0].lost == 7);
}

SCENARIO("a collector that began anew counts from nothing") {
  BlindWatch watch({});
  static_cast<void>(watch.see({{losing(kStart, 0, 0)}, {}}, kStart));
  const auto news = look(watch, kStart + 2s, kStart + 20s, [](Moment now) { return losing(now, 3, 0, 8); });
  REQUIRE(news.size() == 1);
  CHECK(news[0].lost_queue == 3);
}

SCENARIO("what was lost before anyone looked is not told, unless it goes on") {
  BlindWatch watch({});
  CHECK(look(watch, kStart, kStart + 20s, [](Moment now) {
          CollectorRow row = losing(now, 100, 0);
          row.status.loss_ended_ns = (kStart - 10min).time_since_epoch().count() * kNsInMs;
          return row;
        }).empty());
  BlindWatch other({});
  CHECK(look(other, kStart, kStart + 20s, [](Moment now) { return losing(now, 100, 0); }).size() == 1);
}

SCENARIO("what analyzers find missing is a loss, too, and fewer than a bound are not told") {
  BlindRules rules;
  rules.lost_records = 50;
  BlindWatch watch(rules);
  const auto see = [&](Moment now, std::uint64_t missing) {
    return watch.see({{heard("host7", now, now)}, {{"host7", missing}}}, now);
  };
  CHECK(see(kStart, 1000).empty());
  CHECK(see(kStart + 2s, 1040).empty());
  CHECK(see(kStart + 4s, 1049).empty());
  CHECK(see(kStart + 8s, 1049).empty());
  const auto news = see(kStart + 10s, 1050);
  REQUIRE(news.size() == 1);
  CHECK(news[0].missing == 50);
  CHECK(news[0].lost_queue == 0);
}

SCENARIO("one that runs and cannot see is told after a while") {
  BlindWatch watch({});
  const auto deaf = [](Moment now) {
    CollectorRow row = heard("host7", now, now);
    row.status.hears_docker = now >= kStart + 2min;
    return row;
  };
  CHECK(look(watch, kStart, kStart + 58s, deaf).empty());
  const auto told = look(watch, kStart + 60s, kStart + 118s, deaf);
  REQUIRE(told.size() == 1);
  CHECK(told[0].kind == BlindKind::unable);
  CHECK(told[0].detail == "it does not hear Docker");
  const auto over = look(watch, kStart + 2min, kStart + 3min, deaf);
  REQUIRE(over.size() == 1);
  CHECK(over[0].over);
}

namespace {

constexpr ShardId kZero{0};

struct Store {
  std::map<std::string, std::string> rows;
  void commit(NotifyState& state) {
    RowChanges changes = state.rows_changed(kZero);
    for (auto& [key, json] : changes.set)
      rows[key] = json;
    for (const std::string& key : changes.erase)
      rows.erase(key);
  }
};

std::vector<Attempt> attempts_of(NotifyState& state, Moment now) {
  std::vector<Attempt> all;
  while (auto attempt = state.next(now).attempt) {
    REQUIRE(state.marked(attempt->mail, MarkAnswer::fresh, now));
    SendOutcome accepted;
    accepted.result = SendResult::accepted;
    state.sent(attempt->mail, accepted, now);
    all.push_back(*std::move(attempt));
  }
  return all;
}

void see_dead(NotifyState& state, Moment from, Moment to) {
  for (Moment now = from; now <= to; now += 2s)
    static_cast<void>(state.see({{heard("host7", std::min(now, kStart), now)}, {}}, now));
}

}  // namespace

SCENARIO("blindness is mailed by who has shard 0, once, whoever that is, and its end is a reply to it") {
  Store store;
  NotifyState bystander(PolicyRules{}, OutboxRules{});
  REQUIRE(bystander.restore(ShardId{3}, {}, kStart).empty());
  see_dead(bystander, kStart, kStart + 5min);
  CHECK(attempts_of(bystander, kStart + 5min).empty());

  NotifyState first(PolicyRules{}, OutboxRules{});
  REQUIRE(first.restore(kZero, {}, kStart).empty());
  see_dead(first, kStart, kStart + 2min);
  store.commit(first);
  CHECK(store.rows.size() == 2);  // the mail, and what is known of the host

  // It dies before it could send anything: the next one does.
  NotifyState second(PolicyRules{}, OutboxRules{});
  REQUIRE(second.restore(kZero, {store.rows.begin(), store.rows.end()}, kStart + 2min).empty());
  see_dead(second, kStart + 2min, kStart + 6min);
  const auto told = attempts_of(second, kStart + 6min);
  REQUIRE(told.size() == 1);
  CHECK(told[0].references.empty());
  CHECK(told[0].note.blind.kind == BlindKind::silent);
  store.commit(second);

  // Another restart: nothing is told again, and the recovery is.
  NotifyState third(PolicyRules{}, OutboxRules{});
  REQUIRE(third.restore(kZero, {store.rows.begin(), store.rows.end()}, kStart + 7min).empty());
  see_dead(third, kStart + 7min, kStart + 10min);
  CHECK(attempts_of(third, kStart + 10min).empty());
  static_cast<void>(third.see({{heard("host7", kStart + 10min, kStart + 10min)}, {}}, kStart + 10min));
  const auto over = attempts_of(third, kStart + 10min);
  REQUIRE(over.size() == 1);
  CHECK(over[0].references == std::vector<std::string>{told[0].message_id});
  CHECK(over[0].message_id != told[0].message_id);
  store.commit(third);
  CHECK(store.rows.size() == 1);
}

SCENARIO("blindness is not mailed where that is not wanted, nor after the shard went elsewhere") {
  BlindRules rules;
  rules.mail = false;
  NotifyState silent(PolicyRules{}, OutboxRules{}, rules);
  REQUIRE(silent.restore(kZero, {}, kStart).empty());
  see_dead(silent, kStart, kStart + 5min);
  CHECK(attempts_of(silent, kStart + 5min).empty());

  NotifyState former(PolicyRules{}, OutboxRules{});
  REQUIRE(former.restore(kZero, {}, kStart).empty());
  see_dead(former, kStart, kStart + 2s);
  former.release(kZero, kStart + 2s);
  see_dead(former, kStart + 4s, kStart + 5min);
  CHECK(attempts_of(former, kStart + 5min).empty());
  CHECK(former.collectors().empty());
}

SCENARIO("a mail about blindness says where, since when and how much, in safe words") {
  Notification note;
  note.incident = "blind-0123456789abcdef";
  note.host = "host7";
  note.blind.kind = BlindKind::losing;
  note.blind.host = "host7";
  note.blind.since_ns = kStart.time_since_epoch().count() * kNsInMs;
  note.blind.until_ns = note.blind.since_ns + 75'000'000'000;
  note.blind.lost_queue = 1'234'567;
  note.blind.missing = 17;
  note.blind.containers = {{"4f66a1b2c3d4e5f6", "web\x1b[2J\r\nBcc: x@y", "<script>", 99}};
  MailView view = make_view(note, {}, {});
  CHECK(view.subject == "[docker-anomalies] BLIND on host7: 1,234,584 records lost so far");
  const std::string text = render_text(view);
  CHECK_THAT(text, Contains("1,234,567"));
  CHECK_THAT(text, Contains("2026-11-24 03:12:07 UTC"));
  CHECK_THAT(text, Contains("web\\x1b[2J\\x0d\\x0aBcc"));
  CHECK(text.find('\x1b') == std::string::npos);
  ViewOptions bare;
  bare.bare = true;
  CHECK_THAT(render_text(make_view(note, {}, bare)), !Contains("script") && Contains("4f66a1b2c3d4"));
  note.blind.over = true;
  CHECK(make_view(note, {}, {}).subject ==
        "[docker-anomalies] seeing again on host7: 1,234,584 records were lost");
  for (const BlindKind kind : {BlindKind::silent, BlindKind::losing, BlindKind::unable}) {
    for (const bool over : {false, true}) {
      note.blind.kind = kind;
      note.blind.over = over;
      note.blind.host = "h\x01\xff\n<b>";
      note.blind.detail = "it does not hear Docker";
      CHECK_THAT(make_view(note, {}, {}).subject, Contains("h\\x01\\xff\\x0a<b>"));
      CHECK_THAT(mail_line(note), Contains("h\\x01"));
    }
  }
}

SCENARIO("what is known of a host is stored and read as it was, and no more than that") {
  BlindHost host;
  host.epoch = 0xffffffffffffffff;
  host.lost_queue = 1;
  host.missing = 3;
  host.silent = {true, true, 17, kStart, kStart + 1s, 1, 2, 3};
  host.containers = {{"id", "\xff", "image", 5}};
  const auto read = decode_blind_host(encode_blind_host(host));
  REQUIRE(read);
  CHECK(read->epoch == host.epoch);
  CHECK(read->silent.open);
  CHECK(read->silent.since_ns == 17);
  CHECK(read->silent.first == kStart);
  CHECK(read->silent.missing == 3);
  CHECK_FALSE(read->losing.open);
  CHECK(read->containers.at(0).name == "\xff");
  CHECK_FALSE(decode_blind_host("[]"));
  CHECK_FALSE(decode_blind_host(R"({"v":1,"silent":{"open":7}})"));
}
