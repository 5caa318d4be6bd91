// How many of a program's latest runs showed something new; a run is one from its exec to its exit.
//
// Used by life_cycle for programs whose runs are short, where a run is one observation, however many calls it
// makes. The share of runs that were new, each judged by what was known before it, estimates the chance that
// the next one is (the prequential principle, Dawid 1984); it is no lower than the Good-Turing share of the
// runs that stay the only ones to show something. Kept in blocks, so that what was new long ago does not
// count for ever, and that parts add up.
//
//   runs.count(showed_something_new);
//   runs.full() && runs.new_share() <= 0.05
#pragma once

#include <array>
#include <cstdint>

namespace da {

class RecentRuns {
 public:
  static constexpr std::size_t kBlocks = 8;

  struct Block {
    std::uint64_t runs = 0;
    std::uint64_t fresh = 0;  ///< of them, those that showed something new
    friend bool operator==(const Block&, const Block&) = default;
  };

  /// `recent`: how many runs are needed; those kept are up to a quarter more.
  explicit RecentRuns(std::uint64_t recent) noexcept
      : needed_(recent), block_size_(recent / (kBlocks - 1) + (recent % (kBlocks - 1) == 0 ? 0 : 1)) {}

  void count(bool fresh) noexcept {
    if (blocks_.back().runs >= block_size_) {
      for (std::size_t i = 1; i < kBlocks; ++i)
        blocks_[i - 1] = blocks_[i];
      blocks_.back() = {};
    }
    ++blocks_.back().runs;
    if (fresh) ++blocks_.back().fresh;
  }

  /// Adds another stream's recent runs, by their age: in any order and grouping, the result is the same.
  void merge(const RecentRuns& other) noexcept {
    for (std::size_t i = 0; i < kBlocks; ++i) {
      blocks_[i].runs += other.blocks_[i].runs;
      blocks_[i].fresh += other.blocks_[i].fresh;
    }
  }

  [[nodiscard]] std::uint64_t runs() const noexcept { return sum(&Block::runs); }
  [[nodiscard]] std::uint64_t fresh() const noexcept { return sum(&Block::fresh); }
  [[nodiscard]] std::uint64_t needed() const noexcept { return needed_; }
  [[nodiscard]] bool full() const noexcept { return runs() >= needed_; }
  /// In 0..1; 1 while there was none.
  [[nodiscard]] double new_share() const noexcept {
    return runs() == 0 ? 1.0 : static_cast<double>(fresh()) / static_cast<double>(runs());
  }

  /// For the codec; the oldest first.
  [[nodiscard]] const std::array<Block, kBlocks>& blocks() const noexcept { return blocks_; }
  void restore(const std::array<Block, kBlocks>& blocks) noexcept { blocks_ = blocks; }

 private:
  [[nodiscard]] std::uint64_t sum(std::uint64_t Block::*field) const noexcept {
    std::uint64_t total = 0;
    for (const Block& block : blocks_)
      total += block.*field;
    return total;
  }

  std::uint64_t needed_;
  std::uint64_t block_size_;
  std::array<Block, kBlocks> blocks_{};
};

}  // namespace da
