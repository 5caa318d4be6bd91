#include "common/health/operations_endpoint.h"

#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "common/blocked_signals.h"
#include "common/failed_part.h"
#include "common/http/http_server.h"
#include "common/metrics/metrics_page.h"

namespace da {
namespace {

using Clock = std::chrono::steady_clock;

HttpReply unavailable(std::string text) {
  HttpReply reply = HttpReply::text(std::move(text));
  reply.status_code = 503;
  return reply;
}

/// What the loop is asked for, until it answers or the patience is over.
struct Question {
  explicit Question(asio::io_context& io) : answered(io) {}

  asio::steady_timer answered;
  std::optional<HttpReply> reply;
};

}  // namespace

struct OperationsEndpoint::Impl {
  Impl(asio::any_io_executor its_loop, const LoopPulse& its_pulse, OperationsSources its_sources,
       OperationsOptions its_options)
      : loop(std::move(its_loop)), pulse(its_pulse), sources(std::move(its_sources)), options(its_options) {}

  [[nodiscard]] HttpRoutes routes();
  [[nodiscard]] HttpReply livez() const;
  [[nodiscard]] asio::awaitable<HttpReply> readyz();
  [[nodiscard]] asio::awaitable<HttpReply> metrics();
  [[nodiscard]] asio::awaitable<std::optional<HttpReply>> ask(std::function<HttpReply()> what);
  void end_questions();

  asio::any_io_executor loop;
  const LoopPulse& pulse;
  OperationsSources sources;
  OperationsOptions options;
  asio::io_context io{1};
  std::set<std::shared_ptr<Question>> questions;
  std::unique_ptr<HttpServer> server;
  std::optional<HttpReply> latest_page;
  Clock::time_point page_made;
  std::thread thread;
};

HttpRoutes OperationsEndpoint::Impl::routes() {
  HttpRoutes routes;
  routes.get("/livez", HttpFunction([this](const HttpRequest&) { return livez(); }));
  routes.get("/readyz", HttpHandler([this](const HttpRequest&) { return readyz(); }));
  routes.get("/metrics", HttpHandler([this](const HttpRequest&) { return metrics(); }));
  return routes;
}

HttpReply OperationsEndpoint::Impl::livez() const {
  const auto age = pulse.age();
  std::string text =
      fmt::format("the event loop turned {:.1f} s ago\n", std::chrono::duration<double>(age).count());
  return age > options.longest_turn ? unavailable("not alive: " + text) : HttpReply::text("alive: " + text);
}

asio::awaitable<HttpReply> OperationsEndpoint::Impl::readyz() {
  auto reply = co_await ask([this] {
    const Readiness readiness = sources.readiness();
    return readiness.ready() ? HttpReply::text(readiness.text()) : unavailable(readiness.text());
  });
  if (!reply) co_return unavailable("not ready\nmissing loop: it does not answer\n");
  co_return *std::move(reply);
}

asio::awaitable<HttpReply> OperationsEndpoint::Impl::metrics() {
  if (latest_page && Clock::now() - page_made < options.fresh) co_return *latest_page;
  auto page = co_await ask(
      [this] { return HttpReply::text(sources.metrics(), std::string(MetricsPage::kContentType)); });
  if (!page) co_return unavailable("the event loop does not answer\n");
  if (page->status_code == 200) {
    latest_page = page;
    page_made = Clock::now();
  }
  co_return *std::move(page);
}

/// Nothing if the loop has no time for it. What `what` throws is logged, and a 500.
asio::awaitable<std::optional<HttpReply>> OperationsEndpoint::Impl::ask(std::function<HttpReply()> what) {
  const auto question = std::make_shared<Question>(io);
  questions.insert(question);
  // Weak: it may lie in the loop's queue until after the end of this.
  asio::post(loop, [this, what = std::move(what), weak = std::weak_ptr(question)] {
    if (weak.expired()) return;
    HttpReply reply;
    try {
      reply = what();
    } catch (const std::exception&) {
      log_failed_part("operations endpoint", std::current_exception());
      reply = HttpReply::status(500);
    }
    asio::post(io, [weak, reply = std::move(reply)]() mutable {
      const auto asked = weak.lock();
      if (!asked) return;
      asked->reply = std::move(reply);
      asked->answered.cancel();
    });
  });
  question->answered.expires_after(options.patience);
  error_code ignored;
  co_await question->answered.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  questions.erase(question);
  co_return std::move(question->reply);
}

void OperationsEndpoint::Impl::end_questions() {
  for (const auto& question : questions)
    question->answered.cancel();
}

Result<std::unique_ptr<OperationsEndpoint>> OperationsEndpoint::open(const asio::any_io_executor& loop,
                                                                     const LoopPulse& pulse,
                                                                     const ListenAddress& address,
                                                                     OperationsSources sources,
                                                                     OperationsOptions options) {
  auto impl = std::make_unique<Impl>(loop, pulse, std::move(sources), options);
  HttpServerOptions server_options;
  server_options.name = "metrics and health";
  auto server = HttpServer::open(impl->io.get_executor(), address, impl->routes(), server_options);
  if (!server) return tl::unexpected(std::move(server.error()));
  impl->server = *std::move(server);
  return std::unique_ptr<OperationsEndpoint>(new OperationsEndpoint(std::move(impl)));
}

OperationsEndpoint::OperationsEndpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OperationsEndpoint::~OperationsEndpoint() {
  stop();
}

std::string OperationsEndpoint::address() const {
  return impl_->server->address();
}

void OperationsEndpoint::start() {
  const BlockedSignals blocked;
  impl_->thread = std::thread([impl = impl_.get()] {
    asio::co_spawn(impl->io, impl->server->run(), [](const std::exception_ptr& error) {
      log_failed_part("metrics and health endpoint", error);
    });
    impl->io.run();
  });
}

void OperationsEndpoint::stop() {
  if (!impl_->thread.joinable()) return;
  asio::post(impl_->io, [impl = impl_.get()] {
    impl->server->stop();
    impl->end_questions();
  });
  impl_->thread.join();
}

}  // namespace da
