#include "collector/docker/unix_http.h"

#include <array>
#include <set>
#include <utility>

#include <sys/un.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "common/asio.h"

namespace da::docker {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

using Stream = beast::basic_stream<asio::local::stream_protocol>;

tl::unexpected<Error> failed(const error_code& code, const std::string& doing) {
  return fail(fmt::format("{}: {}", doing, code.message()));
}

}  // namespace

struct UnixHttp::Impl {
  asio::any_io_executor executor;
  std::string socket_path;
  std::set<Stream*> open_streams;  ///< for abort()

  /// Connects and sends the request; the deadline runs on for the reply.
  asio::awaitable<Result<>> request(Stream& stream, std::string target,
                                    std::chrono::milliseconds deadline) const;
};

namespace {

/// A connection that abort() can find for as long as it lives.
class TrackedStream {
 public:
  TrackedStream(const asio::any_io_executor& executor, std::set<Stream*>& all)
      : stream_(executor), all_(all) {
    all_.insert(&stream_);
  }
  ~TrackedStream() { all_.erase(&stream_); }
  TrackedStream(const TrackedStream&) = delete;
  TrackedStream& operator=(const TrackedStream&) = delete;

  Stream& operator*() noexcept { return stream_; }
  Stream* operator->() noexcept { return &stream_; }

 private:
  Stream stream_;
  std::set<Stream*>& all_;
};

}  // namespace

asio::awaitable<Result<>> UnixHttp::Impl::request(Stream& stream, std::string target,
                                                  std::chrono::milliseconds deadline) const {
  // The endpoint's constructor throws for a path that does not fit.
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path))
    co_return fail("socket path too long: " + socket_path);
  error_code code;
  stream.expires_after(deadline);
  const asio::local::stream_protocol::endpoint endpoint(socket_path);
  co_await stream.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return failed(code, "connect to " + socket_path);

  http::request<http::empty_body> message(http::verb::get, target, 11);
  message.set(http::field::host, "docker");
  message.set(http::field::user_agent, "docker-anomalies");
  message.keep_alive(false);
  co_await http::async_write(stream, message, asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return failed(code, "send GET " + target);
  co_return Result<>();
}

UnixHttp::UnixHttp(asio::any_io_executor executor, std::string socket_path)
    : impl_(std::make_unique<Impl>(Impl{std::move(executor), std::move(socket_path), {}})) {}
UnixHttp::~UnixHttp() = default;

asio::awaitable<Result<HttpReply>> UnixHttp::get(std::string target, std::chrono::milliseconds deadline,
                                                 std::uint64_t limit) {
  TrackedStream stream(impl_->executor, impl_->open_streams);
  const auto sent = co_await impl_->request(*stream, target, deadline);
  if (!sent) co_return tl::unexpected(sent.error());

  error_code code;
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(limit);
  co_await http::async_read(*stream, buffer, parser, asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return failed(code, "read reply to GET " + target);
  HttpReply reply;
  reply.status = parser.get().result_int();
  reply.body = std::move(parser.get().body());
  co_return reply;
}

struct HttpBody::Impl {
  Impl(const asio::any_io_executor& executor, std::set<Stream*>& all) : stream(executor, all) {}

  TrackedStream stream;
  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  std::array<char, 16384> piece{};
};

asio::awaitable<Result<std::unique_ptr<HttpBody>>> UnixHttp::open(std::string target,
                                                                  std::chrono::milliseconds deadline) {
  auto body = std::make_unique<HttpBody::Impl>(impl_->executor, impl_->open_streams);
  const auto sent = co_await impl_->request(*body->stream, target, deadline);
  if (!sent) co_return tl::unexpected(sent.error());

  error_code code;
  body->parser.body_limit(boost::none);  // endless by design; each line is bounded by its reader
  co_await http::async_read_header(*body->stream, body->buffer, body->parser,
                                   asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return failed(code, "read reply to GET " + target);
  if (body->parser.get().result() != http::status::ok) {
    co_return fail(fmt::format("GET {}: status {}", target, body->parser.get().result_int()));
  }
  body->stream->expires_never();
  co_return std::unique_ptr<HttpBody>(new HttpBody(std::move(body)));
}

void UnixHttp::abort() {
  for (Stream* stream : impl_->open_streams)
    stream->close();
}

HttpBody::HttpBody(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpBody::~HttpBody() = default;

asio::awaitable<Result<std::string_view>> HttpBody::read() {
  auto& body = impl_->parser.get().body();
  std::size_t got = 0;
  // Some reads complete a chunk's header only, and yield no byte.
  while (got == 0) {
    if (impl_->parser.is_done()) co_return fail("the daemon ended the stream");
    body.data = impl_->piece.data();
    body.size = impl_->piece.size();
    error_code code;
    co_await http::async_read_some(*impl_->stream, impl_->buffer, impl_->parser,
                                   asio::redirect_error(asio::use_awaitable, code));
    got = impl_->piece.size() - body.size;
    // need_buffer: the piece is full and there is more, which is no error.
    if (code && code != http::error::need_buffer && got == 0) co_return failed(code, "read the stream");
  }
  co_return std::string_view(impl_->piece.data(), got);
}

void HttpBody::close() {
  impl_->stream->close();
}

}  // namespace da::docker
