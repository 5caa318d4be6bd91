// Good-Turing estimate of the unseen n-gram mass, over recent data only.
//
// Good (1953): the chance that the next n-gram is one never seen is about (n-grams seen exactly once) /
// (n-grams seen). Over a whole learning phase a program's start-up (each step once) would keep that high
// for hours; so only singletons that were born in the last `recent` n-grams count, over `recent`. Where
// the behaviour is stationary the two agree. Of several streams each has its own recent n-grams, and all of
// them count.
//
//   novelty.count(counter.add(window, novelty.block()));
//   novelty.full() && novelty.unseen_mass() <= 0.001
#pragma once

#include <array>
#include <cstdint>

#include "analyzer/model/ngram_counter.h"

namespace da {

class RecentNovelty {
 public:
  static constexpr std::size_t kBlocks = 8;

  struct Block {
    std::uint64_t ngrams = 0;
    std::uint64_t singletons = 0;
    std::uint64_t refused = 0;  ///< n-grams that found no room
    friend bool operator==(const Block&, const Block&) = default;
  };

  /// `recent`: how many n-grams make the recent data; at least kBlocks.
  explicit RecentNovelty(std::uint64_t recent);

  /// The block that an n-gram first seen now is born in.
  [[nodiscard]] std::uint32_t block() const noexcept { return block_; }
  void count(const Added& added) noexcept;

  /// Adds another stream's recent n-grams, by their age. Which of them are singletons of both together is for
  /// recount() to say.
  void merge(const RecentNovelty& other) noexcept;
  /// After the last merge(): counts the singletons anew. `merged` was merged as well, each part with its
  /// later().
  void recount(const NgramCounter& merged);
  /// By how many blocks this stream's numbering is ahead of the other's.
  [[nodiscard]] std::int64_t later(const RecentNovelty& other) const noexcept {
    return std::int64_t{block_} - std::int64_t{other.block_};
  }

  /// In 0..1; 1 while nothing was counted.
  [[nodiscard]] double unseen_mass() const noexcept;
  [[nodiscard]] std::uint64_t ngrams() const noexcept;
  /// The recent data is complete: seven full blocks of eight.
  [[nodiscard]] bool full() const noexcept;
  [[nodiscard]] std::uint64_t needed() const noexcept { return (kBlocks - 1) * block_size_; }

  /// For the codec.
  [[nodiscard]] const std::array<Block, kBlocks>& blocks() const noexcept { return blocks_; }
  void restore(std::uint32_t block, const std::array<Block, kBlocks>& blocks) noexcept;

 private:
  [[nodiscard]] Block& at(std::uint32_t block) noexcept { return blocks_[block % kBlocks]; }

  std::uint64_t block_size_;
  std::uint32_t block_ = 0;
  std::array<Block, kBlocks> blocks_{};
};

}  // namespace da
