#include "common/http/http_connection.h"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

#include "common/failed_part.h"

namespace da {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kLongestHead = 8192;
constexpr std::size_t kMostUnread = std::size_t{64} << 10U;

beast::string_view as_beast(std::string_view text) {
  return {text.data(), text.size()};
}

std::string as_text(beast::string_view text) {
  return {text.data(), text.size()};
}

/// The status of the answer to what could not be read; nothing if there is nobody to answer.
std::optional<unsigned> refusal(const error_code& problem) {
  if (problem == http::error::header_limit || problem == http::error::buffer_overflow) return 431;
  if (problem == http::error::body_limit) return 413;
  if (problem == http::error::end_of_stream || problem == http::error::partial_message) return std::nullopt;
  const bool is_no_http = problem.category() == http::make_error_code(http::error::bad_version).category();
  return is_no_http ? std::optional(400U) : std::nullopt;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; });
}

template <typename Body>
void set_head(http::response<Body>& message, const HttpReply& reply, bool keeps_alive) {
  message.result(reply.status_code);
  message.keep_alive(keeps_alive);
  message.set(http::field::content_type, as_beast(reply.content_type));
  message.set(http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : reply.headers) {
    if (has_control(name) || has_control(value))
      throw std::invalid_argument("a control character in a reply's header");
    message.set(as_beast(name), as_beast(value));
  }
}

/// Of a handler, a bug.
HttpReply internal_error() {
  log_failed_part("http server, one request", std::current_exception());
  return HttpReply::status(500);
}

}  // namespace

HttpConnection::HttpConnection(Socket socket, const HttpRoutes& routes, const HttpServerOptions& options,
                               HttpConnectionOwner& owner)
    : stream_(std::move(socket)), buffer_(kLongestHead), routes_(routes), options_(options), owner_(owner) {}

asio::awaitable<void> HttpConnection::run() {
  const auto self = shared_from_this();
  try {
    auto next = Next::request;
    while (next == Next::request && !closed_) {
      next = co_await serve_request();
      first_ = false;
      if (next == Next::request) owner_.answered(*this);
    }
    if (next == Next::farewell) co_await say_farewell();
  } catch (const std::exception&) {
    log_failed_part("http server, one connection", std::current_exception());
  }
  close();
  owner_.ended(*this);
}

asio::awaitable<HttpConnection::Next> HttpConnection::serve_request() {
  if (buffer_.size() == 0 && !co_await has_bytes()) co_return Next::nothing;
  error_code problem;
  Head head;
  head.header_limit(kLongestHead);
  // Any, since none is read yet. (In Boost 1.74, boost::none refuses every length.)
  head.body_limit(std::numeric_limits<std::uint64_t>::max());
  stream_.expires_after(options_.deadline);
  co_await http::async_read_header(stream_, buffer_, head,
                                   asio::redirect_error(asio::use_awaitable, problem));
  if (problem) {
    const auto status = refusal(problem);
    if (!status) co_return Next::nothing;
    const Form last;
    const bool sent = co_await send(HttpReply::status(*status), last);
    co_return sent ? Next::farewell : Next::nothing;
  }

  const bool head_only = head.get().method() == http::verb::head;
  const bool wants_more = head.get().keep_alive() && head.get().version() == 11;
  bool body_is_read = head.is_done();
  HttpReply reply = co_await answer(head, body_is_read);
  if (closed_) co_return Next::nothing;
  if (reply.events && !head_only) {
    if (owner_.becomes_stream(*this)) {
      co_await send_events(reply.events, reply);
      co_return Next::nothing;
    }
    reply = HttpReply::status(503);
    reply.set("Retry-After", "30");
  }
  const Form form{wants_more && body_is_read, head_only};
  const bool sent = co_await send(std::move(reply), form);
  if (!sent) co_return Next::nothing;
  co_return form.keeps_alive ? Next::request : Next::farewell;
}

asio::awaitable<bool> HttpConnection::has_bytes() {
  constexpr std::size_t kFirstRead = 4096;
  error_code problem;
  stream_.expires_after(first_ ? options_.deadline : options_.idle);
  const auto space = buffer_.prepare(kFirstRead);
  const auto got =
      co_await stream_.async_read_some(space, asio::redirect_error(asio::use_awaitable, problem));
  buffer_.commit(got);
  co_return !problem && got != 0;
}

asio::awaitable<HttpReply> HttpConnection::answer(Head& head, bool& body_is_read) {
  HttpRequest request = request_of(head);
  const std::string method = as_text(head.get().method_string());
  const auto found = routes_.find(method, request.path);
  if (found.handler == nullptr) {
    HttpReply refused = HttpReply::status(found.allow.empty() ? 404 : 405);
    if (!found.allow.empty()) refused.set("Allow", found.allow);
    co_return refused;
  }
  request.method = method == "POST" ? HttpMethod::post : HttpMethod::get;
  request.rest = found.rest;
  if (!body_is_read) {
    const auto refused = co_await read_body(head, found.longest_body, request.body);
    if (refused) co_return HttpReply::status(*refused);
    body_is_read = true;
  }
  co_return co_await call(*found.handler, std::move(request));
}

HttpRequest HttpConnection::request_of(const Head& head) {
  HttpRequest request;
  const std::string target = as_text(head.get().target());
  const auto question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  for (const auto& field : head.get())
    request.headers.emplace_back(as_text(field.name_string()), as_text(field.value()));
  error_code gone;
  request.peer = stream_.socket().remote_endpoint(gone).address().to_string();
  return request;
}

/// The status of the refusal, if it is one.
asio::awaitable<std::optional<unsigned>> HttpConnection::read_body(Head& head, std::size_t longest,
                                                                   std::string& body) {
  if (const auto length = head.content_length(); length && *length > longest) co_return 413U;
  error_code problem;
  stream_.expires_after(options_.deadline);
  if (beast::iequals(head.get()[http::field::expect], "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                               asio::redirect_error(asio::use_awaitable, problem));
    if (problem) co_return 400U;
  }
  http::request_parser<http::string_body> whole(std::move(head));
  whole.body_limit(longest);
  co_await http::async_read(stream_, buffer_, whole, asio::redirect_error(asio::use_awaitable, problem));
  if (problem) co_return refusal(problem).value_or(400U);
  body = std::move(whole.get().body());
  co_return std::nullopt;
}

asio::awaitable<HttpReply> HttpConnection::call(const HttpHandler& handler, HttpRequest request) {
  try {
    co_return co_await handler(std::move(request));
  } catch (const std::exception&) {
    co_return internal_error();
  }
}

asio::awaitable<bool> HttpConnection::send(HttpReply reply, Form form) {
  http::response<http::span_body<const char>> message;
  try {
    set_head(message, reply, form.keeps_alive);
  } catch (const std::exception&) {
    reply = internal_error();
    message = {};
    set_head(message, reply, form.keeps_alive);
  }
  const std::string_view body = reply.body ? std::string_view(*reply.body) : std::string_view();
  message.content_length(body.size());
  if (!form.head_only) message.body() = {body.data(), body.size()};
  error_code problem;
  stream_.expires_after(options_.deadline);
  co_await http::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, problem));
  co_return !problem;
}

asio::awaitable<void> HttpConnection::send_events(std::shared_ptr<EventQueue> events, HttpReply reply) {
  events_ = events;
  http::response<http::empty_body> message;
  set_head(message, reply, false);
  message.set("X-Accel-Buffering", "no");  // of nginx in front
  error_code problem;
  stream_.expires_after(options_.deadline);
  co_await http::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, problem));
  owner_.spawn(watch(shared_from_this()));
  while (!problem && !closed_) {
    std::string text = co_await events->take(options_.heartbeat);
    if (text.empty() && events->ended()) break;
    if (text.empty()) text = ":\n\n";
    stream_.expires_after(options_.deadline);
    co_await asio::async_write(stream_, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, problem));
  }
  events->abort();
}

asio::awaitable<void> HttpConnection::watch(std::shared_ptr<HttpConnection> connection) {
  std::array<char, 1024> ignored{};
  error_code problem;
  while (!problem) {
    // Of the socket, not of the stream: the deadline of what is sent meanwhile would be this read's, too, and
    // it waits for the client to leave, however long.
    co_await connection->stream_.socket().async_read_some(asio::buffer(ignored),
                                                          asio::redirect_error(asio::use_awaitable, problem));
  }
  connection->events_->abort();
}

// To close with something unread would reset the connection, and may take the reply with it.
asio::awaitable<void> HttpConnection::say_farewell() {
  error_code problem;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, problem);
  std::array<char, 1024> unread{};
  for (std::size_t count = 0; !problem && count < kMostUnread;) {
    const auto got = co_await stream_.async_read_some(asio::buffer(unread),
                                                      asio::redirect_error(asio::use_awaitable, problem));
    count += got;
  }
}

void HttpConnection::close() noexcept {
  closed_ = true;
  stream_.close();
  if (events_) events_->abort();
}

}  // namespace da
