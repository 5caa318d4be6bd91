// What a program's calls were given lately, byte for byte, and what each came to: an object that comes again
// and is known needs no more than a hash and a compare.
//
// Used by habits, whose counts and findings are the same with it as without. Whoever holds a place in a tree
// here calls forget() when the tree changes its form. Of fixed size, one entry for each place of a hash: what
// comes next to another evicts it.
//
//   if (RecentObjects::Entry* known = recent.find(use, path)) ...
//   recent.keep(use, path, {.place = node});
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "analyzer/model/habits/prefix_tree.h"

namespace da {

class RecentObjects {
 public:
  static constexpr std::size_t kEntries = 32;
  static constexpr std::size_t kMostBytes = 104;  ///< of one; longer ones are not kept

  struct Known {
    PrefixTree::Node* place = nullptr;  ///< where it is counted; null: not known
    bool ignored = false;               ///< neither learned nor judged
    bool familiar = false;              ///< to those who judge
  };

  RecentObjects() = default;
  // A copy has trees of its own.
  RecentObjects(const RecentObjects&) noexcept {}
  RecentObjects& operator=(const RecentObjects& other) noexcept {
    if (this != &other) forget();
    return *this;
  }
  ~RecentObjects() = default;

  /// `use`: what is meant by the bytes.
  [[nodiscard]] const Known* find(std::uint8_t use, std::string_view bytes) const noexcept {
    if (!entries_ || bytes.size() > kMostBytes) return nullptr;
    const Entry& entry = (*entries_)[place_of(use, bytes)];
    const bool same = entry.age == age_ && entry.use == use && entry.size == bytes.size() &&
                      std::memcmp(entry.bytes.data(), bytes.data(), bytes.size()) == 0;
    return same ? &entry.known : nullptr;
  }
  void keep(std::uint8_t use, std::string_view bytes, const Known& known) {
    if (bytes.size() > kMostBytes) return;
    if (!entries_) entries_ = std::make_unique<std::array<Entry, kEntries>>();
    Entry& entry = (*entries_)[place_of(use, bytes)];
    entry.known = known;
    entry.age = age_;
    entry.use = use;
    entry.size = static_cast<std::uint8_t>(bytes.size());
    bytes.copy(entry.bytes.data(), bytes.size());
  }
  void forget() noexcept { ++age_; }

  [[nodiscard]] std::size_t bytes() const noexcept { return entries_ ? sizeof *entries_ : 0; }

 private:
  struct Entry {
    Known known;
    std::uint32_t age = 0;  ///< of none: before all
    std::uint8_t use = 0;
    std::uint8_t size = 0;
    std::array<char, kMostBytes> bytes;  // not cleared: only what lies before `size` is ever read
  };

  /// Who chooses bytes that fall together makes them slow again, and no more.
  [[nodiscard]] static std::size_t place_of(std::uint8_t use, std::string_view bytes) noexcept {
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
    std::uint64_t hash = (bytes.size() << 8U | use) * kOdd;
    const auto mix = [&hash](std::uint64_t word) { hash = (hash ^ word ^ hash >> 29U) * kOdd; };
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8)
      mix(load<std::uint64_t>(at));
    if (left >= 4) {
      mix(load<std::uint32_t>(at));
      mix(load<std::uint32_t>(at + left - 4));
    } else {
      for (; left > 0; --left, ++at)
        mix(static_cast<std::uint8_t>(*at));
    }
    return hash >> 59U;
  }
  template <typename Word>
  [[nodiscard]] static Word load(const char* at) noexcept {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
  static_assert(kEntries == std::size_t{1} << (64U - 59U));

  std::unique_ptr<std::array<Entry, kEntries>> entries_;  ///< null: nothing was kept yet
  std::uint32_t age_ = 1;
};

}  // namespace da
