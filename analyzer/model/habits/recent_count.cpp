#include "analyzer/model/habits/recent_count.h"

#include <algorithm>

#include "analyzer/model/observed_time.h"

namespace da {

RecentCount::RecentCount(std::chrono::nanoseconds recent) noexcept
    : block_ns_(std::max<std::int64_t>(1, recent.count() / static_cast<std::int64_t>(kBlocks))) {}

void RecentCount::count(std::int64_t time_ns) noexcept {
  const std::int64_t time = ObservedTime::in_range(time_ns);
  const std::int64_t block = time / block_ns_;
  // The clock was set back: what it saw "later" would never be recent again.
  if (block < newest_ - static_cast<std::int64_t>(kBlocks) &&
      newest_ * block_ns_ - time > ObservedTime::kSetBack) {
    counts_ = {};
    newest_ = block;
  }
  go_on_to(block);
  const std::int64_t age = newest_ - block;
  if (age < static_cast<std::int64_t>(kBlocks)) ++counts_[static_cast<std::size_t>(age)];
}

void RecentCount::merge(const RecentCount& other) noexcept {
  go_on_to(other.newest_);
  for (std::size_t i = 0; i < kBlocks; ++i) {
    const std::int64_t age = newest_ - other.newest_ + static_cast<std::int64_t>(i);
    if (age < static_cast<std::int64_t>(kBlocks)) counts_[static_cast<std::size_t>(age)] += other.counts_[i];
  }
}

/// Later blocks are the newest; nothing happens to a block that is known.
void RecentCount::go_on_to(std::int64_t block) noexcept {
  if (block <= newest_) return;
  const auto by = static_cast<std::size_t>(std::min<std::int64_t>(block - newest_, kBlocks));
  std::move_backward(counts_.begin(), counts_.end() - static_cast<std::ptrdiff_t>(by), counts_.end());
  std::fill_n(counts_.begin(), by, 0);
  newest_ = block;
}

std::uint64_t RecentCount::total() const noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts_)
    sum += count;
  return sum;
}

void RecentCount::restore(std::int64_t newest, const std::array<std::uint64_t, kBlocks>& counts) noexcept {
  newest_ = newest;
  counts_ = counts;
}

}  // namespace da
