#include "common/redis/connection.h"

#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

namespace da::redis {

using Stream = asio::generic::stream_protocol;

struct Connection::State {
  explicit State(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}

  void close() noexcept {
    error_code ignored;
    socket.close(ignored);
  }
  /// The error of an operation that ended with `code`; whatever it is, the stream is of no more use.
  [[nodiscard]] tl::unexpected<Error> failed(error_code code, const char* doing) {
    close();
    if (timed_out) return fail(std::make_error_code(std::errc::timed_out), doing);
    return fail(std::error_code(code), doing);
  }

  Stream::socket socket;
  asio::steady_timer timer;
  std::uint64_t turn = 0;  ///< counts operations: a timer handler that was already queued when its
                           ///< operation ended must not close the socket under the next one
  bool timed_out = false;
  bool given_up = false;  ///< close() was called while connect() was under way
};

/// Closes the socket if the scope is not left before the deadline.
class Connection::Deadline {
 public:
  Deadline(std::shared_ptr<State> state, Clock::time_point deadline) : state_(std::move(state)) {
    state_->timed_out = false;
    state_->timer.expires_at(deadline);
    state_->timer.async_wait([state = state_, turn = ++state_->turn](error_code code) {
      if (code || state->turn != turn) return;
      state->timed_out = true;
      state->close();
    });
  }
  ~Deadline() {
    ++state_->turn;
    try {
      state_->timer.cancel();
    } catch (const boost::system::system_error&) {
      // the handler sees the turn and does nothing
    }
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  std::shared_ptr<State> state_;
};

namespace {

asio::awaitable<Result<std::vector<Stream::endpoint>>> look_up(asio::any_io_executor executor,
                                                               std::string host, std::uint16_t port) {
  using asio::ip::tcp;
  error_code code;
  const auto literal = asio::ip::make_address(host, code);
  std::vector<Stream::endpoint> found;
  if (!code) {
    found.emplace_back(tcp::endpoint(literal, port));
    co_return found;
  }
  tcp::resolver resolver(executor);
  code = {};
  const auto results =
      co_await resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                      asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return fail(std::error_code(code), "look up " + host);
  for (const auto& result : results)
    found.emplace_back(result.endpoint());
  co_return found;
}

}  // namespace

Connection::Connection(const asio::any_io_executor& executor) : state_(std::make_shared<State>(executor)) {}
Connection::~Connection() {
  close();
}

asio::awaitable<Result<>> Connection::connect(Endpoint endpoint, Clock::time_point deadline) {
  const auto state = state_;
  state->close();
  state->given_up = false;
  std::vector<Stream::endpoint> addresses;
  if (endpoint.is_unix()) {
    addresses.emplace_back(asio::local::stream_protocol::endpoint(endpoint.path()));
  } else {
    auto found = co_await look_up(state->socket.get_executor(), endpoint.host(), endpoint.port());
    if (!found) co_return tl::unexpected(found.error());
    addresses = std::move(*found);
  }

  const Deadline guard(state, deadline);
  error_code code = asio::error::host_not_found;
  for (const auto& address : addresses) {
    if (state->timed_out || state->given_up) break;
    state->close();
    co_await state->socket.async_connect(address, asio::redirect_error(asio::use_awaitable, code));
    if (!code) break;
  }
  if (state->given_up && !state->timed_out) code = asio::error::operation_aborted;
  if (code || !state->socket.is_open()) {
    const auto error = state->failed(code, "");
    co_return fail(error.value().code, "connect to " + endpoint.describe());
  }
  if (!endpoint.is_unix()) {
    error_code ignored;  // slower without, no worse
    state->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> Connection::write(std::span<const char> bytes, Clock::time_point deadline) {
  const auto state = state_;
  const Deadline guard(state, deadline);
  error_code code;
  co_await asio::async_write(state->socket, asio::buffer(bytes.data(), bytes.size()),
                             asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return state->failed(code, "send to redis");
  co_return Result<>{};
}

asio::awaitable<Result<std::size_t>> Connection::read_some(std::span<char> buffer,
                                                           Clock::time_point deadline) {
  const auto state = state_;
  const Deadline guard(state, deadline);
  error_code code;
  const auto got = co_await state->socket.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                          asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return state->failed(code, "receive from redis");
  co_return got;
}

void Connection::close() noexcept {
  state_->close();
}
bool Connection::is_open() const noexcept {
  return state_->socket.is_open();
}

}  // namespace da::redis
