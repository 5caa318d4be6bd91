// What the tracer tells its guardian: a page of memory that both processes share.
//
// Each watch has one writer, the tracer thread it stands for, and costs it a plain store. The guardian looks
// at all of them every 25 ms. A page that no guardian looks at does no harm.
//
//   page.tasks.fetch_add(1);                   // before a task is seized; fetch_sub when it is gone
//   TracerWatch& watch = page.tracer(0);
//   watch.begin(gettid());
//   for (;;) { watch.waits(); wait4(...); watch.works(); ...; watch.handled(); }
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace da {

inline constexpr std::size_t kMaxTracers = 64;

/// One tracer thread. On a cache line of its own, since others write theirs as often.
class alignas(64) TracerWatch {
 public:
  /// The thread takes the watch: from now on its state counts, too, and not its process's leader alone.
  void begin(std::int32_t tid) noexcept {
    waits();
    tid_.store(tid, std::memory_order_relaxed);
  }
  /// The thread ends, all its tasks let go.
  void end() noexcept {
    tid_.store(0, std::memory_order_relaxed);
    holds_nothing();
  }

  /// Before it blocks for as long as it may please others: in wait4, or for a slow reader.
  void waits() noexcept { waiting_.store(true, std::memory_order_relaxed); }
  void works() noexcept { waiting_.store(false, std::memory_order_relaxed); }
  /// A stop was handled. 2 s of work without one: the thread counts as wedged.
  void handled() noexcept {
    progress_.store(progress_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  /// Some task is held back on purpose, until this time (CLOCK_MONOTONIC) at the latest; of several the
  /// earliest.
  void holds_until(std::int64_t monotonic_ns) noexcept {
    hold_until_ns_.store(monotonic_ns, std::memory_order_relaxed);
  }
  void holds_nothing() noexcept { holds_until(0); }

  [[nodiscard]] std::int32_t tid() const noexcept { return tid_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t progress() const noexcept { return progress_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t hold_until_ns() const noexcept {
    return hold_until_ns_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> progress_{0};
  std::atomic<std::int64_t> hold_until_ns_{0};
  std::atomic<std::int32_t> tid_{0};
  std::atomic<bool> waiting_{false};
};

struct GuardPage {
  std::atomic<std::uint32_t> tasks{0};  ///< traced now, by all threads; 0: nothing to guard
  std::atomic<std::uint64_t> looks{0};  ///< the guardian's own sign of life
  std::array<TracerWatch, kMaxTracers> tracers{};

  /// `number` below kMaxTracers.
  [[nodiscard]] TracerWatch& tracer(std::size_t number) noexcept { return tracers[number]; }
};

// Two processes use them: a lock would lie in one of them only.
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

}  // namespace da
