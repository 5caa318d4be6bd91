// Coroutines that belong together: all are joined, and the first exception of one is the parent's.
//
// Used by the watcher and the metrics endpoint. One strand or a single-threaded io_context.
//
//   ChildGroup children(executor, [this] { give_up(); });   // called when a child throws
//   children.spawn(follow());
//   co_await children.join();                               // rethrows
#pragma once

#include <exception>
#include <functional>
#include <utility>

#include "common/asio.h"

namespace da {

class ChildGroup {
 public:
  ChildGroup(asio::any_io_executor executor, std::function<void()> on_failure)
      : executor_(std::move(executor)), on_failure_(std::move(on_failure)), ended_(executor_) {}
  ChildGroup(const ChildGroup&) = delete;
  ChildGroup& operator=(const ChildGroup&) = delete;

  void spawn(asio::awaitable<void> child) {
    ++running_;
    asio::co_spawn(executor_, std::move(child), [this](const std::exception_ptr& failure) {
      --running_;
      if (failure && !failure_) {
        failure_ = failure;
        on_failure_();
      }
      ended_.cancel();
    });
  }

  /// Returns when no child runs; children may be spawned meanwhile.
  [[nodiscard]] asio::awaitable<void> join() {
    while (running_ > 0) {
      error_code cancelled;
      ended_.expires_at(asio::steady_timer::time_point::max());
      co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  asio::any_io_executor executor_;
  std::function<void()> on_failure_;
  asio::steady_timer ended_;
  std::size_t running_ = 0;
  std::exception_ptr failure_;
};

}  // namespace da
