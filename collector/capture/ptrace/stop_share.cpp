#include "collector/capture/ptrace/stop_share.h"

#include <algorithm>

namespace da::ptrace {

using std::chrono::nanoseconds;

void StopShare::charge(MonotonicTime from, MonotonicTime to) noexcept {
  const auto begin = std::max(from, charged_until_);
  if (to <= begin) return;
  charged_until_ = to;
  stopped_ += to - begin;
  credit_ -= to - begin;
}

void StopShare::charge_unseen(nanoseconds unseen, MonotonicTime from, MonotonicTime to) noexcept {
  const auto room = (to - from) - (stopped_ - stopped_before_);
  const auto counted = std::clamp(unseen, nanoseconds::zero(), std::max(room, nanoseconds::zero()));
  stopped_ += counted;
  credit_ -= counted;
  stopped_before_ = stopped_;
}

bool StopShare::update(MonotonicTime now) noexcept {
  if (!budget_.is_limited()) return false;
  earn(now);
  if (!breathing_ && credit_ < nanoseconds::zero()) {
    breathing_ = true;
    free_since_ = now;
    return true;
  }
  if (breathing_ && credit_ >= kSlice) {
    breathing_ = false;
    free_ += now - free_since_;
    return true;
  }
  return false;
}

bool StopShare::set_budget(StopBudget budget, MonotonicTime now) noexcept {
  if (budget_.is_limited()) {
    earn(now);
  } else {
    // Without a limit nobody earned, but all was spent.
    credit_ = kSlice;
    updated_ = now;
  }
  budget_ = budget;
  if (budget_.is_limited() || !breathing_) return false;
  breathing_ = false;
  free_ += now - free_since_;
  return true;
}

std::optional<MonotonicTime> StopShare::due() const noexcept {
  if (!breathing_) return std::nullopt;
  const auto missing = static_cast<double>((kSlice - credit_).count());
  return updated_ + nanoseconds(static_cast<std::int64_t>(missing / budget_.share()) + 1);
}

nanoseconds StopShare::free(MonotonicTime now) const noexcept {
  return breathing_ ? free_ + (now - free_since_) : free_;
}

void StopShare::earn(MonotonicTime now) noexcept {
  if (now <= updated_) return;
  const auto earned = static_cast<double>((now - updated_).count()) * budget_.share();
  credit_ = std::min<nanoseconds>(credit_ + nanoseconds(static_cast<std::int64_t>(earned)), kMostCredit);
  updated_ = now;
}

}  // namespace da::ptrace
