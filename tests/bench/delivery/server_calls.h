// The calls of a small web server, over and over, of 64 threads in 16 processes: what both ways carry.
//
//   ServerCalls calls;
//   calls.each(1'000'000, [&](std::size_t thread, const SyscallRecord& record) { ... });
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "proto/syscall_record.h"

namespace da::bench {

class ServerCalls {
 public:
  static constexpr std::size_t kThreads = 64;
  static constexpr std::size_t kThreadsOfProcess = 4;

  ServerCalls() {
    std::mt19937_64 random(1);
    for (auto& number : random_)
      number = random();
  }

  template <typename Visitor>
  void each(std::uint64_t records, Visitor&& visit) {
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::uint64_t chance = random_[made_ % random_.size()];
      // A thread makes some calls before another has its turn.
      const std::size_t thread = (made_ / 6) % kThreads;
      ++made_;
      visit(thread, record(places_[thread]++ % 8, chance));
    }
  }

 private:
  struct Call {
    std::uint32_t number;
    std::uint8_t args;
    std::array<std::uint64_t, kMaxCallArgs> values;
    std::uint64_t result;
  };

  const SyscallRecord& record(std::size_t place, std::uint64_t chance) {
    constexpr std::uint64_t kStack = 0x7ffc'1234'5000;
    const std::uint64_t fd = 8 + chance % 16;
    const std::uint64_t size = (chance >> 8U) % 5000;
    const std::array<Call, 8> calls{
        {{232, 4, {5, kStack, 512, ~0ULL, 0, 0}, 1},
         {288, 4, {4, kStack + 64, kStack + 80, 0x800, 0, 0}, fd},
         {45, 6, {fd, 0x55d0'0000'1000 + (chance >> 20U) % 4 * 4096, 1024, 0, 0, 0}, size},
         {257, 4, {~0ULL - 99, 0x55d0'0001'0000, 0x800, 0, 0, 0}, fd + 1},
         {5, 2, {fd + 1, kStack + 128, 0, 0, 0, 0}, 0},
         {40, 4, {fd, fd + 1, kStack + 256, size, 0, 0}, size},
         {1, 3, {3, 0x55d0'0002'0000, 90 + size % 30, 0, 0, 0}, 90 + size % 30},
         {3, 1, {fd, 0, 0, 0, 0, 0}, 0}}};
    const Call& call = calls[place];
    record_.call = CallId{call.number};
    record_.arg_count = call.args;
    record_.args = call.values;
    record_.result = static_cast<std::int64_t>(call.result);
    record_.time_ns += 1'000 + static_cast<std::int64_t>(chance % 4'000);
    record_.captured =
        call.number == 257 ? std::span<const CapturedArg>(&path_, 1) : std::span<const CapturedArg>();
    return record_;
  }

  std::array<std::uint64_t, 4096> random_{};
  std::array<std::size_t, kThreads> places_{};
  std::uint64_t made_ = 0;
  CapturedArg path_{1, CapturedKind::path, false, "/usr/share/nginx/html/index.html"};
  SyscallRecord record_{{}, 0, {}, 0, 1'700'000'000'000'000'000, {}};
};

}  // namespace da::bench
