#include "analyzer/page/status_page.h"

#include <chrono>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "analyzer/page/assets.h"
#include "analyzer/page/page_access.h"
#include "analyzer/page/page_reader.h"
#include "analyzer/page/score_log.h"
#include "analyzer/page/views.h"
#include "common/asio.h"
#include "common/blocked_signals.h"
#include "common/failed_part.h"
#include "common/http/event_queue.h"
#include "common/http/http_server.h"
#include "common/log.h"

namespace da {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kBetweenReadings = 1s;
/// Alerts and models are read as long as somebody looked so lately.
constexpr auto kWatched = 15s;
/// A page waits so long for what is of now, before it shows what was.
constexpr auto kPatience = 2s;
/// Then a browser comes back, and is asked anew who it is.
constexpr auto kStreamAge = 15min;
constexpr auto kAfterWrongToken = 500ms;
constexpr std::size_t kLongestForm = 4096;
constexpr std::size_t kLongestComment = 300;

constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

HttpReply guarded(HttpReply reply) {
  reply.set("Content-Security-Policy", kContentPolicy);
  reply.set("X-Content-Type-Options", "nosniff");
  reply.set("X-Frame-Options", "DENY");
  // Not no-referrer: with that, browsers keep the origin of our own forms to themselves, too.
  reply.set("Referrer-Policy", "same-origin");
  reply.set("Cross-Origin-Resource-Policy", "same-origin");
  reply.set("Cross-Origin-Opener-Policy", "same-origin");
  return reply;
}

HttpReply see_other(const std::string& path) {
  HttpReply reply = HttpReply::status(303);
  reply.set("Location", path);
  return guarded(std::move(reply));
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

PageAccess::Seconds now_seconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// A field of a form that was sent; empty if it is absent.
std::string field_of(const HttpRequest& request, std::string_view name) {
  HttpRequest form;
  form.query = request.body;
  return form.query_value(name).value_or("");
}

std::optional<std::chrono::hours> silence_time(std::string_view word) {
  if (word == "1h") return 1h;
  if (word == "24h") return 24h;
  if (word == "7d") return 7 * 24h;
  return std::nullopt;
}

/// What is said of its parts, for server-sent events: the id on the first line, then the markup.
std::string part_text(const Part& part) {
  return part.id + '\n' + part.markup.text;
}

}  // namespace

class StatusPage::Site {
 public:
  Site(const PageConfig& config, PageSource source)
      : access_(config), reader_(source.redis, source.detector, source.view), pause_(io_) {}

  Result<> open(const ListenAddress& address) {
    HttpServerOptions options;
    options.name = "status page";
    options.most_connections = 64;
    options.most_event_streams = 32;
    auto server = HttpServer::open(io_.get_executor(), address, routes(), options);
    if (!server) return tl::unexpected(server.error());
    server_ = *std::move(server);
    asio::co_spawn(io_, server_->run(), [this](std::exception_ptr error) { ended("status page", error); });
    asio::co_spawn(io_, read(), [this](std::exception_ptr error) { ended("status page's reader", error); });
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    reader_.give_up();
    asio::post(io_, [this] { end(); });
    thread_.join();
    reading_.join();
  }

  [[nodiscard]] std::string address() const { return server_->address(); }

 private:
  /// A browser that is told what changes.
  struct Listener {
    std::weak_ptr<EventQueue> events;
    std::string path;
    Visitor visitor;
    Clock::time_point since;
    std::map<std::string, std::string> told{};  ///< by part
    std::string chart{};
  };

  void ended(const char* part, const std::exception_ptr& error) {
    if (error) log_failed_part(part, error);
    end();
  }

  void end() {
    if (std::exchange(stopping_, true)) return;
    pause_.cancel();
    server_->stop();
  }

  // Reading.

  template <typename Work>
  static asio::awaitable<std::invoke_result_t<Work>> run(Work work) {
    co_return work();
  }
  /// Where it may wait for Redis.
  template <typename Work>
  asio::awaitable<std::invoke_result_t<Work>> on_reader(Work work) {
    asio::any_io_executor executor = reading_.get_executor();
    co_return co_await asio::co_spawn(executor, run(std::move(work)), asio::use_awaitable);
  }

  [[nodiscard]] bool is_watched() const {
    return !listeners_.empty() || Clock::now() - last_look_ < kWatched;
  }

  struct Reading {
    PageState state;
    bool has_kept = false;
  };

  asio::awaitable<void> read() {
    while (!stopping_) {
      const auto begin = Clock::now();
      const bool watched = is_watched();
      const auto work = [this, watched, state = state_]() mutable {
        Reading reading{std::move(state), false};
        auto read = reader_.read_now(reading.state);
        if (read && watched) {
          read = reader_.read_kept(reading.state);
          reading.has_kept = read.has_value();
        }
        reading.state.problem = read ? "" : read.error().message();
        if (read) reading.state.read_ns = now_ns();
        return reading;
      };
      Reading reading = co_await on_reader(work);
      state_ = std::move(reading.state);
      if (reading.has_kept) kept_since_ = begin;
      tried_since_ = begin;
      if (state_.problem.empty()) scores_.add(state_.read_ns, state_.programs);
      tell();
      if (stopping_) break;
      // Whoever comes meanwhile waits no longer than that.
      pause_.expires_at(begin + kBetweenReadings);
      error_code ignored;
      co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  /// Somebody looks: waits for what is of now, if it can be had.
  asio::awaitable<void> look() {
    last_look_ = Clock::now();
    const auto end = last_look_ + kPatience;
    asio::steady_timer pause(io_);
    while (!stopping_ && Clock::now() < end) {
      if (Clock::now() - kept_since_ < 2 * kBetweenReadings) break;
      if (!state_.problem.empty() && tried_since_ > last_look_) break;
      pause.expires_after(10ms);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }

  // Showing.

  [[nodiscard]] Scene scene(const Visitor& visitor) const {
    return {state_,
            scores_,
            visitor,
            visitor.is_operator ? access_.form_token(visitor) : "",
            access_.takes_logins(),
            now_ns()};
  }

  [[nodiscard]] HttpReply show(const View& view, const Visitor& visitor, unsigned status = 200) const {
    HttpReply reply = HttpReply::text(document(view, scene(visitor)), "text/html; charset=utf-8");
    reply.status_code = status;
    reply.set("Cache-Control", "no-store");
    return guarded(std::move(reply));
  }

  [[nodiscard]] HttpReply say(unsigned status, const std::string& title, const std::string& text,
                              const Visitor& visitor = {}) const {
    return show(message_view(title, text), visitor, status);
  }

  [[nodiscard]] HttpReply nothing_here(const Visitor& visitor) const {
    return say(404, "Not found", "There is nothing here, or not any more.", visitor);
  }

  /// Nothing: it may go on, as `visitor`.
  [[nodiscard]] std::optional<HttpReply> refusal(const HttpRequest& request, Visitor& visitor) const {
    if (!access_.is_addressed_to_us(request)) {
      return say(421, "Not this host",
                 "This page answers to its address, to localhost, and to the names in page.hosts.");
    }
    visitor = access_.visitor(request, now_seconds());
    if (visitor.may_look) return std::nullopt;
    if (access_.takes_logins()) return see_other("/login");
    return say(403, "Not for you", "The proxy in front of this page did not say who you are.");
  }

  using Show = std::function<asio::awaitable<HttpReply>(HttpRequest, Visitor)>;
  /// For those who may look.
  [[nodiscard]] HttpHandler checked(Show show_it) {
    return [this, show_it = std::move(show_it)](HttpRequest request) -> asio::awaitable<HttpReply> {
      Visitor visitor;
      if (auto refused = refusal(request, visitor)) co_return *std::move(refused);
      co_return co_await show_it(std::move(request), std::move(visitor));
    };
  }
  /// For operators, from a form of ours.
  [[nodiscard]] HttpHandler checked_change(Show change) {
    return checked([this, change = std::move(change)](HttpRequest request,
                                                      Visitor visitor) -> asio::awaitable<HttpReply> {
      if (!access_.may_change(request, visitor, field_of(request, "form_token"))) {
        co_return say(403, "Not allowed",
                      visitor.is_operator
                          ? "The form is not one of this page's, or it is too old: load it anew."
                          : "Only operators may change something.",
                      visitor);
      }
      co_return co_await change(std::move(request), std::move(visitor));
    });
  }

  [[nodiscard]] HttpHandler live_page() {
    return checked([this](HttpRequest request, Visitor visitor) -> asio::awaitable<HttpReply> {
      co_await look();
      const auto view = live_view(scene(visitor), request.path);
      co_return view ? show(*view, visitor) : nothing_here(visitor);
    });
  }

  HttpRoutes routes() {
    HttpRoutes routes;
    for (const char* path : {"/", "/alerts", "/profiles", "/containers/*"})
      routes.get(path, live_page());
    routes.get("/alerts/*", checked([this](HttpRequest request, Visitor visitor) {
                 return show_alert(std::move(request), std::move(visitor));
               }));
    routes.get("/profile", checked([this](HttpRequest request, Visitor visitor) {
                 return show_profile(std::move(request), std::move(visitor));
               }));
    routes.get("/events", HttpFunction([this](const HttpRequest& request) { return events(request); }));
    routes.get("/assets/*", HttpFunction([](const HttpRequest& request) { return asset(request); }));
    routes.get("/login", HttpFunction([this](const HttpRequest& request) { return show_login(request); }));
    routes.post("/login", [this](HttpRequest request) { return log_in(std::move(request)); },
                {.longest_body = kLongestForm});
    routes.post("/logout", checked_change([](HttpRequest, Visitor) -> asio::awaitable<HttpReply> {
                  HttpReply reply = see_other("/login");
                  reply.set("Set-Cookie", PageAccess::logout_cookie());
                  co_return reply;
                }),
                {.longest_body = kLongestForm});
    routes.post("/alerts/*", checked_change([this](HttpRequest request, Visitor visitor) {
                  return judge(std::move(request), std::move(visitor));
                }),
                {.longest_body = kLongestForm});
    return routes;
  }

  asio::awaitable<HttpReply> show_alert(HttpRequest request, Visitor visitor) {
    co_await look();
    const auto work = [this, id = request.rest] { return reader_.alert(id); };
    const auto detail = co_await on_reader(work);
    if (!detail) co_return say(404, "No such alert", detail.error().message(), visitor);
    co_return show(alert_view(scene(visitor), *detail), visitor);
  }

  asio::awaitable<HttpReply> show_profile(HttpRequest request, Visitor visitor) {
    co_await look();
    const auto id = request.query_value("id");
    if (!id) co_return nothing_here(visitor);
    const auto work = [this, name = *id] { return reader_.profile(name); };
    const auto detail = co_await on_reader(work);
    if (!detail) co_return say(404, "No such profile", detail.error().message(), visitor);
    co_return show(profile_view(scene(visitor), *detail), visitor);
  }

  asio::awaitable<HttpReply> judge(HttpRequest request, Visitor visitor) {
    const std::string word = field_of(request, "verb");
    const std::string comment = field_of(request, "comment").substr(0, kLongestComment);
    if (word == "silence" || word == "end-silence")
      co_return co_await silence(std::move(request), std::move(visitor), word, comment);
    if (word != verb_name(OrderVerb::accept) && word != verb_name(OrderVerb::reject))
      co_return say(400, "What is to be done?", "The form says neither accept nor reject.", visitor);
    const OrderVerb verb = word == verb_name(OrderVerb::accept) ? OrderVerb::accept : OrderVerb::reject;
    const auto work = [this, verb, comment, id = request.rest, name = visitor.name] {
      return reader_.judge(id, verb, name, comment);
    };
    const auto judged = co_await on_reader(work);
    log_info("an alert is judged on the page", "alert", request.rest, "verb", word, "by", visitor.name,
             "result", judged ? "done" : judged.error().message());
    if (!judged) co_return say(409, "Not done", judged.error().message(), visitor);
    for (AlertSummary& alert : state_.alerts) {
      if (alert.id == request.rest)
        alert.verdict = {verb == OrderVerb::accept ? "accepted" : "rejected", visitor.name, comment,
                         now_ns()};
    }
    co_return see_other("/alerts/" + url_text(request.rest));
  }

  asio::awaitable<HttpReply> silence(HttpRequest request, Visitor visitor, std::string word,
                                     std::string comment) {
    const std::string alert = request.rest;
    const auto time = silence_time(field_of(request, "for"));
    if (word == "silence" && !time)
      co_return say(400, "For how long?", "The form does not say for how long.", visitor);
    const auto work = [this, word, comment, alert, time, name = visitor.name,
                       id = field_of(request, "silence")]() -> Result<> {
      if (word == "silence") return reader_.silence(alert, *time, name, comment);
      return reader_.end_silence(id, name);
    };
    const auto done = co_await on_reader(work);
    log_info("an alert is silenced on the page, or no longer", "alert", alert, "verb", word, "by",
             visitor.name, "result", done ? "done" : done.error().message());
    if (!done) co_return say(409, "Not done", done.error().message(), visitor);
    kept_since_ = {};  // look() waits until the silences were read anew
    co_return see_other("/alerts/" + url_text(alert));
  }

  HttpReply show_login(const HttpRequest& request) const {
    Visitor visitor;
    const auto refused = refusal(request, visitor);
    if (!refused) return see_other("/");
    if (refused->status_code != 303) return *refused;
    return show(login_view(""), {});
  }

  asio::awaitable<HttpReply> log_in(HttpRequest request) {
    Visitor visitor;
    if (auto refused = refusal(request, visitor); refused && refused->status_code != 303)
      co_return *std::move(refused);
    if (!access_.takes_logins() || !PageAccess::is_from_here(request))
      co_return say(403, "Not allowed", "The form is not one of this page's.");
    const std::string name = field_of(request, "name");
    if (!access_.is_token(field_of(request, "token"))) {
      log_warning("a login to the status page failed", "from", request.peer);
      asio::steady_timer pause(io_, kAfterWrongToken);
      co_await pause.async_wait(asio::use_awaitable);
      co_return show(login_view("This is not the token."), {}, 403);
    }
    if (!PageAccess::is_name(name))
      co_return show(login_view("A name has letters, digits and . _ @ + - only."), {}, 400);
    log_info("login to the status page", "name", name, "from", request.peer);
    HttpReply reply = see_other("/");
    reply.set("Set-Cookie", access_.login_cookie(name, request, now_seconds()));
    co_return reply;
  }

  static HttpReply asset(const HttpRequest& request) {
    const Asset* found = find_asset(request.rest);
    if (found == nullptr) return guarded(HttpReply::status(404));
    const std::string tag = '"' + std::string(found->hash) + '"';
    HttpReply reply = request.header("if-none-match") == tag
                          ? HttpReply::status(304)
                          : HttpReply::text(std::string(found->bytes), std::string(found->content_type));
    reply.set("ETag", tag);
    reply.set("Cache-Control", "no-cache");
    return guarded(std::move(reply));
  }

  // Telling what changes.

  HttpReply events(const HttpRequest& request) {
    Visitor visitor;
    // Not to be led to the login: no browser would show it.
    if (refusal(request, visitor)) return guarded(HttpReply::status(401));
    const auto path = request.query_value("view");
    if (!path) return guarded(HttpReply::status(400));
    auto queue = std::make_shared<EventQueue>(io_.get_executor());
    listeners_.push_back({queue, *path, std::move(visitor), Clock::now()});
    tell(listeners_.back(), *queue);
    return guarded(HttpReply::event_stream(std::move(queue)));
  }

  void tell() {
    for (Listener& listener : listeners_) {
      const auto queue = listener.events.lock();
      if (!queue) continue;
      if (Clock::now() - listener.since > kStreamAge) {
        queue->close();
        listener.events.reset();
      } else {
        tell(listener, *queue);
      }
    }
    std::erase_if(listeners_, [](const Listener& listener) { return listener.events.expired(); });
  }

  void tell(Listener& listener, EventQueue& queue) {
    const Scene now = scene(listener.visitor);
    const auto say_part = [&](const Part& part) {
      std::string& told = listener.told[part.id];
      if (told == part.markup.text) return;
      told = part.markup.text;
      queue.push("part", part_text(part));
    };
    say_part(freshness(now));
    say_part(open_count(now));
    const auto view = live_view(now, listener.path);
    if (!view) return;
    for (const Part& part : view->parts)
      say_part(part);
    if (!view->chart.empty() && view->chart != listener.chart) {
      listener.chart = view->chart;
      queue.push("chart", view->chart);
    }
  }

  PageAccess access_;
  PageReader reader_;  ///< on reading_ only, but for give_up()
  asio::thread_pool reading_{1};
  asio::io_context io_{1};  ///< all else is on its thread
  asio::steady_timer pause_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
  PageState state_;
  ScoreLog scores_;
  std::vector<Listener> listeners_;
  Clock::time_point last_look_{};  ///< as good as never
  Clock::time_point kept_since_{};
  Clock::time_point tried_since_{};
  bool stopping_ = false;
};

StatusPage::StatusPage(std::unique_ptr<Site> site) : site_(std::move(site)) {}
StatusPage::~StatusPage() {
  stop();
}

Result<std::unique_ptr<StatusPage>> StatusPage::open(const PageConfig& config, PageSource source) {
  const BlockedSignals blocked;  // they are the main thread's
  auto site = std::make_unique<Site>(config, std::move(source));
  if (auto opened = site->open(config.listen); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<StatusPage>(new StatusPage(std::move(site)));
}

std::string StatusPage::address() const {
  return site_->address();
}

void StatusPage::stop() {
  site_->stop();
}

}  // namespace da
