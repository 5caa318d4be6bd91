#include "collector/shipping/record_queue.h"

#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace da {
namespace {

CaptureEvent call_event(std::uint64_t number) {
  CaptureEvent event;
  event.task = TaskSerial{number};
  event.tid = Tid{-7};
  event.pid = Pid{42};
  event.origin = OriginId{9};
  event.record.call = CallId{257};
  event.record.arg_count = 4;
  event.record.args = {number, ~number, 3, 4, 5, 6};
  event.record.result = -2;
  event.record.time_ns = 1'700'000'000'000'000'000;
  return event;
}

CaptureEvent exit_event(std::uint64_t number) {
  CaptureEvent event = call_event(number);
  event.kind = EventKind::exit;
  return event;
}

std::vector<std::uint64_t> drain_serials(RecordQueue& queue, std::size_t limit = SIZE_MAX) {
  std::vector<std::uint64_t> serials;
  queue.drain(limit, [&](const CaptureEvent& event) { serials.push_back(to_raw(event.task)); });
  return serials;
}

SCENARIO("an event comes out of the queue as it went in") {
  RecordQueue queue(1);
  CHECK(queue.empty());
  CaptureEvent event = call_event(1);
  const CapturedArg captured[] = {{1, CapturedKind::path, false, "/etc/passwd"},
                                  {2, CapturedKind::text, true, ""}};
  event.record.captured = captured;
  event.lost = 5;
  event.gap = true;
  REQUIRE(queue.try_push(event));
  CaptureEvent birth;
  birth.kind = EventKind::start;
  birth.from_birth = true;
  REQUIRE(queue.try_push(birth));
  CHECK_FALSE(queue.empty());

  std::size_t seen = 0;
  const std::size_t drained = queue.drain(10, [&](const CaptureEvent& out) {
    if (seen++ == 1) {
      CHECK(out.kind == EventKind::start);
      CHECK(out.from_birth);
      CHECK_FALSE(out.gap);
      CHECK(out.record.captured.empty());
      return;
    }
    CHECK(out.kind == EventKind::call);
    CHECK_FALSE(out.from_birth);
    CHECK(out.gap);
    CHECK(out.lost == 5);
    CHECK(out.task == TaskSerial{1});
    CHECK(out.tid == Tid{-7});
    CHECK(out.pid == Pid{42});
    CHECK(out.origin == OriginId{9});
    CHECK(out.record.call == CallId{257});
    CHECK(out.record.arg_count == 4);
    CHECK(out.record.args == event.record.args);
    CHECK(out.record.result == -2);
    CHECK(out.record.time_ns == 1'700'000'000'000'000'000);
    REQUIRE(out.record.captured.size() == 2);
    CHECK(out.record.captured[0].bytes == "/etc/passwd");
    CHECK_FALSE(out.record.captured[0].truncated);
    CHECK(out.record.captured[1].arg == 2);
    CHECK(out.record.captured[1].kind == CapturedKind::text);
    CHECK(out.record.captured[1].truncated);
    CHECK(out.record.captured[1].bytes.empty());
  });
  CHECK(drained == 2);
  CHECK(queue.empty());
}

SCENARIO("drain hands over no more than it was asked for") {
  RecordQueue queue(1);
  for (std::uint64_t i = 1; i <= 5; ++i)
    REQUIRE(queue.try_push(call_event(i)));
  CHECK(drain_serials(queue, 2) == std::vector<std::uint64_t>{1, 2});
  CHECK(drain_serials(queue, 0).empty());
  CHECK(drain_serials(queue) == std::vector<std::uint64_t>{3, 4, 5});
  CHECK(drain_serials(queue).empty());
}

SCENARIO("a full queue refuses calls first, then everything, and loses nothing it took") {
  RecordQueue queue(1);
  std::uint64_t calls = 0;
  while (queue.try_push(call_event(calls + 1)))
    ++calls;
  CHECK(calls > 400);
  std::uint64_t others = 0;
  while (queue.try_push(exit_event(calls + others + 1)))
    ++others;
  CHECK(others > calls / 10);  // an eighth is theirs
  CHECK(others < calls / 5);
  const std::vector<std::uint64_t> serials = drain_serials(queue);
  REQUIRE(serials.size() == calls + others);
  for (std::size_t i = 0; i < serials.size(); ++i)
    REQUIRE(serials[i] == i + 1);
  CHECK(queue.try_push(call_event(1)));
}

SCENARIO("more captures or bytes than a reader has room for are cut off and marked") {
  RecordQueue queue(1);
  const std::string longest(kMaxCapturedBytes, 'a');
  const std::string longer(100'000, 'b');
  std::vector<CapturedArg> captured(300, CapturedArg{0, CapturedKind::argv, false, longest});
  captured[1].bytes = longer;
  CaptureEvent event = call_event(1);
  event.record.captured = captured;
  REQUIRE(queue.try_push(event));
  REQUIRE(queue.try_push(call_event(2)));
  std::size_t seen = 0;
  queue.drain(2, [&](const CaptureEvent& out) {
    if (seen++ == 1) {
      CHECK(out.task == TaskSerial{2});
      return;
    }
    REQUIRE(out.record.captured.size() == kMaxCallArgs);
    CHECK(out.record.captured[0].bytes == longest);
    CHECK_FALSE(out.record.captured[0].truncated);
    CHECK(out.record.captured[1].bytes == std::string(kMaxCapturedBytes, 'b'));
    CHECK(out.record.captured[1].truncated);
  });
  CHECK(seen == 2);
}

/// An event whose every part follows from its number, of any size.
struct Sample {
  explicit Sample(std::uint64_t number) : event(call_event(number)) {
    if (number % 3 == 0) {
      text.assign(number * 7 % (kMaxCapturedBytes + 1), static_cast<char>('a' + number % 26));
      captured.assign(1 + number % kMaxCallArgs, CapturedArg{1, CapturedKind::path, false, text});
      event.record.captured = captured;
    }
  }
  [[nodiscard]] bool matches(const CaptureEvent& out) const {
    if (out.task != event.task || out.record.args != event.record.args) return false;
    if (out.record.captured.size() != captured.size()) return false;
    for (const CapturedArg& arg : out.record.captured) {
      if (arg.bytes != text) return false;
    }
    return true;
  }
  std::string text;
  std::vector<CapturedArg> captured;
  CaptureEvent event;
};

SCENARIO("events of every size survive each position of the ring's end") {
  RecordQueue queue(1);
  std::mt19937 random(1);
  std::uint64_t pushed = 0;
  std::uint64_t popped = 0;
  while (popped < 100'000) {
    for (std::size_t i = random() % 500; i > 0; --i) {
      const Sample sample(pushed + 1);
      if (!queue.try_push(sample.event)) break;
      ++pushed;
    }
    bool good = true;
    queue.drain(random() % 500,
                [&](const CaptureEvent& out) { good = good && Sample(++popped).matches(out); });
    REQUIRE(good);
  }
}

SCENARIO("two threads: everything the producer placed arrives, whole and in order") {
  constexpr std::uint64_t kEvents = 400'000;
  RecordQueue queue(1);
  std::uint64_t refused = 0;
  std::thread producer([&] {
    for (std::uint64_t number = 1; number <= kEvents; ++number) {
      const Sample sample(number);
      while (!queue.try_push(sample.event)) {
        ++refused;
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t received = 0;
  std::uint64_t wrong = 0;
  while (received < kEvents && wrong == 0) {
    const std::size_t count = queue.drain(1000, [&](const CaptureEvent& out) {
      if (!Sample(++received).matches(out)) ++wrong;
    });
    if (count == 0) std::this_thread::yield();
  }
  if (wrong != 0) {
    while (received < kEvents)
      received += queue.drain(1000, [](const CaptureEvent&) {});  // let the producer end
  }
  producer.join();
  CHECK(wrong == 0);
  CHECK(received == kEvents);
  CHECK(queue.empty());
  CHECK(refused > 0);  // the full queue was part of the test
}

}  // namespace
}  // namespace da
