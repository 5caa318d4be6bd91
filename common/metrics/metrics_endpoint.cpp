#include "common/metrics/metrics_endpoint.h"

#include <array>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "common/backoff.h"
#include "common/child_group.h"
#include "common/failed_part.h"
#include "common/host_port.h"
#include "common/log.h"
#include "common/metrics/metrics_page.h"

namespace da {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Stream = beast::basic_stream<tcp>;
using Request = http::request<http::empty_body>;

constexpr std::size_t kLongestHeader = 8192;
constexpr std::size_t kMostUnread = std::size_t{64} << 10U;
constexpr auto kFirstPause = 100ms;  // after a failed accept
constexpr auto kLongestPause = 5s;

beast::string_view as_beast(std::string_view text) {
  return {text.data(), text.size()};
}

/// The status of the reply; nothing if there is nobody to reply to.
std::optional<http::status> judge(const error_code& problem, const Request& request) {
  if (problem == http::error::header_limit || problem == http::error::buffer_overflow)
    return http::status::request_header_fields_too_large;
  if (problem == http::error::end_of_stream || problem == http::error::partial_message) return std::nullopt;
  const bool is_no_http = problem.category() == http::make_error_code(http::error::bad_version).category();
  if (problem) return is_no_http ? std::optional(http::status::bad_request) : std::nullopt;
  if (request.target().substr(0, request.target().find('?')) != "/metrics") return http::status::not_found;
  if (request.method() != http::verb::get && request.method() != http::verb::head)
    return http::status::method_not_allowed;
  return http::status::ok;
}

Result<> listen(tcp::acceptor& acceptor, const ListenAddress& address) {
  error_code code;
  const tcp::endpoint endpoint(asio::ip::make_address(address.host(), code), address.port());
  if (!code) acceptor.open(endpoint.protocol(), code);
  // What is left of the last run's connections is in nobody's way.
  if (!code) acceptor.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code) acceptor.bind(endpoint, code);
  if (!code) acceptor.listen(tcp::acceptor::max_listen_connections, code);
  if (code) return fail(std::error_code(code), "listen on " + address.describe());
  return {};
}

}  // namespace

struct MetricsEndpoint::Impl {
  Impl(const asio::any_io_executor& executor, Page its_page, MetricsEndpointOptions its_options)
      : page(std::move(its_page)),
        options(its_options),
        acceptor(executor),
        pause(executor),
        connections(executor, [] {}) {}

  [[nodiscard]] asio::awaitable<void> run();
  [[nodiscard]] asio::awaitable<void> wait_after(error_code problem);
  void admit(tcp::socket socket);
  [[nodiscard]] asio::awaitable<void> serve(std::shared_ptr<Stream> stream);
  [[nodiscard]] asio::awaitable<void> answer(Stream& stream);
  [[nodiscard]] std::shared_ptr<const std::string> body_of(http::status status);

  Page page;
  MetricsEndpointOptions options;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  Backoff backoff{kFirstPause, kLongestPause};
  Episode not_accepting;
  ChildGroup connections;
  std::deque<std::shared_ptr<Stream>> streams;  ///< of the connections, the oldest first
  std::shared_ptr<const std::string> latest_page;
  Clock::time_point page_made;
  bool stopping = false;
};

asio::awaitable<void> MetricsEndpoint::Impl::run() {
  while (!stopping) {
    error_code problem;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, problem));
    if (stopping) break;
    if (problem) {
      co_await wait_after(problem);
      continue;
    }
    backoff.reset();
    if (not_accepting.end()) log_info("metrics can be scraped again");
    admit(std::move(socket));
  }
  co_await connections.join();
}

// Without a pause, a process that has no descriptor left would do nothing but this.
asio::awaitable<void> MetricsEndpoint::Impl::wait_after(error_code problem) {
  if (not_accepting.begin())
    log_warning("metrics cannot be scraped: no connection is accepted", "error", problem.message());
  pause.expires_after(backoff.next(random_fraction()));
  co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, problem));
}

void MetricsEndpoint::Impl::admit(tcp::socket socket) {
  if (streams.size() >= options.most_connections) {
    streams.front()->close();
    streams.pop_front();
  }
  streams.push_back(std::make_shared<Stream>(std::move(socket)));
  connections.spawn(serve(streams.back()));
}

asio::awaitable<void> MetricsEndpoint::Impl::serve(std::shared_ptr<Stream> stream) {
  try {
    co_await answer(*stream);
  } catch (const std::exception&) {
    log_failed_part("metrics endpoint, one connection", std::current_exception());
  }
  stream->close();
  std::erase(streams, stream);
}

asio::awaitable<void> MetricsEndpoint::Impl::answer(Stream& stream) {
  error_code problem;
  beast::flat_buffer buffer(kLongestHeader);
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kLongestHeader);
  // Any, since none is read. (In Boost 1.74, boost::none refuses every length.)
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  stream.expires_after(options.deadline);
  co_await http::async_read_header(stream, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, problem));
  const auto status = judge(problem, parser.get());
  if (!status) co_return;

  const auto body = body_of(*status);
  http::response<http::span_body<const char>> reply;
  reply.result(*status);
  reply.keep_alive(false);
  reply.set(http::field::content_type,
            as_beast(*status == http::status::ok ? MetricsPage::kContentType : "text/plain; charset=utf-8"));
  if (*status == http::status::method_not_allowed) reply.set(http::field::allow, "GET, HEAD");
  reply.content_length(body->size());
  if (parser.get().method() != http::verb::head) reply.body() = {body->data(), body->size()};
  stream.expires_after(options.deadline);
  co_await http::async_write(stream, reply, asio::redirect_error(asio::use_awaitable, problem));

  // To close with something unread would reset the connection, and may take the reply with it.
  if (!problem) stream.socket().shutdown(tcp::socket::shutdown_send, problem);
  std::array<char, 1024> unread{};
  for (std::size_t count = 0; !problem && count < kMostUnread;) {
    const auto got = co_await stream.async_read_some(asio::buffer(unread),
                                                     asio::redirect_error(asio::use_awaitable, problem));
    count += got;
  }
}

std::shared_ptr<const std::string> MetricsEndpoint::Impl::body_of(http::status status) {
  if (status != http::status::ok) {
    const auto reason = http::obsolete_reason(status);
    return std::make_shared<const std::string>(std::string(reason.data(), reason.size()) + "\n");
  }
  const auto now = Clock::now();
  if (!latest_page || now - page_made >= options.fresh) {
    latest_page = std::make_shared<const std::string>(page());
    page_made = now;
  }
  return latest_page;
}

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::open(const asio::any_io_executor& executor,
                                                               const ListenAddress& address, Page page,
                                                               MetricsEndpointOptions options) {
  auto impl = std::make_unique<Impl>(executor, std::move(page), options);
  if (auto listening = listen(impl->acceptor, address); !listening)
    return tl::unexpected(std::move(listening.error()));
  return std::unique_ptr<MetricsEndpoint>(new MetricsEndpoint(std::move(impl)));
}

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsEndpoint::~MetricsEndpoint() = default;

std::string MetricsEndpoint::address() const {
  error_code ignored;
  const auto bound = impl_->acceptor.local_endpoint(ignored);
  return host_and_port(bound.address().to_string(), bound.port());
}

asio::awaitable<void> MetricsEndpoint::run() {
  return impl_->run();
}

void MetricsEndpoint::stop() {
  impl_->stopping = true;
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  for (const auto& stream : impl_->streams)
    stream->close();
}

}  // namespace da
