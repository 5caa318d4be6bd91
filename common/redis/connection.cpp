#include "common/redis/connection.h"

#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "common/redis/tls.h"

namespace da::redis {

using Stream = asio::generic::stream_protocol;
namespace ssl = asio::ssl;

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
  std::shared_ptr<ssl::context> context;
  std::optional<ssl::stream<Stream::socket&>> secure;  ///< over `socket`; nothing: no TLS
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

/// What getaddrinfo says, if it says it in time: it cannot be stopped, but need not be waited for.
class LookUp : public std::enable_shared_from_this<LookUp> {
 public:
  explicit LookUp(const asio::any_io_executor& executor) : resolver_(executor), answered_(executor) {}

  asio::awaitable<Result<std::vector<Stream::endpoint>>> of(std::string host, std::uint16_t port,
                                                            Clock::time_point deadline) {
    answered_.expires_at(deadline);
    resolver_.async_resolve(host, std::to_string(port), asio::ip::tcp::resolver::numeric_service,
                            [self = shared_from_this()](error_code code, const auto& results) {
                              self->code_ = code;
                              for (const auto& result : results)
                                self->found_.emplace_back(result.endpoint());
                              self->is_answered_ = true;
                              self->answered_.cancel();
                            });
    error_code ignored;
    co_await answered_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!is_answered_) co_return fail(std::make_error_code(std::errc::timed_out), "look up " + host);
    if (code_) co_return fail(std::error_code(code_), "look up " + host);
    co_return found_;
  }

 private:
  asio::ip::tcp::resolver resolver_;
  asio::steady_timer answered_;
  error_code code_;
  std::vector<Stream::endpoint> found_;
  bool is_answered_ = false;
};

asio::awaitable<Result<std::vector<Stream::endpoint>>> look_up(asio::any_io_executor executor,
                                                               std::string host, std::uint16_t port,
                                                               Clock::time_point deadline) {
  error_code code;
  const auto literal = asio::ip::make_address(host, code);
  if (!code) co_return std::vector<Stream::endpoint>{asio::ip::tcp::endpoint(literal, port)};
  const auto pending = std::make_shared<LookUp>(executor);
  co_return co_await pending->of(std::move(host), port, deadline);
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
  state->secure.reset();
  std::vector<Stream::endpoint> addresses;
  if (endpoint.is_unix()) {
    addresses.emplace_back(asio::local::stream_protocol::endpoint(endpoint.path()));
  } else {
    auto found = co_await look_up(state->socket.get_executor(), endpoint.host(), endpoint.port(), deadline);
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
  if (endpoint.tls()) co_return co_await agree_on_tls(state, endpoint);
  co_return Result<>{};
}

asio::awaitable<Result<>> Connection::agree_on_tls(std::shared_ptr<State> state, Endpoint endpoint) {
  const TlsOptions& options = *endpoint.tls();
  auto context = make_tls_context(options);
  if (!context) {
    state->close();
    co_return tl::unexpected(context.error());
  }
  state->context = *std::move(context);
  auto& stream = state->secure.emplace(state->socket, *state->context);
  const std::string name = options.server_name.empty() ? endpoint.host() : options.server_name;
  error_code code;
  asio::ip::make_address(name, code);
  // Of an address there is no name to be asked for.
  if (code) SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());
  code = {};
  stream.set_verify_callback(ssl::host_name_verification(name), code);
  if (!code)
    co_await stream.async_handshake(ssl::stream_base::client,
                                    asio::redirect_error(asio::use_awaitable, code));
  if (!code) co_return Result<>{};
  std::string doing = "agree on TLS with " + endpoint.describe();
  const long verdict = SSL_get_verify_result(stream.native_handle());
  if (verdict != X509_V_OK)
    doing += std::string(": the certificate is not trusted (") + X509_verify_cert_error_string(verdict) + ")";
  const auto error = state->failed(code, "");
  co_return fail(error.value().code, doing);
}

/// All, as much at once as the socket takes. asio's own condition offers it 64 KiB, each of which may wake
/// Redis.
constexpr auto kAllAtOnce = [](const error_code& code, std::size_t) -> std::size_t {
  return code ? 0 : std::size_t{1} << 20U;
};

asio::awaitable<Result<>> Connection::write(std::vector<std::string_view> pieces,
                                            Clock::time_point deadline) {
  const auto state = state_;
  const Deadline guard(state, deadline);
  error_code code;
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(pieces.size());
  for (const std::string_view piece : pieces)
    buffers.emplace_back(piece.data(), piece.size());
  if (state->secure) {
    co_await asio::async_write(*state->secure, buffers, kAllAtOnce,
                               asio::redirect_error(asio::use_awaitable, code));
  } else {
    co_await asio::async_write(state->socket, buffers, kAllAtOnce,
                               asio::redirect_error(asio::use_awaitable, code));
  }
  if (code) co_return state->failed(code, "send to redis");
  co_return Result<>{};
}

asio::awaitable<Result<std::size_t>> Connection::read_some(std::span<char> buffer,
                                                           Clock::time_point deadline) {
  const auto state = state_;
  const Deadline guard(state, deadline);
  error_code code;
  const auto into = asio::buffer(buffer.data(), buffer.size());
  std::size_t got = 0;
  if (state->secure) {
    got = co_await state->secure->async_read_some(into, asio::redirect_error(asio::use_awaitable, code));
  } else {
    got = co_await state->socket.async_read_some(into, asio::redirect_error(asio::use_awaitable, code));
  }
  if (code) co_return state->failed(code, "receive from redis");
  co_return got;
}

void Connection::close() noexcept {
  state_->given_up = true;
  state_->close();
}
bool Connection::is_open() const noexcept {
  return state_->socket.is_open();
}

}  // namespace da::redis
