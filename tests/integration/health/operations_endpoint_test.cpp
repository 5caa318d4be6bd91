// /livez, /readyz and /metrics, asked over a socket while the event loop turns, hangs or is not there yet.
#include "common/health/operations_endpoint.h"

#include <atomic>
#include <future>
#include <thread>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.h"
#include "tests/support/http_client.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::status_of;

namespace {

constexpr OperationsOptions kImpatient{.longest_turn = 600ms, .patience = 200ms, .fresh = 0ms};

/// A program with an event loop on a thread of its own.
class Program {
 public:
  explicit Program(OperationsOptions options = kImpatient)
      : pulse_(loop_.get_executor()),
        endpoint_(OperationsEndpoint::open(
                      loop_.get_executor(), pulse_, ListenAddress::any_local_port(),
                      {.metrics = [this] { return page(); }, .readiness = [this] { return readiness(); }},
                      options)
                      .value()) {
    asio::co_spawn(loop_, pulse_.run(), asio::detached);
    endpoint_->start();
  }
  ~Program() { end(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void run() {
    thread_ = std::thread([this] { loop_.run(); });
  }
  void hang_until(std::shared_future<void> over) {
    asio::post(loop_, [over] { over.wait(); });
  }
  void end() {
    if (thread_.joinable()) {
      asio::post(loop_, [this] { pulse_.stop(); });
      thread_.join();
    }
    endpoint_->stop();
  }
  [[nodiscard]] std::string get(const std::string& path) const {
    return test::Client(test::port_of(endpoint_->address())).ask("GET " + path + " HTTP/1.0\r\n\r\n");
  }

  std::atomic<bool> has_redis{true};
  std::atomic<bool> page_fails{false};
  std::atomic<int> pages{0};

 private:
  std::string page() {
    if (page_fails) throw std::runtime_error("no page today");
    return "pages_total " + std::to_string(++pages) + "\n";
  }
  Readiness readiness() const {
    Readiness readiness;
    readiness.require("docker", true, "");
    readiness.require("redis", has_redis, "gone\nfor lunch");
    readiness.note("mail", "not configured");
    return readiness;
  }

  asio::io_context loop_{1};
  LoopPulse pulse_;
  std::unique_ptr<OperationsEndpoint> endpoint_;
  std::thread thread_;
};

}  // namespace

SCENARIO("a loop that turns is alive, ready and tells its metrics") {
  Program program;
  program.run();
  CHECK_THAT(program.get("/livez"),
             StartsWith("HTTP/1.1 200 OK\r\n") && Contains("\r\n\r\nalive: the event loop turned 0."));
  CHECK_THAT(program.get("/readyz"),
             StartsWith("HTTP/1.1 200 OK\r\n") &&
                 EndsWith("\r\n\r\nready\nok docker\nok redis\nnote mail: not configured\n"));
  CHECK_THAT(program.get("/metrics"),
             StartsWith("HTTP/1.1 200 OK\r\n") &&
                 Contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n") &&
                 EndsWith("\r\n\r\npages_total 1\n"));
  CHECK(status_of(program.get("/")) == "HTTP/1.1 404 Not Found");
}

SCENARIO("what is missing is named, in one line each") {
  Program program;
  program.run();
  program.has_redis = false;
  CHECK_THAT(program.get("/readyz"),
             StartsWith("HTTP/1.1 503 Service Unavailable\r\n") &&
                 Contains("\r\n\r\nnot ready\nok docker\nmissing redis: gone?for lunch\n"));
  program.has_redis = true;
  CHECK(status_of(program.get("/readyz")) == "HTTP/1.1 200 OK");
}

SCENARIO("a loop that hangs is told from without, and when it goes on, too") {
  Program program;
  program.run();
  std::promise<void> over;
  program.hang_until(over.get_future().share());
  CHECK(status_of(program.get("/livez")) == "HTTP/1.1 200 OK");  // a long turn is no hang
  CHECK_THAT(program.get("/readyz"),
             StartsWith("HTTP/1.1 503 ") && EndsWith("missing loop: it does not answer\n"));
  CHECK_THAT(program.get("/metrics"),
             StartsWith("HTTP/1.1 503 ") && EndsWith("the event loop does not answer\n"));
  std::this_thread::sleep_for(600ms);
  CHECK_THAT(program.get("/livez"),
             StartsWith("HTTP/1.1 503 ") && Contains("not alive: the event loop turned "));
  over.set_value();
  std::this_thread::sleep_for(50ms);
  CHECK(status_of(program.get("/livez")) == "HTTP/1.1 200 OK");
  CHECK(status_of(program.get("/readyz")) == "HTTP/1.1 200 OK");
}

SCENARIO("a loop that never began is not alive") {
  const Program program;
  CHECK(status_of(program.get("/readyz")) == "HTTP/1.1 503 Service Unavailable");
  std::this_thread::sleep_for(600ms);
  CHECK(status_of(program.get("/livez")) == "HTTP/1.1 503 Service Unavailable");
}

SCENARIO("a page is not made anew for each who asks") {
  OperationsOptions options;
  options.fresh = 1h;
  Program program(options);
  program.run();
  for (int i = 0; i < 20; ++i)
    CHECK_THAT(program.get("/metrics"), EndsWith("\r\n\r\npages_total 1\n"));
}

SCENARIO("a page that cannot be made is a 500, and is not kept") {
  OperationsOptions options;
  options.fresh = 1h;
  Program program(options);
  program.run();
  program.page_fails = true;
  const test::CapturedStderr captured;
  CHECK(status_of(program.get("/metrics")) == "HTTP/1.1 500 Internal Server Error");
  CHECK_THAT(captured.text(), Contains("error=\"no page today\""));
  program.page_fails = false;
  CHECK_THAT(program.get("/metrics"), EndsWith("\r\n\r\npages_total 1\n"));
}

SCENARIO("it ends at once while somebody waits for an answer of the loop") {
  OperationsOptions options;
  options.patience = 1h;
  Program program(options);
  const auto asked = std::async(std::launch::async, [&] { return program.get("/metrics"); });
  std::this_thread::sleep_for(100ms);
  const auto begin = std::chrono::steady_clock::now();
  program.end();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}
