// The fixed-size state with which one thread's calls are learned and judged: the STIDE window and the
// locality frame behind it.
//
// Kept per thread by detect/; profile pushes symbols and marks. It starts anew at exec, at a gap and at
// a thread's birth, so an n-gram never spans a loss mark. STIDE: Forrest et al. 1996; the locality frame
// count: Hofmeyr, Forrest, Somayaji 1998.
//
//   if (window.push(symbol)) window.mark(!profile_knows(suffix(window.ngram(), 6)));
//   window.score()     // unseen n-grams among the last 20 calls
#pragma once

#include <bit>
#include <cstdint>

#include "analyzer/model/ngram.h"

namespace da {

/// The longest run of one call that sequences tell apart: reads of a big file all look alike.
inline constexpr std::size_t kLongestRun = 3;
inline constexpr std::size_t kMaxFrame = 32;

class ThreadWindow {
 public:
  void start_anew() noexcept { *this = ThreadWindow{}; }

  /// Takes a symbol in. False if it only prolongs a run, and so changes nothing. Unknown calls share a
  /// symbol without being the same call, so they make no run.
  bool push(Symbol symbol) noexcept {
    static_assert(kLongestRun == 3);
    const Ngram run = symbol * Ngram{0x010101};
    if (suffix(ngram_, kLongestRun) == run && symbol != kOtherSymbol) return false;
    ngram_ = append(ngram_, symbol);
    return true;
  }

  /// Says of the symbol just pushed whether the n-gram that it ends is unseen. `frame` <= kMaxFrame.
  void mark(bool unseen, std::size_t frame) noexcept {
    const std::uint64_t kept = (std::uint64_t{1} << frame) - 1U;
    frame_ = static_cast<std::uint32_t>(((std::uint64_t{frame_} << 1U) | (unseen ? 1U : 0U)) & kept);
    quiet_ = unseen ? 0 : quiet_ + 1;
  }

  [[nodiscard]] Ngram ngram() const noexcept { return ngram_; }
  /// Unseen n-grams among those that the last `frame` calls ended.
  [[nodiscard]] unsigned score() const noexcept { return static_cast<unsigned>(std::popcount(frame_)); }
  /// Calls since the last unseen n-gram (or the start).
  [[nodiscard]] std::uint32_t quiet() const noexcept { return quiet_; }

 private:
  Ngram ngram_ = kEmptyNgram;
  std::uint32_t frame_ = 0;
  std::uint32_t quiet_ = 0;
};

}  // namespace da
