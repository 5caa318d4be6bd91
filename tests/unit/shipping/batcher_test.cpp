#include "collector/shipping/batcher.h"

#include <algorithm>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "proto/codec.h"
#include "tests/support/batches.h"

namespace da {
namespace {

using std::chrono::milliseconds;

constexpr auto kStart = static_cast<std::uint8_t>(SegmentFlag::start);
constexpr auto kExec = static_cast<std::uint8_t>(SegmentFlag::exec);
constexpr auto kExit = static_cast<std::uint8_t>(SegmentFlag::exit);
constexpr auto kGap = static_cast<std::uint8_t>(SegmentFlag::gap);

Origin origin_of(std::string executable) {
  Origin origin;
  origin.container_id = std::string(64, 'c');
  origin.container_name = "web";
  origin.executable = std::move(executable);
  return origin;
}

/// A batcher, the tasks that feed it, and what came out.
struct Feed {
  explicit Feed(BatchLimits limits = {.shards = 1})
      : batcher(origins, "host", Epoch{77}, limits, [this](ShardId shard, const SyscallBatch& batch) {
          REQUIRE_FALSE(find_fault(batch));
          shards.push_back(shard);
          batches.push_back(batch);
          return encode(batch).size();
        }) {}

  CaptureEvent event(EventKind kind, std::uint64_t task, std::uint64_t lost = 0) {
    CaptureEvent made;
    made.kind = kind;
    made.task = TaskSerial{task};
    made.tid = Tid{static_cast<std::int32_t>(1000 + task)};
    made.pid = Pid{1000};
    made.lost = lost;
    return made;
  }
  void start(std::uint64_t task, bool from_birth = true, std::string executable = "/bin/a") {
    CaptureEvent made = event(EventKind::start, task);
    made.from_birth = from_birth;
    made.origin = origins.add(origin_of(std::move(executable)));
    batcher.add(made, now);
  }
  void exec(std::uint64_t task, std::string executable, std::uint64_t lost = 0) {
    CaptureEvent made = event(EventKind::exec, task, lost);
    made.origin = origins.add(origin_of(std::move(executable)));
    batcher.add(made, now);
  }
  void call(std::uint64_t task, std::uint64_t marker, std::uint64_t lost = 0, std::string_view path = {},
            bool gap = false) {
    CaptureEvent made = event(EventKind::call, task, lost);
    made.gap = gap;
    made.record.call = CallId{257};
    made.record.arg_count = 4;
    made.record.args[1] = marker;
    made.record.result = 3;
    made.record.time_ns = ++time_ns;
    const CapturedArg captured{1, CapturedKind::path, false, path};
    if (!path.empty()) made.record.captured = std::span(&captured, 1);
    batcher.add(made, now);
  }
  void exit(std::uint64_t task, std::uint64_t lost = 0) {
    batcher.add(event(EventKind::exit, task, lost), now);
  }

  /// "task:flags/lost[marker marker]" of each segment, with the executable.
  static std::string show(const SyscallBatch& batch) {
    std::string text;
    std::size_t record = 0;
    for (const Segment& segment : batch.segments) {
      if (!text.empty()) text += ' ';
      text += std::to_string(to_raw(segment.task)) + batch.origins[segment.origin].executable + ':';
      for (const auto& [flag, letter] : {std::pair(kStart, 'S'), {kExec, 'X'}, {kGap, 'G'}, {kExit, 'E'}}) {
        if ((segment.flags & flag) != 0) text += letter;
      }
      if (segment.lost != 0) text += std::to_string(segment.lost);
      text += '[';
      for (std::uint32_t i = 0; i < segment.record_count; ++i) {
        if (i != 0) text += ' ';
        text += std::to_string(batch.args[record++][1]);
      }
      text += ']';
    }
    return text;
  }
  std::string flushed() {
    batches.clear();
    batcher.flush_all();
    std::string text;
    for (const SyscallBatch& batch : batches)
      text += show(batch);
    return text;
  }

  OriginTable origins;
  std::vector<ShardId> shards;
  std::vector<SyscallBatch> batches;
  Batcher::Time now{};
  std::int64_t time_ns = 1'700'000'000'000'000'000;
  Batcher batcher;
};

SCENARIO("a thread's life becomes a segment with its start and its exit") {
  Feed feed;
  feed.start(1);
  feed.call(1, 10);
  feed.call(1, 11);
  feed.exit(1);
  CHECK(feed.flushed() == "1/bin/a:SE[10 11]");
  CHECK(feed.batches[0].header.host == "host");
  CHECK(feed.batches[0].header.epoch == Epoch{77});
  CHECK(feed.batches[0].header.sequence == 1);
  CHECK(feed.batches[0].header.records_before == 0);
  CHECK(feed.batches[0].header.start_ns == 1'700'000'000'000'000'001);
  CHECK(feed.origins.size() == 0);
  CHECK(feed.batcher.task_count() == 0);
}

SCENARIO("interleaved threads are grouped, each in its own order") {
  Feed feed;
  feed.start(1);
  feed.start(2);
  feed.call(1, 10);
  feed.call(2, 20, 0, "/two");
  feed.call(1, 11, 0, "/one");
  feed.call(2, 21);
  feed.call(1, 12);
  CHECK(feed.flushed() == "1/bin/a:S[10 11 12] 2/bin/a:S[20 21]");
  REQUIRE(feed.batches[0].captures.size() == 2);
  CHECK(feed.batches[0].captures[0].record == 1);
  CHECK(feed.batches[0].captures[0].bytes == "/one");
  CHECK(feed.batches[0].captures[1].record == 3);
  CHECK(feed.batches[0].captures[1].bytes == "/two");
}

SCENARIO("the next batch goes on where the last one ended") {
  Feed feed;
  feed.start(1);
  feed.call(1, 10);
  CHECK(feed.flushed() == "1/bin/a:S[10]");
  feed.call(1, 11);
  feed.call(1, 12);
  CHECK(feed.flushed() == "1/bin/a:[11 12]");
  CHECK(feed.batches[0].header.sequence == 2);
  CHECK(feed.batches[0].header.records_before == 1);
  feed.exit(1);
  CHECK(feed.flushed() == "1/bin/a:E[]");
  CHECK(feed.batches[0].header.sequence == 3);
  CHECK(feed.batches[0].header.records_before == 3);
  CHECK(feed.flushed().empty());
}

SCENARIO("a late attach is a gap, not a birth") {
  Feed feed;
  feed.start(1, /*from_birth=*/false);
  feed.call(1, 10);
  CHECK(feed.flushed() == "1/bin/a:G[10]");
}

SCENARIO("calls that were not seen are a gap, however many they were") {
  Feed feed;
  feed.start(1);
  feed.call(1, 10);
  feed.call(1, 11, 0, {}, /*gap=*/true);
  feed.call(1, 12);
  CaptureEvent end = feed.event(EventKind::exit, 1);
  end.gap = true;
  feed.batcher.add(end, feed.now);
  CHECK(feed.flushed() == "1/bin/a:S[10] 1/bin/a:G[11 12] 1/bin/a:GE[]");
}

SCENARIO("an exec begins a segment with the new program") {
  Feed feed;
  feed.start(1);
  feed.call(1, 10);
  feed.exec(1, "/bin/b");
  feed.call(1, 11);
  feed.exec(1, "/bin/c");
  feed.exit(1);
  CHECK(feed.flushed() == "1/bin/a:S[10] 1/bin/b:X[11] 1/bin/c:XE[]");
  CHECK(feed.origins.size() == 0);
}

SCENARIO("lost records are marked where they are missing") {
  Feed feed;
  feed.start(1);
  feed.start(2);
  feed.call(1, 10);
  feed.call(2, 20);
  feed.call(1, 11, 5);
  feed.call(1, 12);
  CHECK(feed.flushed() == "1/bin/a:S[10] 1/bin/a:G5[11 12] 2/bin/a:S[20]");
  feed.exec(1, "/bin/b", 3);
  feed.call(1, 13, 2);
  feed.exit(2, 4);
  feed.exit(1);
  CHECK(feed.flushed() == "1/bin/a:G3[] 1/bin/b:X[] 1/bin/b:GE2[13] 2/bin/a:GE4[]");
  CHECK(feed.batcher.counters().lost == 14);
}

SCENARIO("a program that is gone from the table is still named in the batch that it is in") {
  Feed feed;
  feed.start(1);
  feed.call(1, 10);
  feed.exec(1, "/bin/b");
  CHECK(feed.origins.size() == 1);
  CHECK(feed.flushed() == "1/bin/a:S[10] 1/bin/b:X[]");
  CHECK(feed.batcher.counters().unknown_origin == 0);
}

SCENARIO("threads of one process share an origin and its references") {
  Feed feed;
  const OriginId shared = feed.origins.add(origin_of("/bin/a"));
  for (std::uint64_t task = 1; task <= 3; ++task) {
    if (task > 1) feed.origins.retain(shared);
    CaptureEvent made = feed.event(EventKind::start, task);
    made.from_birth = true;
    made.origin = shared;
    feed.batcher.add(made, feed.now);
  }
  CHECK(feed.flushed() == "1/bin/a:S[] 2/bin/a:S[] 3/bin/a:S[]");
  CHECK(feed.batches[0].origins.size() == 1);
  feed.exit(1);
  feed.exit(2);
  CHECK(feed.origins.size() == 1);
  feed.exit(3);
  CHECK(feed.origins.size() == 0);
}

SCENARIO("an exec from a non-leader moves the task to the leader's tid") {
  Feed feed;
  feed.start(2);
  CaptureEvent made = feed.event(EventKind::exec, 2);
  made.tid = Tid{1000};
  made.origin = feed.origins.add(origin_of("/bin/b"));
  feed.batcher.add(made, feed.now);
  feed.call(2, 20);
  feed.flushed();
  REQUIRE(feed.batches[0].segments.size() == 2);
  CHECK(feed.batches[0].segments[0].tid == Tid{1002});
  CHECK(feed.batches[0].segments[1].tid == Tid{1000});
}

SCENARIO("a batch is finished when it is old enough, not before") {
  Feed feed({.shards = 1, .max_age = milliseconds(50)});
  feed.start(1);
  feed.now += milliseconds(30);
  feed.call(1, 10);
  feed.now += milliseconds(19);
  feed.batcher.flush_due(feed.now);
  CHECK(feed.batches.empty());
  feed.now += milliseconds(1);
  feed.batcher.flush_due(feed.now);
  CHECK(feed.batches.size() == 1);
}

SCENARIO("a batch is finished at its record limit") {
  Feed feed({.shards = 1, .records = 3});
  feed.start(1);
  for (std::uint64_t i = 1; i <= 7; ++i)
    feed.call(1, i);
  REQUIRE(feed.batches.size() == 2);
  CHECK(Feed::show(feed.batches[0]) == "1/bin/a:S[1 2 3]");
  CHECK(Feed::show(feed.batches[1]) == "1/bin/a:[4 5 6]");
  CHECK(feed.batches[1].header.records_before == 3);
  CHECK(feed.batcher.counters().batches == 2);
  CHECK(feed.batcher.counters().records == 6);
}

SCENARIO("a payload keeps close to its limit and rarely passes it") {
  Feed feed({.shards = 1, .payload_bytes = 15'800});
  std::mt19937_64 random(3);
  for (std::uint64_t task = 1; task <= 8; ++task)
    feed.start(task);
  for (int i = 0; i < 40'000; ++i) {
    CaptureEvent made = feed.event(EventKind::call, 1 + random() % 8);
    const std::uint64_t fd = 3 + random() % 20;
    made.record.call = CallId{static_cast<std::uint32_t>(random() % 12)};
    made.record.arg_count = static_cast<std::uint8_t>(1 + to_raw(made.task) % 4);
    made.record.args = {
        fd, 0x7fff'0000'0000 + to_raw(made.task) * 0x10000, random() % 5000, 0x55d0'0000'0000, 0, 0};
    made.record.result = static_cast<std::int64_t>(random() % 4096);
    made.record.time_ns = feed.time_ns += static_cast<std::int64_t>(5'000 + random() % 30'000);
    feed.batcher.add(made, feed.now);
  }
  REQUIRE(feed.batches.size() > 20);
  std::size_t total = 0;
  for (const SyscallBatch& batch : feed.batches) {
    const std::size_t size = encode(batch).size();
    CHECK(size < 16'200);
    total += size;
  }
  CHECK(total / feed.batches.size() > 12'500);
}

SCENARIO("large captures and many programs end a batch early") {
  Feed feed({.shards = 1, .payload_bytes = 15'800});
  feed.start(1);
  const std::string path(kMaxCapturedBytes, 'p');
  for (std::uint64_t i = 0; i < 200; ++i)
    feed.call(1, i, 0, path);
  CHECK(feed.batches.size() == 4);
  feed.flushed();

  for (std::uint64_t task = 2; task <= 400; ++task) {
    feed.start(task, true, "/bin/" + std::string(1'000, 'x') + std::to_string(task));
    feed.exit(task);
  }
  CHECK(feed.batches.size() > 20);
  for (const SyscallBatch& batch : feed.batches)
    CHECK(encode(batch).size() < 17'500);
}

SCENARIO("hostile sizes never make a batch that a reader refuses") {
  Feed feed({.shards = 1, .payload_bytes = SIZE_MAX, .records = SIZE_MAX, .max_age = std::chrono::hours(1)});
  std::mt19937_64 random(4);
  const std::string huge(10'000, 'h');
  std::size_t records = 0;
  for (std::uint64_t task = 1; task <= 6'000; ++task) {
    Origin origin = origin_of("/bin/a");
    if (task % 50 == 0) origin.command_line = huge;
    CaptureEvent made = feed.event(EventKind::start, task);
    made.origin = feed.origins.add(std::move(origin));
    feed.batcher.add(made, feed.now);
    for (std::uint64_t i = random() % 40; i > 0; --i, ++records) {
      CaptureEvent call = feed.event(EventKind::call, 1 + random() % task, random() % 10 == 0 ? random() : 0);
      call.record.call = make_call(Arch::i386, static_cast<std::int64_t>(random()));
      call.record.arg_count = 200;
      for (std::uint64_t& arg : call.record.args)
        arg = random();
      call.record.time_ns = static_cast<std::int64_t>(random());
      const CapturedArg captured[] = {{9, CapturedKind::text, false, "no such argument"},
                                      {0, CapturedKind::path, false, huge}};
      if (random() % 20 == 0) call.record.captured = captured;
      feed.batcher.add(call, feed.now);
    }
  }
  feed.batcher.flush_all();
  std::size_t decoded_records = 0;
  for (const SyscallBatch& batch : feed.batches) {
    const std::string payload = encode(batch);
    const Decoded decoded = decode(payload);
    REQUIRE(decoded);
    decoded_records += decoded->record_count();
  }
  CHECK(decoded_records == records);
}

SCENARIO("a process keeps its shard, and shards count for themselves") {
  Feed feed({.shards = 8});
  for (std::int32_t pid = 1; pid <= 50; ++pid) {
    CaptureEvent made = feed.event(EventKind::start, static_cast<std::uint64_t>(pid));
    made.pid = Pid{pid};
    made.origin = feed.origins.add(origin_of("/bin/a"));
    feed.batcher.add(made, feed.now);
  }
  feed.batcher.flush_all();
  CHECK(feed.batches.size() == 8);
  for (std::size_t i = 0; i < feed.batches.size(); ++i) {
    CHECK(feed.batches[i].header.sequence == 1);
    for (const Segment& segment : feed.batches[i].segments) {
      CHECK(shard_of(std::string(64, 'c'), segment.pid, 8) == feed.shards[i]);
    }
  }
}

SCENARIO("events of a task that never started are counted, not sent") {
  Feed feed;
  feed.call(1, 10);
  feed.exec(1, "/bin/a");
  feed.exit(1);
  CHECK(feed.flushed().empty());
  CHECK(feed.batcher.counters().unknown_task == 3);
  CHECK(feed.origins.size() == 0);
}

SCENARIO("a batcher that ends gives back what its tasks refer to") {
  OriginTable origins;
  {
    Batcher batcher(origins, "host", Epoch{1}, {},
                    [](ShardId, const SyscallBatch&) { return std::size_t{0}; });
    CaptureEvent made;
    made.kind = EventKind::start;
    made.task = TaskSerial{1};
    made.origin = origins.add(origin_of("/bin/a"));
    batcher.add(made, {});
    CHECK(origins.size() == 1);
  }
  CHECK(origins.size() == 0);
}

SCENARIO("whatever is fed in any order, each thread's records come out once and in order") {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 random(seed);
    Feed feed({.shards = static_cast<std::uint16_t>(1 + seed % 5),
               .payload_bytes = 2'000,
               .records = 1 + seed * 7});
    std::map<std::uint64_t, std::vector<std::uint64_t>> expected;
    std::map<std::uint64_t, std::uint64_t> lost;
    std::vector<std::uint64_t> alive;
    std::uint64_t next_task = 1;
    std::uint64_t marker = 0;
    for (int step = 0; step < 3'000; ++step) {
      const std::uint64_t what = random() % 20;
      if (alive.empty() || what == 0) {
        CaptureEvent made = feed.event(EventKind::start, next_task);
        made.pid = Pid{static_cast<std::int32_t>(next_task)};
        made.from_birth = random() % 2 == 0;
        made.origin = feed.origins.add(origin_of("/bin/" + std::to_string(random() % 5)));
        feed.batcher.add(made, feed.now);
        alive.push_back(next_task++);
        continue;
      }
      const std::size_t pick = random() % alive.size();
      const std::uint64_t task = alive[pick];
      const std::uint64_t missing = random() % 15 == 0 ? 1 + random() % 9 : 0;
      lost[task] += missing;
      if (what == 1) {
        feed.exit(task, missing);
        alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(pick));
      } else if (what == 2) {
        feed.exec(task, "/bin/x", missing);
      } else {
        feed.call(task, ++marker, missing);
        expected[task].push_back(marker);
      }
    }
    feed.batcher.flush_all();
    std::map<std::uint64_t, std::vector<std::uint64_t>> found;
    std::map<std::uint64_t, std::uint64_t> found_lost;
    std::map<std::uint16_t, std::pair<std::uint64_t, std::uint64_t>>
        position;  // sequence and r0 of each shard
    for (std::size_t b = 0; b < feed.batches.size(); ++b) {
      const SyscallBatch& batch = feed.batches[b];
      auto& [sequence, records] = position[to_raw(feed.shards[b])];
      REQUIRE(batch.header.sequence == ++sequence);
      REQUIRE(batch.header.records_before == records);
      records += batch.record_count();
      std::size_t record = 0;
      for (const Segment& segment : batch.segments) {
        found_lost[to_raw(segment.task)] += segment.lost;
        for (std::uint32_t i = 0; i < segment.record_count; ++i) {
          found[to_raw(segment.task)].push_back(batch.args[record++][1]);
        }
      }
    }
    std::erase_if(lost, [](const auto& entry) { return entry.second == 0; });
    std::erase_if(found_lost, [](const auto& entry) { return entry.second == 0; });
    REQUIRE(found == expected);
    REQUIRE(found_lost == lost);
  }
}

}  // namespace
}  // namespace da
