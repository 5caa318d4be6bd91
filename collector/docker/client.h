// Docker's REST API as far as it is needed here: list, inspect, events, ping.
//
// Used by the watcher. Read-only. Every request has a deadline and a bound on its reply; replies are
// parsed by inspect_parser and event_parser. Not thread-safe.
//
//   Client client(executor, "/var/run/docker.sock");
//   if (auto version = co_await client.negotiate(); !version) ...
//   auto events = co_await client.events(since_ns);
//   auto all = co_await client.list_all();
//   auto event = co_await (*events)->next();
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/docker/event_parser.h"
#include "collector/docker/inspect_parser.h"
#include "collector/docker/line_splitter.h"
#include "collector/docker/unix_http.h"
#include "common/asio.h"
#include "common/result.h"

namespace da::docker {

inline constexpr std::size_t kMaxEventBytes = std::size_t{1} << 20;  ///< one line
inline constexpr std::uint64_t kMaxInspectBytes = std::uint64_t{8} << 20;
inline constexpr std::uint64_t kMaxListBytes = std::uint64_t{64} << 20;

/// An open subscription. It may not outlive its client.
class EventStream {
 public:
  explicit EventStream(std::unique_ptr<HttpBody> body) : body_(std::move(body)), lines_(kMaxEventBytes) {}

  /// The next event of a container, whenever that is. After an error (end of stream, garbage, a line that
  /// is too long) the subscription is of no more use.
  [[nodiscard]] asio::awaitable<Result<DockerEvent>> next();
  /// A next() under way fails.
  void close() { body_->close(); }

 private:
  std::unique_ptr<HttpBody> body_;
  LineSplitter lines_;
};

class Client {
 public:
  /// `deadline`: for each request, from connect to the last byte.
  Client(asio::any_io_executor executor, std::string socket_path, std::chrono::milliseconds deadline)
      : http_(std::move(executor), std::move(socket_path)), deadline_(deadline) {}

  /// Agrees on the API version for what follows; returns it.
  [[nodiscard]] asio::awaitable<Result<std::string>> negotiate();
  [[nodiscard]] asio::awaitable<Result<>> ping();
  /// Every container, running or not.
  [[nodiscard]] asio::awaitable<Result<std::vector<ListedContainer>>> list_all();
  /// Nothing if there is no such container. Unlike inspect(), answers also while the container starts.
  [[nodiscard]] asio::awaitable<Result<std::optional<ListedContainer>>> list_one(std::string id);
  /// Nothing if there is no such container. While the container starts, Docker waits for that to end.
  [[nodiscard]] asio::awaitable<Result<std::optional<ContainerState>>> inspect(std::string id);
  /// Container events from `since_ns` (CLOCK_REALTIME) on. Docker answers before it subscribes, so
  /// `since_ns` must lie before the call, or events of that moment are missed.
  [[nodiscard]] asio::awaitable<Result<std::unique_ptr<EventStream>>> events(std::int64_t since_ns);

  /// Every request and stream under way fails soon.
  void abort() { http_.abort(); }

 private:
  [[nodiscard]] asio::awaitable<Result<std::string>> get_ok(std::string target, std::uint64_t limit);

  UnixHttp http_;
  std::chrono::milliseconds deadline_;
  std::string prefix_;  ///< "/v1.41"
};

}  // namespace da::docker
