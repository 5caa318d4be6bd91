// The fixed-size state with which one thread's calls are learned and judged: the window of its last calls,
// the phrase that is being read, and the locality frame behind it.
//
// Kept per thread by detect/; profile pushes symbols and marks. It starts anew at exec, at a gap and at
// a thread's birth, so an n-gram never spans a loss mark.
//
// A sequence is read as phrases: each goes on as long as its n-grams are known, and the call that ends it, a
// departure, begins the next. That is the cross-parsing of Ziv and Merhav 1993, whose phrases per call
// estimate how far one source is from another, with matches of a bounded length; departures are counted in a
// locality frame (Hofmeyr, Forrest, Somayaji 1998). Unlike the unseen n-grams of STIDE (Forrest et al. 1996),
// of which one strange call makes n, a departure is counted once.
//
//   if (window.push(symbol)) window.mark(!profile_knows(window.phrase(6)), 20);
//   window.score()     // departures among the last 20 calls
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

  /// Takes a symbol in. False if it only prolongs a run, and so changes nothing. Calls beyond all
  /// numbers share a symbol without being the same call, so they make no run.
  bool push(Symbol symbol) noexcept {
    static_assert(kLongestRun == 3);
    const Ngram run = symbol * Ngram{0x0001'0001'0001U};
    if (suffix(ngram_, kLongestRun) == run && !is_other(symbol)) return false;
    ngram_ = append(ngram_, symbol);
    if (phrase_ < kMaxOrder) ++phrase_;
    return true;
  }

  /// Says of the symbol just pushed whether it departs: phrase() is unseen. `frame` <= kMaxFrame.
  void mark(bool departs, std::size_t frame) noexcept {
    const std::uint64_t kept = (std::uint64_t{1} << frame) - 1U;
    const std::uint32_t before = frame_;
    frame_ = static_cast<std::uint32_t>(((std::uint64_t{frame_} << 1U) | (departs ? 1U : 0U)) & kept);
    // Of nearly every call there is nothing to count, which without an instruction for it is a call of a
    // library.
    if ((before | frame_) != 0) score_ = static_cast<std::uint8_t>(std::popcount(frame_));
    quiet_ = departs ? 0 : quiet_ + 1;
    if (departs) phrase_ = 1;
  }

  [[nodiscard]] Ngram ngram() const noexcept { return ngram_; }
  /// The phrase so far, or its newest `order` symbols.
  [[nodiscard]] Ngram phrase(std::size_t order) const noexcept {
    return suffix(ngram_, phrase_ < order ? phrase_ : order);
  }
  /// Departures among the last `frame` calls.
  [[nodiscard]] unsigned score() const noexcept { return score_; }
  /// Calls since the last departure (or the start).
  [[nodiscard]] std::uint32_t quiet() const noexcept { return quiet_; }

  /// All of it, for the codec.
  struct Saved {
    Ngram ngram = kEmptyNgram;
    std::uint32_t frame = 0;
    std::uint32_t quiet = 0;
    std::size_t phrase = 0;
  };
  [[nodiscard]] Saved save() const noexcept { return {ngram_, frame_, quiet_, phrase_}; }
  /// A phrase longer than the n-gram is cut to it.
  void restore(const Saved& saved) noexcept {
    ngram_ = saved.ngram;
    frame_ = saved.frame;
    score_ = static_cast<std::uint8_t>(std::popcount(frame_));
    quiet_ = saved.quiet;
    phrase_ = saved.phrase < length_of(ngram_) ? saved.phrase : length_of(ngram_);
  }

 private:
  Ngram ngram_ = kEmptyNgram;
  std::uint32_t frame_ = 0;
  std::uint32_t quiet_ = 0;
  std::uint8_t score_ = 0;  ///< of the frame
  std::size_t phrase_ = 0;
};

}  // namespace da
