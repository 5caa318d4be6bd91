// Runs one coroutine to its end on an io_context of the test's own and returns its value.
//
//   asio::io_context io;
//   auto reply = run(io, client.command(redis::args("PING")));
//
// Other work of the io_context runs meanwhile and stays pending afterwards.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

#include <boost/asio/executor_work_guard.hpp>

#include "common/asio.h"

namespace da::test {

/// Throws what the coroutine throws, and std::runtime_error if it has not ended after `limit`.
template <typename Value>
Value run(asio::io_context& io, asio::awaitable<Value> work,
          std::chrono::seconds limit = std::chrono::seconds{30}) {
  struct Outcome {
    std::exception_ptr problem;
    std::optional<Value> value;
    bool done = false;
  };
  const auto outcome = std::make_shared<Outcome>();
  asio::co_spawn(io, std::move(work), [outcome](std::exception_ptr problem, Value value) {
    outcome->problem = problem;
    outcome->value = std::move(value);
    outcome->done = true;
  });
  io.restart();
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!outcome->done && std::chrono::steady_clock::now() < end)
    io.run_one_until(end);
  if (!outcome->done) throw std::runtime_error("the coroutine did not end in time");
  if (outcome->problem) std::rethrow_exception(outcome->problem);
  return std::move(*outcome->value);
}

inline void run(asio::io_context& io, asio::awaitable<void> work,
                std::chrono::seconds limit = std::chrono::seconds{30}) {
  run(
      io,
      [](asio::awaitable<void> inner) -> asio::awaitable<bool> {
        co_await std::move(inner);
        co_return true;
      }(std::move(work)),
      limit);
}

/// Lets the io_context work for a while, also when it has nothing to do.
inline void run_for(asio::io_context& io, std::chrono::milliseconds time) {
  const auto guard = asio::make_work_guard(io);
  io.restart();
  io.run_for(time);
}

/// Lets it work until the condition holds; false if that takes longer than `limit`.
template <typename Condition>
bool run_until(asio::io_context& io, Condition condition,
               std::chrono::seconds limit = std::chrono::seconds{30}) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    run_for(io, std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace da::test
