// How often each n-gram of orders 1 to N was seen: what a profile has learned.
//
// It is kept of each n-gram who taught it (lessons.h), so that what one container taught can be taken away.
//
// Counters of several analyzers merge by sum. Bounded: at `capacity` distinct n-grams no new one is
// taken up (known ones go on counting) and `dropped` counts the refusals; what was not taken up stays
// unseen, so a profile that overflows does not become quiet and does not arm by mistake.
//
//   NgramCounter counter(6, 131072);
//   counter.add(window, block);             // the window's suffixes of lengths 1 to 6
//   counter.knows(suffix(window, 6))
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "analyzer/model/lessons.h"
#include "analyzer/model/ngram.h"

namespace da {

/// What adding a window did to its n-gram of the highest order.
struct Added {
  bool complete = false;     ///< the window was long enough for one
  bool dropped = false;      ///< new, but the counter is full
  std::uint32_t before = 0;  ///< its count until now; 0: it was unseen
  std::uint32_t born = 0;    ///< the block in which it was first seen
};

class NgramCounter {
 public:
  /// 24 bytes: as one integer, the n-gram would be aligned to 16.
  struct Entry {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::uint32_t count = 0;  ///< stays at its maximum rather than wrap around
    std::uint16_t birth = 0;  ///< block number given to add() at the first sight, its lower half
    std::uint16_t lesson = Lessons::kUnknown;  ///< who taught it

    [[nodiscard]] Ngram ngram() const noexcept { return join(high, low); }
    [[nodiscard]] bool empty() const noexcept { return low == 0; }
    /// Blocks since it was first seen: beyond kOldest it is that.
    [[nodiscard]] std::uint32_t age(std::uint32_t block) const noexcept {
      return static_cast<std::uint16_t>(block - birth);
    }
  };

  /// Precondition: 1 <= order <= kMaxOrder.
  explicit NgramCounter(std::size_t order, std::size_t capacity);

  Added add(Ngram window, std::uint32_t block = 0, const Teacher& teacher = {});
  /// For decoding and merging: adds `count` to one n-gram, whose length is its order.
  void add_count(Ngram ngram, std::uint32_t count, std::uint32_t born = 0);
  /// Adds the other's counts, and not who taught them; its births are moved by `later` blocks, which may be
  /// negative.
  void merge(const NgramCounter& other, std::int64_t later = 0);

  [[nodiscard]] std::uint32_t count(Ngram ngram) const noexcept {
    const Entry* entry = find(ngram);
    return entry == nullptr ? 0 : entry->count;
  }
  [[nodiscard]] bool knows(Ngram ngram) const noexcept { return find(ngram) != nullptr; }

  [[nodiscard]] std::size_t order() const noexcept { return order_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  void set_dropped(std::uint64_t dropped) noexcept { dropped_ = dropped; }
  /// Sums over the n-grams of one length: how often any was seen, how many there are, how many once.
  [[nodiscard]] std::uint64_t total(std::size_t length) const noexcept { return totals_[length]; }
  [[nodiscard]] std::uint64_t distinct(std::size_t length) const noexcept { return distinct_[length]; }
  [[nodiscard]] std::uint64_t singletons(std::size_t length) const noexcept { return singletons_[length]; }
  /// Those of the n-grams of length 1, in the order in which they were met.
  [[nodiscard]] const std::vector<Symbol>& symbols() const noexcept { return symbols_; }

  [[nodiscard]] Lessons& lessons() noexcept { return lessons_; }
  [[nodiscard]] const Lessons& lessons() const noexcept { return lessons_; }
  /// For decoding, of a known n-gram.
  void set_lesson(Ngram ngram, std::uint16_t lesson) noexcept;
  /// What the counter would be without the n-grams for which `drop` holds; of the rest nothing changes.
  [[nodiscard]] NgramCounter without(const std::function<bool(const Entry&)>& drop) const;

  /// In no particular order.
  void for_each(const std::function<void(const Entry&)>& visit) const;

 private:
  /// Half of what 16 bits can tell apart: before more blocks are over, what is older is made as old as this.
  static constexpr std::uint32_t kOldest = 0x7fff;

  [[nodiscard]] static std::uint64_t hash(Ngram ngram) noexcept;
  [[nodiscard]] const Entry* find(Ngram ngram) const noexcept {
    // Open addressing with linear probing, never more than half full.
    const std::uint64_t high = high_half(ngram);
    const std::uint64_t low = low_half(ngram);
    for (std::size_t at = hash(ngram) & mask_;; at = (at + 1) & mask_) {
      const Entry& entry = table_[at];
      if (entry.empty()) return nullptr;
      if (entry.low == low && entry.high == high) return &entry;
    }
  }
  /// The entry, made if there is room; null if there is none.
  Entry* find_or_make(Ngram ngram, std::uint32_t born);
  void age_all(std::uint32_t block) noexcept;
  void grow();
  [[nodiscard]] std::size_t free_place(Ngram ngram) const noexcept;

  std::size_t order_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  std::size_t mask_;
  std::uint64_t dropped_ = 0;
  std::array<std::uint64_t, kMaxOrder + 1> totals_{};
  std::array<std::uint64_t, kMaxOrder + 1> distinct_{};
  std::array<std::uint64_t, kMaxOrder + 1> singletons_{};
  std::vector<Symbol> symbols_;
  std::vector<Entry> table_;
  Lessons lessons_;
  std::uint32_t aged_ = 0;  ///< the block when births were looked at last
};

inline std::uint64_t NgramCounter::hash(Ngram ngram) noexcept {
  // Mixed with an address that differs in each run (ASLR), so that a container cannot choose n-grams
  // that collide. The layout of the table differs by it, results do not.
  static const char anchor = 0;
  std::uint64_t x = low_half(ngram) + reinterpret_cast<std::uintptr_t>(&anchor);
  x ^= std::rotl(high_half(ngram) * 0x9e3779b97f4a7c15U, 32);
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;  // the finaliser of splitmix64 (Steele, Lea, Flood 2014)
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace da
