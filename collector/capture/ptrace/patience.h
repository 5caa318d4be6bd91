// Whether to look again for a little while before going to sleep. Pure.
//
// Used by ReportTaker. To be put to sleep and woken costs more than many stops last, above all between two
// processors: so the next stop is awaited awake, for as long at most as going to sleep may cost, which bounds
// the whole at twice the best (competitive spinning: Karlin, Li, Manasse, Owicki, "Empirical Studies of
// Competitive Spinning for a Shared-Memory Multiprocessor", SOSP 1991). What was awaited in vain, because
// tasks sleep or because the processor was given to someone who kept it, is not tried again before a time
// that is long against the loss, and longer each time.
//
//   Patience patience(50us);
//   if (patience.has(now)) { ...look, for 50 us at most...; patience.waited(begin, end); }
#pragma once

#include <algorithm>
#include <chrono>

#include "common/monotonic_time.h"

namespace da::ptrace {

class Patience {
 public:
  /// The first pause, in times of the loss; each further one in a row is twice as long, up to kMostDoublings.
  static constexpr int kPause = 32;
  static constexpr int kMostDoublings = 5;

  /// A processor that was taken from us for longer says nothing of the next time.
  static constexpr MonotonicTime kMostLoss = std::chrono::milliseconds(10);

  /// A wait that takes as long as `limit` or longer is one in vain.
  explicit Patience(MonotonicTime limit) noexcept : limit_(limit) {}

  [[nodiscard]] bool is_paused() const noexcept { return paused_until_ != MonotonicTime{}; }
  /// False during a pause.
  [[nodiscard]] bool has(MonotonicTime now) noexcept {
    if (now >= paused_until_) paused_until_ = {};
    return !is_paused();
  }
  /// A wait took from `begin` to `end`, successful or not.
  void waited(MonotonicTime begin, MonotonicTime end) noexcept {
    if (end - begin < limit_) {
      in_vain_ = 0;
      return;
    }
    const MonotonicTime loss = std::min(end - begin, kMostLoss);
    paused_until_ = end + loss * (kPause << in_vain_);
    in_vain_ = std::min(in_vain_ + 1, kMostDoublings);
  }

 private:
  MonotonicTime limit_;
  MonotonicTime paused_until_{};
  int in_vain_ = 0;  ///< in a row, as far as it counts
};

}  // namespace da::ptrace
