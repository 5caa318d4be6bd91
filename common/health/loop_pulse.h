// The heartbeat of an event loop: whether it still turns, for others to see.
//
// Used by both binaries' wiring. The loop itself beats, by a timer; what asks is another thread
// (operations_endpoint) or the service manager, which hears of each beat. A loop that hangs in a handler or
// whose process is stopped does not beat.
//
//   LoopPulse pulse(io.get_executor(), [&] { service_manager.beat(); });
//   co_spawn(io, pulse.run(), on_end);
//   if (pulse.age() > 5s) ...        // on any thread
//   pulse.stop();                    // run() returns
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "common/asio.h"

namespace da {

class LoopPulse {
 public:
  static constexpr std::chrono::milliseconds kInterval{250};

  /// `on_beat` is called at each, on the executor.
  explicit LoopPulse(
      const asio::any_io_executor& executor, std::function<void()> on_beat = [] {});

  /// Until stop(). Once only.
  [[nodiscard]] asio::awaitable<void> run();
  /// On the executor only.
  void stop();
  /// Since the last beat, or since this was made. On any thread.
  [[nodiscard]] std::chrono::nanoseconds age() const noexcept;

 private:
  asio::steady_timer timer_;
  std::function<void()> on_beat_;
  std::atomic<std::int64_t> last_beat_ns_;
  bool stopping_ = false;
};

}  // namespace da
