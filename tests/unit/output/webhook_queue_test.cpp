#include "analyzer/output/webhook_queue.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

namespace {

const Moment kStart{std::chrono::milliseconds(1'795'489'927'000)};
constexpr ShardId kShard{3};
constexpr ShardId kOther{7};

PostOutcome answer(PostResult result, std::chrono::seconds wait = 0s) {
  PostOutcome outcome;
  outcome.result = result;
  outcome.retry_after = wait;
  return outcome;
}

std::vector<std::string> ids(WebhookQueue& queue, Moment now) {
  std::vector<std::string> posted;
  while (const QueuedEvent* next = queue.next(now)) {
    posted.push_back(next->id);
    queue.settle(posted.back(), answer(PostResult::accepted), now);
  }
  return posted;
}

}  // namespace

SCENARIO("events are posted once each, in order") {
  WebhookQueue queue({});
  queue.add(kShard, "a.open", "{}");
  queue.add(kShard, "b.open", "{}");
  queue.add(kShard, "a.open", R"({"again":1})");
  CHECK(queue.counters().waiting == 2);
  CHECK(ids(queue, kStart) == std::vector<std::string>{"a.open", "b.open"});
  CHECK(queue.counters().sent == 2);
  CHECK(queue.counters().waiting == 0);
  CHECK_FALSE(queue.next_due());
}

SCENARIO("a server that is away is asked again after longer and longer waits") {
  WebhookQueue queue({});
  queue.add(kShard, "a.open", "{}");
  Moment now = kStart;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 12; ++i) {
    REQUIRE(queue.next(now) != nullptr);
    queue.settle("a.open", answer(PostResult::later), now);
    CHECK(queue.next(now) == nullptr);
    waits.push_back((*queue.next_due() - now).count());
    now = *queue.next_due();
  }
  CHECK(waits == std::vector<std::int64_t>{1000, 2000, 4000, 8000, 16'000, 32'000, 64'000, 128'000, 256'000,
                                           300'000, 300'000, 300'000});
  CHECK(queue.counters().failed == 12);
  queue.settle("a.open", answer(PostResult::accepted), now);
  queue.add(kShard, "b.open", "{}");
  CHECK(queue.next(now) != nullptr);
}

SCENARIO("a server says how long to wait, and is believed") {
  WebhookQueue queue({});
  queue.add(kShard, "a.open", "{}");
  queue.settle("a.open", answer(PostResult::later, 30s), kStart);
  CHECK(*queue.next_due() == kStart + 30s);
}

SCENARIO("what is refused for good holds up nothing") {
  WebhookQueue queue({});
  queue.add(kShard, "a.open", "{}");
  queue.add(kShard, "b.open", "{}");
  queue.settle("a.open", answer(PostResult::refused), kStart);
  CHECK(ids(queue, kStart) == std::vector<std::string>{"b.open"});
  CHECK(queue.counters().dead == 1);
}

SCENARIO("there is so much room, and the oldest make it") {
  WebhookRules rules;
  rules.events = 3;
  WebhookQueue queue(rules);
  for (const char* id : {"a.open", "b.open", "c.open", "d.open"})
    queue.add(kShard, id, "{}");
  CHECK(queue.counters().dropped == 1);
  CHECK(ids(queue, kStart) == std::vector<std::string>{"b.open", "c.open", "d.open"});
  rules.bytes = 100;
  WebhookQueue small(rules);
  small.add(kShard, "a.open", "{}");
  small.add(kShard, "b.open", "{\"x\":\"" + std::string(100, 'x') + "\"}");
  CHECK(small.counters().waiting == 1);
}

SCENARIO("what waits is a row of its shard, and goes with it") {
  WebhookQueue first({});
  first.add(kShard, "a.open", "{\"n\":1}");
  first.add(kOther, "b.open", "{\"n\":2}");
  const RowChanges stored = first.rows_changed(kShard);
  REQUIRE(stored.set.size() == 1);
  CHECK(WebhookQueue::is_row(stored.set[0].first));
  CHECK_FALSE(WebhookQueue::is_row("alert/a"));

  WebhookQueue second({});
  CHECK(second.restore(kShard, stored.set) == 0);
  CHECK(second.next(kStart)->json == "{\"n\":1}");
  CHECK(ids(second, kStart) == std::vector<std::string>{"a.open"});
  CHECK(second.rows_changed(kShard).erase == std::vector<std::string>{stored.set[0].first});

  first.release(kShard);
  CHECK(ids(first, kStart) == std::vector<std::string>{"b.open"});
}

SCENARIO("a row that is no event is erased, and none becomes a header or two lines") {
  WebhookQueue queue({});
  CHECK(queue.restore(kShard, {{"webhook/a\r\nX-Evil: 1", "{}"},
                               {"webhook/b", "{\"a\":1}\n{}"},
                               {"webhook/", "{}"},
                               {"webhook/c", "[]"},
                               {"webhook/d", std::string(2U << 20U, 'x')}}) == 5);
  CHECK(queue.next(kStart) == nullptr);
  CHECK(queue.rows_changed(kShard).erase.size() == 5);
  queue.add(kShard, "a b", "{}");
  queue.add(kShard, "a", "{\n}");
  CHECK(queue.next(kStart) == nullptr);
}

SCENARIO("what a status means") {
  for (const long status : {200, 201, 204, 299})
    CHECK(judge_status(status) == PostResult::accepted);
  for (const long status : {0, 100, 408, 425, 429, 500, 502, 503, 504, 599})
    CHECK(judge_status(status) == PostResult::later);
  for (const long status : {300, 301, 308, 400, 401, 403, 404, 410, 413, 422})
    CHECK(judge_status(status) == PostResult::refused);
}
