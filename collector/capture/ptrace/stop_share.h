// How long a container's tasks stand still for us, and when that must be less: the rules of `capture.budget`.
// Pure.
//
// Used by the tracer, one per container. A container is stopped while at least one of its tasks is, so the
// share never passes 1 and bounds the share of every single task. Credit grows with time at the rate of the
// budget and is spent by stops; when it is used up the container breathes: its tasks run free, attached but
// unstopped, until there is credit for a slice of tracing again.
//
//   StopShare share(StopBudget::from(0.25).value(), now);
//   share.charge(stopped_at, resumed_at);
//   if (share.update(now)) ...   // breathing() has changed
#pragma once

#include <chrono>
#include <optional>

#include "collector/capture/stop_budget.h"
#include "common/monotonic_time.h"

namespace da::ptrace {

class StopShare {
 public:
  StopShare(StopBudget budget, MonotonicTime now) noexcept : budget_(budget), since_(now), updated_(now) {}

  /// A task was stopped from `from` to `to`. In any order of tasks, but with ascending `to`: what two stops
  /// have in common counts once.
  void charge(MonotonicTime from, MonotonicTime to) noexcept;
  /// From `from` to `to` its tasks were stopped for `unseen` more than was charged: while the tracer waited
  /// for a processor. No more counts than that time has room for.
  void charge_unseen(std::chrono::nanoseconds unseen, MonotonicTime from, MonotonicTime to) noexcept;
  /// True if breathing() changes. Cheap; call after each charge and when due().
  bool update(MonotonicTime now) noexcept;
  [[nodiscard]] bool breathing() const noexcept { return breathing_; }
  /// When update() will end the breathing.
  [[nodiscard]] std::optional<MonotonicTime> due() const noexcept;

  /// From now on. True if that ends the breathing.
  bool set_budget(StopBudget budget, MonotonicTime now) noexcept;

  // Since the beginning.
  [[nodiscard]] std::chrono::nanoseconds stopped() const noexcept { return stopped_; }
  [[nodiscard]] std::chrono::nanoseconds free(MonotonicTime now) const noexcept;
  [[nodiscard]] std::chrono::nanoseconds total(MonotonicTime now) const noexcept { return now - since_; }

  /// The stops of one slice of tracing: some thousand calls, so that n-grams are learned within it.
  static constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds(20);
  /// The most that is saved up: a container that did little may do much for a moment.
  static constexpr std::chrono::nanoseconds kMostCredit = std::chrono::milliseconds(60);

 private:
  void earn(MonotonicTime now) noexcept;

  StopBudget budget_;
  MonotonicTime since_;
  MonotonicTime updated_;
  MonotonicTime charged_until_{};
  MonotonicTime free_since_{};
  std::chrono::nanoseconds stopped_before_{};  ///< at the last charge_unseen()
  std::chrono::nanoseconds credit_ = kSlice;
  std::chrono::nanoseconds stopped_{};
  std::chrono::nanoseconds free_{};
  bool breathing_ = false;
};

}  // namespace da::ptrace
