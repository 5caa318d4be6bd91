#include "analyzer/notify/notify_state.h"

#include <map>

#include <catch2/catch.hpp>

#include "tests/support/sample_alerts.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

const Moment kStart{std::chrono::milliseconds(1'795'489'927'000)};
constexpr ShardId kShard{3};
constexpr ShardId kOther{7};

/// What the lead's Redis would hold.
struct Store {
  std::map<ShardId, std::map<std::string, std::string>> rows;
  std::set<std::string> ledger;

  void commit(NotifyState& state, ShardId shard) {
    RowChanges changes = state.rows_changed(shard);
    for (auto& [key, json] : changes.set)
      rows[shard][key] = json;
    for (const std::string& key : changes.erase)
      rows[shard].erase(key);
  }
  MarkAnswer mark(const std::string& key) {
    return ledger.insert(key).second ? MarkAnswer::fresh : MarkAnswer::already;
  }
  void load(NotifyState& state, ShardId shard, Moment now) {
    const auto& held = rows[shard];
    REQUIRE(state.restore(shard, {held.begin(), held.end()}, now).empty());
  }
};

SendOutcome outcome(SendResult result) {
  SendOutcome made;
  made.result = result;
  return made;
}

NotifyState fresh() {
  return NotifyState(PolicyRules{}, OutboxRules{});
}

/// Sends all that is due; the ids of what was handed to the server.
std::vector<std::string> send_all(NotifyState& state, Store& store, Moment now) {
  std::vector<std::string> sent;
  while (const auto attempt = state.next(now).attempt) {
    if (!state.marked(attempt->mail, store.mark(attempt->ledger_key), now)) continue;
    sent.push_back(attempt->message_id);
    state.sent(attempt->mail, outcome(SendResult::accepted), now);
  }
  return sent;
}

}  // namespace

SCENARIO("an incident is mailed once and leaves only its own row") {
  Store store;
  NotifyState state = fresh();
  state.submit(test::python_departs(), kShard, kStart);
  state.submit(test::shell_starts(), kShard, kStart);
  store.commit(state, kShard);
  REQUIRE(store.rows[kShard].size() == 3);  // two alerts, one incident

  REQUIRE(send_all(state, store, kStart + 2s).size() == 1);
  store.commit(state, kShard);
  REQUIRE(store.rows[kShard].size() == 1);
  REQUIRE(state.counters().mails_sent == 1);
  REQUIRE(state.counters().alerts == 2);

  THEN("when it ends that goes, too") {
    static_cast<void>(state.next(kStart + 1h));
    store.commit(state, kShard);
    REQUIRE(store.rows[kShard].empty());
  }
}

SCENARIO("a crash loses nothing and sends nothing twice") {
  Store store;
  NotifyState state = fresh();
  state.submit(test::python_departs(), kShard, kStart);
  store.commit(state, kShard);

  WHEN("it happens before the mail was made") {
    NotifyState next = fresh();
    store.load(next, kShard, kStart + 1min);
    THEN("the mail is made by the next run, with the same id") {
      REQUIRE(send_all(next, store, kStart + 1min + 2s) ==
              std::vector<std::string>{incident_id_of("a-5d1c09e77a42") + ".0"});
    }
  }
  WHEN("it happens after the mail was made and before it was tried") {
    const auto attempt = state.next(kStart + 2s).attempt;
    REQUIRE(attempt);
    store.commit(state, kShard);
    NotifyState next = fresh();
    store.load(next, kShard, kStart + 1min);
    const auto again = next.next(kStart + 1min + 2s).attempt;
    REQUIRE(again);
    REQUIRE(again->message_id == attempt->message_id);
    REQUIRE(again->note.alerts.size() == 1);
    REQUIRE(again->note.alerts[0].calls.size() == 8);
  }
  WHEN("it happens between the server's answer and the commit") {
    REQUIRE(send_all(state, store, kStart + 2s).size() == 1);
    NotifyState next = fresh();
    store.load(next, kShard, kStart + 1min);
    THEN("the mail is not sent again at once") {
      REQUIRE(send_all(next, store, kStart + 1min + 2s).empty());
      REQUIRE(next.counters().mails_uncertain == 1);
      AND_THEN("the next mail tells of it") {
        Alert other = test::shell_starts();
        other.container_id = "c2";
        next.submit(other, kShard, kStart + 2min);
        const auto attempt = next.next(kStart + 2min + 2s).attempt;
        REQUIRE(attempt);
        REQUIRE(attempt->notices.uncertain.size() == 1);
      }
    }
  }
  WHEN("it happens after a refusal for the time being was saved") {
    const auto attempt = state.next(kStart + 2s).attempt;
    REQUIRE(state.marked(attempt->mail, store.mark(attempt->ledger_key), kStart + 2s));
    state.sent(attempt->mail, outcome(SendResult::deferred), kStart + 2s);
    store.commit(state, kShard);
    NotifyState next = fresh();
    store.load(next, kShard, kStart + 1min);
    THEN("there is no doubt, and it is sent") {
      REQUIRE(send_all(next, store, kStart + 1min + 2s).size() == 1);
      REQUIRE(next.counters().mails_uncertain == 0);
    }
  }
  WHEN("the same records are read again") {
    NotifyState next = fresh();
    store.load(next, kShard, kStart + 1s);
    REQUIRE(next.submit(test::python_departs(), kShard, kStart + 1s) == AlertPolicy::Taken::known);
  }
}

SCENARIO("alerts of one container from several shards make one mail") {
  Store store;
  NotifyState state = fresh();
  state.submit(test::python_departs(), kShard, kStart);
  state.submit(test::shell_starts(), kOther, kStart);
  store.commit(state, kShard);
  store.commit(state, kOther);
  REQUIRE(store.rows[kShard].size() == 2);
  REQUIRE(store.rows[kOther].size() == 1);
  const auto attempt = state.next(kStart + 2s).attempt;
  REQUIRE(attempt->note.alerts.size() == 2);
  store.commit(state, kShard);
  store.commit(state, kOther);

  WHEN("the run crashes, and the shards come back in either order") {
    const bool other_first = GENERATE(false, true);
    NotifyState next = fresh();
    store.load(next, other_first ? kOther : kShard, kStart + 1min);
    store.load(next, other_first ? kShard : kOther, kStart + 1min);
    const auto again = next.next(kStart + 1min + 2s).attempt;
    REQUIRE(again);
    REQUIRE(again->message_id == attempt->message_id);
    REQUIRE(again->note.alerts.size() == 2);
    REQUIRE(send_all(next, store, kStart + 1min + 2s).size() == 1);
    store.commit(next, kShard);
    store.commit(next, kOther);
    REQUIRE(store.rows[kShard].size() == 1);
    REQUIRE(store.rows[kOther].empty());
  }
  WHEN("the shard with the mail goes to another analyzer") {
    state.release(kShard, kStart + 3s);
    THEN("what the other shard gave makes an incident of its own") {
      const auto own = state.next(kStart + 5s).attempt;
      REQUIRE(own);
      REQUIRE(own->note.alerts.size() == 1);
      REQUIRE(own->note.alerts[0].id == "a-0b9e3f1d2c55");
      REQUIRE(own->message_id != attempt->message_id);
    }
  }
  WHEN("the shard without it goes") {
    state.release(kOther, kStart + 3s);
    const auto left = state.next(kStart + 5s).attempt;
    REQUIRE(left->message_id == attempt->message_id);
    REQUIRE(left->note.alerts.size() == 1);
  }
  WHEN("both go") {
    state.release(kShard, kStart + 3s);
    state.release(kOther, kStart + 3s);
    REQUIRE_FALSE(state.next(kStart + 1h).attempt);
    REQUIRE(state.counters().mails_waiting == 0);
  }
}

SCENARIO("the numbering of an incident goes on after a restart") {
  Store store;
  NotifyState state = fresh();
  state.submit(test::python_departs(), kShard, kStart);
  REQUIRE(send_all(state, store, kStart + 2s).size() == 1);
  store.commit(state, kShard);

  NotifyState next = fresh();
  store.load(next, kShard, kStart + 1min);
  next.submit(test::shell_starts(), kShard, kStart + 1min);
  const auto attempt = next.next(kStart + 10min).attempt;
  REQUIRE(attempt->note.sequence == 1);
  REQUIRE(attempt->references == std::vector<std::string>{incident_id_of("a-5d1c09e77a42") + ".0"});
}

SCENARIO("a refused mail is kept as a dead letter") {
  Store store;
  NotifyState state = fresh();
  state.submit(test::python_departs(), kShard, kStart);
  const auto attempt = state.next(kStart + 2s).attempt;
  REQUIRE(state.marked(attempt->mail, MarkAnswer::fresh, kStart + 2s));
  SendOutcome refused = outcome(SendResult::refused);
  refused.detail = "554 no";
  state.sent(attempt->mail, refused, kStart + 2s);
  store.commit(state, kShard);
  REQUIRE(state.dead_letters().size() == 1);
  REQUIRE(state.counters().mails_refused == 1);
  REQUIRE(store.rows[kShard].count("dead/" + attempt->mail) == 1);

  NotifyState next = fresh();
  store.load(next, kShard, kStart + 1min);
  REQUIRE(next.dead_letters().at(0).answer == "554 no");
  CHECK(next.dead_letters().at(0).alert_ids == std::vector<std::string>{test::python_departs().id});

  THEN("the next mail tells of it, once, whoever sends that") {
    const auto told = [&](NotifyState& teller, const std::string& container, Moment now) {
      Alert other = test::shell_starts();
      other.id = "a-" + container;
      other.container_id = container;
      teller.submit(other, kShard, now);
      const auto later = teller.next(now + 2s).attempt;
      REQUIRE(later);
      REQUIRE(teller.marked(later->mail, MarkAnswer::fresh, now + 2s));
      teller.sent(later->mail, outcome(SendResult::accepted), now + 2s);
      store.commit(teller, kShard);
      return later->notices.refused;
    };
    const auto lines = told(next, "c2", kStart + 2min);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("554 no") != std::string::npos);
    CHECK(told(next, "c3", kStart + 3min).empty());
    NotifyState last = fresh();
    store.load(last, kShard, kStart + 4min);
    CHECK(last.dead_letters().size() == 1);
    CHECK(told(last, "c4", kStart + 5min).empty());
  }
  THEN("a shard that goes takes it along") {
    next.release(kShard, kStart + 2min);
    Alert other = test::shell_starts();
    next.submit(other, kOther, kStart + 2min);
    CHECK(next.next(kStart + 3min).attempt->notices.refused.empty());
  }
  THEN("one of a release that did not note it counts as told") {
    CHECK(decode_dead_letter(R"({"v":1,"id":"inc-1.0","mail":"m","answer":"a","time":1})")->told);
  }
}

SCENARIO("rows that make no sense are refused and do not stop the others") {
  NotifyState state = fresh();
  const auto errors =
      state.restore(kShard,
                    {{"alert/x", "{"},
                     {"nonsense", "{}"},
                     {"mail/inc-1.0", "{\"v\":1,\"id\":\"inc-2.0\",\"note\":{\"incident\":\"inc-1\"}}"},
                     {"alert/a-0b9e3f1d2c55", encode_alert(test::shell_starts())}},
                    kStart);
  REQUIRE(errors.size() == 3);
  REQUIRE(state.counters().rows_refused == 3);
  REQUIRE(state.next(kStart + 2s).attempt->note.alerts.size() == 1);
}

SCENARIO("an alert is bounded before it is kept") {
  Alert huge = test::shell_starts();
  huge.command_line = std::string(10'000'000, 'x');
  huge.calls.assign(100'000, EvidenceCall{0, huge.tid, std::string(2000, 'y'), false});
  huge.first_unseen = 50'000;
  NotifyState state = fresh();
  state.submit(huge, kShard, kStart);
  std::size_t bytes = 0;
  for (const auto& [key, json] : state.rows_changed(kShard).set)
    bytes += json.size();
  REQUIRE(bytes < 100'000);
  const auto attempt = state.next(kStart + 2s).attempt;
  REQUIRE(attempt->note.alerts[0].calls.size() == 48);
  REQUIRE(attempt->note.alerts[0].first_unseen == 32);
}

SCENARIO("at shutdown nothing waits to be grouped") {
  NotifyState state = fresh();
  state.submit(test::shell_starts(), kShard, kStart);
  REQUIRE_FALSE(state.next(kStart).attempt);
  state.flush(kStart);
  REQUIRE(state.next(kStart).attempt);
}

namespace {

std::vector<Silence> silence_of(const std::string& executable) {
  Silence silence;
  silence.id = "s-00000001";
  silence.executable = executable;
  silence.ends = kStart + 24h;
  return {silence};
}

/// The kinds of rows that the store holds of the shard.
std::vector<std::string> kinds_of_rows(const Store& store) {
  std::vector<std::string> kinds;
  if (const auto found = store.rows.find(kShard); found != store.rows.end()) {
    for (const auto& [key, json] : found->second)
      kinds.push_back(key.substr(0, key.find('/')));
  }
  return kinds;
}

}  // namespace

SCENARIO("what is silenced is counted and kept, and not mailed") {
  Store store;
  NotifyState state = fresh();
  state.set_silences(silence_of("/bin/dash"), kStart);
  CHECK(state.silenced_by(test::shell_starts()) == "s-00000001");
  CHECK(state.submit(test::shell_starts(), kShard, kStart) == AlertPolicy::Taken::silenced);
  CHECK(state.submit(test::shell_starts(), kShard, kStart) == AlertPolicy::Taken::known);
  CHECK(state.submit(test::python_departs(), kShard, kStart) == AlertPolicy::Taken::listed);
  store.commit(state, kShard);
  CHECK(kinds_of_rows(store) == std::vector<std::string>{"alert", "incident", "silenced"});
  CHECK(state.counters().alerts == 2);
  CHECK(state.counters().alerts_silenced == 1);
  CHECK(state.counters().silences == 1);

  const auto attempt = state.next(kStart + 2s).attempt;
  REQUIRE(attempt);
  REQUIRE(attempt->note.alerts.size() == 1);
  CHECK(attempt->note.alerts[0].id == test::python_departs().id);

  WHEN("the silence ends while it goes on") {
    send_all(state, store, kStart + 2s);
    state.set_silences({}, kStart + 10min);
    THEN("it is mailed, and is no silenced alert any more") {
      const auto restated = state.take_restated(kShard);
      REQUIRE(restated.size() == 1);
      CHECK(restated[0].id == test::shell_starts().id);
      CHECK(restated[0].silenced_by.empty());
      store.commit(state, kShard);
      CHECK(kinds_of_rows(store) == std::vector<std::string>{"alert", "incident"});
      const auto late = state.next(kStart + 10min + 2s).attempt;
      REQUIRE(late);
      REQUIRE(late->note.alerts.size() == 1);
      CHECK(late->note.alerts[0].id == test::shell_starts().id);
    }
  }
  WHEN("the silence ends when it is over") {
    send_all(state, store, kStart + 2s);
    state.set_silences({}, kStart + 31min);
    store.commit(state, kShard);
    THEN("nothing is mailed of it, and nothing stays") {
      CHECK(send_all(state, store, kStart + 32min).empty());
      store.commit(state, kShard);
      CHECK(kinds_of_rows(store).empty());
    }
  }
}

SCENARIO("of silenced alerts the latest of a kind, program and container is kept") {
  Store store;
  NotifyState state = fresh();
  state.set_silences(silence_of("*"), kStart);
  for (int i = 0; i < 5; ++i) {
    Alert alert = test::shell_starts();
    alert.id = "a-" + std::to_string(i);
    alert.time_ns += i * 1'000'000'000LL;
    state.submit(alert, kShard, kStart + std::chrono::seconds(i));
    store.commit(state, kShard);
  }
  CHECK(state.counters().alerts_silenced == 5);
  REQUIRE(store.rows[kShard].size() == 1);
  CHECK(store.rows[kShard].begin()->first == "silenced/a-4");
  // One that is read again after a crash has no row of its own any more.
  Alert again = test::shell_starts();
  again.id = "a-1";
  again.time_ns += 1'000'000'000LL;
  state.submit(again, kShard, kStart + 9s);
  store.commit(state, kShard);
  CHECK(store.rows[kShard].size() == 1);
  CHECK(store.rows[kShard].begin()->first == "silenced/a-4");
}

SCENARIO("there is room for so many silenced alerts, and their rows are no more than that") {
  Store store;
  NotifyState state = fresh();
  state.set_silences(silence_of("*"), kStart);
  for (std::size_t i = 0; i < SilencedAlerts::kMost + 50; ++i) {
    Alert alert = test::shell_starts();
    alert.id = "a-" + std::to_string(i);
    alert.container_id = "c" + std::to_string(i);
    state.submit(alert, kShard, kStart + std::chrono::milliseconds(i));
  }
  store.commit(state, kShard);
  CHECK(store.rows[kShard].size() == SilencedAlerts::kMost);
  CHECK_FALSE(store.rows[kShard].contains("silenced/a-0"));
}

SCENARIO("a silence that comes before the mail is made holds that back") {
  Store store;
  NotifyState state = fresh();
  state.submit(test::shell_starts(), kShard, kStart);
  Alert repeat = test::shell_starts();
  repeat.id = "a-repeat";
  state.submit(repeat, kShard, kStart);
  store.commit(state, kShard);
  state.set_silences(silence_of("dash"), kStart + 500ms);
  const auto restated = state.take_restated(kShard);
  REQUIRE(restated.size() == 1);
  CHECK(restated[0].silenced_by == "s-00000001");
  CHECK(state.counters().alerts_silenced == 2);
  CHECK(send_all(state, store, kStart + 2s).empty());
  CHECK(send_all(state, store, kStart + 2h).empty());
  store.commit(state, kShard);
  CHECK(kinds_of_rows(store) == std::vector<std::string>{"silenced"});
}

SCENARIO("silences hold through a restart and a takeover") {
  Store store;
  NotifyState state = fresh();
  state.set_silences(silence_of("/bin/dash"), kStart);
  Alert alert = test::shell_starts();
  alert.time_ns = kStart.time_since_epoch().count() * 1'000'000;
  state.submit(alert, kShard, kStart);
  store.commit(state, kShard);

  NotifyState next = fresh();
  store.load(next, kShard, kStart + 1min);
  THEN("before the silences are known nothing is mailed, nor after") {
    CHECK(send_all(next, store, kStart + 2min).empty());
    next.set_silences(silence_of("/bin/dash"), kStart + 2min);
    CHECK(send_all(next, store, kStart + 3min).empty());
    AND_THEN("when it ends it is") {
      next.set_silences({}, kStart + 4min);
      CHECK(send_all(next, store, kStart + 4min + 2s).size() == 1);
    }
  }
  THEN("a shard that goes takes its silenced alerts along") {
    next.release(kShard, kStart + 2min);
    next.set_silences({}, kStart + 2min);
    CHECK(send_all(next, store, kStart + 3min).empty());
  }
  THEN("what was to be told by the one before is held back, if it is silenced by now") {
    NotifyState before = fresh();
    Store other;
    before.submit(alert, kOther, kStart);
    other.commit(before, kOther);
    NotifyState after = fresh();
    after.set_silences(silence_of("/bin/dash"), kStart + 1min);
    other.load(after, kOther, kStart + 1min);
    CHECK(send_all(after, other, kStart + 2min).empty());
  }
}
