#include "common/health/loop_pulse.h"

#include <utility>

#include "common/monotonic_time.h"

namespace da {

LoopPulse::LoopPulse(const asio::any_io_executor& executor, std::function<void()> on_beat)
    : timer_(executor), on_beat_(std::move(on_beat)), last_beat_ns_(monotonic_now().count()) {}

asio::awaitable<void> LoopPulse::run() {
  while (!stopping_) {
    last_beat_ns_.store(monotonic_now().count(), std::memory_order_relaxed);
    on_beat_();
    timer_.expires_after(kInterval);
    error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void LoopPulse::stop() {
  stopping_ = true;
  timer_.cancel();
}

std::chrono::nanoseconds LoopPulse::age() const noexcept {
  return monotonic_now() - std::chrono::nanoseconds(last_beat_ns_.load(std::memory_order_relaxed));
}

}  // namespace da
