// Batches for tests: a readable sample, and seeded random ones that satisfy encode()'s precondition.
//
//   const SyscallBatch batch = random_batch(seed);
//   CHECK(same_batch(batch, *decode(encode(batch))));
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "proto/syscall_batch.h"

namespace da::test {

/// Two threads of one nginx: openat("/etc/passwd") = 3 and read, then an exit_group that never returns.
[[nodiscard]] inline SyscallBatch sample_batch() {
  SyscallBatch batch;
  batch.header = {"host-1", Epoch{0xfedcba9876543210U}, 7, 1000, 1'700'000'000'000'000'000};
  batch.origins.push_back({std::string(64, 'a'), "web", "nginx:1.25", "sha256:0123", "/usr/sbin/nginx",
                           "/bin/sh", std::string("nginx\0-g", 8), Pid{41}, Arch::x86_64,
                           std::string("project=shop\0team=web", 21)});
  batch.segments.push_back({TaskSerial{5}, Tid{4711}, Pid{4711}, 2, 0, 1, 0});
  batch.segments.push_back({TaskSerial{6}, Tid{4712}, Pid{4711}, 1, 3, 8 | 4, 0});
  const auto add = [&](std::uint32_t call, std::uint8_t count, std::array<std::uint64_t, kMaxCallArgs> args,
                       std::int64_t result, std::int64_t after_ns) {
    batch.calls.push_back(CallId{call});
    batch.arg_counts.push_back(count);
    batch.args.push_back(args);
    batch.results.push_back(result);
    batch.times_ns.push_back(batch.header.start_ns + after_ns);
  };
  add(257, 4, {0xffffffffffffff9cU, 0x7ffc00001000U, 0, 0, 0, 0}, 3, 100);
  add(0, 3, {3, 0x7ffc00002000U, 4096, 0, 0, 0}, -11, 2000);
  add(231, 1, {1, 0, 0, 0, 0, 0}, kNoResult, 0);
  batch.captures.push_back({0, 1, CapturedKind::path, false, "/etc/passwd"});
  return batch;
}

/// Any consistent batch: extreme numbers, calls with odd argument counts, empty segments, hostile bytes.
[[nodiscard]] inline SyscallBatch random_batch(std::uint32_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&random](std::uint64_t bound) { return bound == 0 ? 0 : random() % bound; };
  const auto bytes = [&](std::size_t most) {
    std::string text(below(most + 1), '\0');
    for (char& c : text)
      c = static_cast<char>(below(256));
    return text;
  };
  const auto number = [&]() -> std::uint64_t {
    switch (below(5)) {
      case 0:
        return below(8);
      case 1:
        return 0x7f0000000000U + below(1U << 20U);
      case 2:
        return random();
      case 3:
        return std::uint64_t{1} << below(64);
      default:
        return ~below(200);
    }
  };
  const auto any_int32 = [&] { return static_cast<std::int32_t>(static_cast<std::uint32_t>(number())); };

  SyscallBatch batch;
  batch.header = {bytes(20), Epoch{number()}, number(), number(), static_cast<std::int64_t>(number())};
  const std::size_t origins = 1 + below(5);
  for (std::size_t i = 0; i < origins; ++i) {
    if (i > 0 && below(2) == 0) {  // the next process of the same container
      batch.origins.push_back(batch.origins.back());
      batch.origins.back().executable = bytes(40);
      continue;
    }
    batch.origins.push_back({bytes(64), bytes(20), bytes(30), bytes(71), bytes(300), bytes(40), bytes(400),
                             Pid{any_int32()}, static_cast<Arch>(below(4)), bytes(60)});
  }
  const std::size_t distinct = 1 + below(40);
  const std::size_t segments = below(12);
  for (std::size_t s = 0; s < segments; ++s) {
    Segment segment{TaskSerial{number()},
                    Tid{any_int32()},
                    Pid{any_int32()},
                    static_cast<std::uint32_t>(below(4) == 0 ? 0 : below(60)),
                    0,
                    static_cast<std::uint8_t>(below(16)),
                    static_cast<std::uint32_t>(below(origins))};
    if (segment.has(SegmentFlag::gap)) segment.lost = number();
    for (std::uint32_t i = 0; i < segment.record_count; ++i) {
      const std::uint64_t pick = below(distinct);
      const auto arch = static_cast<Arch>(pick % 7 == 0 ? below(4) : 0);
      const auto record = static_cast<std::uint32_t>(batch.calls.size());
      batch.calls.push_back(make_call(arch, pick == 3 ? -1 : static_cast<std::int64_t>(pick * 37)));
      const auto count = static_cast<std::uint8_t>(below(20) == 0 ? below(7) : pick % 7);
      batch.arg_counts.push_back(count);
      auto& args = batch.args.emplace_back();
      for (std::size_t a = 0; a < count; ++a)
        args[a] = number();
      batch.results.push_back(below(30) == 0 ? kNoResult : static_cast<std::int64_t>(number()));
      batch.times_ns.push_back(static_cast<std::int64_t>(number()));
      for (std::uint64_t c = below(8) == 0 ? below(4) : 0; c > 0; --c) {
        batch.captures.push_back({record, static_cast<std::uint8_t>(below(kMaxCallArgs)),
                                  static_cast<CapturedKind>(below(4)), below(2) == 0,
                                  bytes(kMaxCapturedBytes)});
      }
    }
    batch.segments.push_back(segment);
  }
  return batch;
}

[[nodiscard]] inline bool same_batch(const SyscallBatch& a, const SyscallBatch& b) {
  const auto same_header = a.header.host == b.header.host && a.header.epoch == b.header.epoch &&
                           a.header.sequence == b.header.sequence &&
                           a.header.records_before == b.header.records_before &&
                           a.header.start_ns == b.header.start_ns;
  const auto same_segment = [](const Segment& x, const Segment& y) {
    return x.task == y.task && x.tid == y.tid && x.pid == y.pid && x.record_count == y.record_count &&
           x.lost == y.lost && x.flags == y.flags && x.origin == y.origin;
  };
  const auto same_capture = [](const BatchCapture& x, const BatchCapture& y) {
    return x.record == y.record && x.arg == y.arg && x.kind == y.kind && x.truncated == y.truncated &&
           x.bytes == y.bytes;
  };
  return same_header && a.origins == b.origins && a.calls == b.calls && a.arg_counts == b.arg_counts &&
         a.args == b.args && a.results == b.results && a.times_ns == b.times_ns &&
         std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                    same_segment) &&
         std::equal(a.captures.begin(), a.captures.end(), b.captures.begin(), b.captures.end(), same_capture);
}

}  // namespace da::test
