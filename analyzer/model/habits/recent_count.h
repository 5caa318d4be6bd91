// How many observations there were lately, by the times of records, in blocks that all streams share.
//
// Beside it a habit counts the objects of the same time that were seen once: Good (1953), as in
// model/novelty.h. Blocks are of absolute time and the newest eight count, so parts add up in any order.
//
//   RecentCount recent(1h);  recent.count(record.time_ns);  recent.merge(another_shards);
//   recent.total()   // of the last hour, up to the latest record
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace da {

class RecentCount {
 public:
  static constexpr std::size_t kBlocks = 8;

  explicit RecentCount(std::chrono::nanoseconds recent) noexcept;

  void count(std::int64_t time_ns) noexcept;
  void merge(const RecentCount& other) noexcept;

  [[nodiscard]] std::uint64_t total() const noexcept;

  /// For the codec: the number of the newest block, and the counts from it backwards.
  [[nodiscard]] std::int64_t newest() const noexcept { return newest_; }
  [[nodiscard]] const std::array<std::uint64_t, kBlocks>& counts() const noexcept { return counts_; }
  void restore(std::int64_t newest, const std::array<std::uint64_t, kBlocks>& counts) noexcept;

  friend bool operator==(const RecentCount&, const RecentCount&) = default;

 private:
  void go_on_to(std::int64_t block) noexcept;

  std::int64_t block_ns_;
  std::int64_t newest_ = 0;
  std::array<std::uint64_t, kBlocks> counts_{};
};

}  // namespace da
