#include "collector/docker/watcher.h"

#include <utility>
#include <variant>

#include "common/log.h"

namespace da::docker {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxLooks = 8;  // at once: one that hangs must not hold up the others
constexpr std::size_t kMaxAsks = 8;
constexpr int kMaxUnansweredPings = 2;  // a busy daemon may miss one

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

Watcher::Watcher(asio::any_io_executor executor, WatcherConfig config, const TargetFilter& filter,
                 WatcherHandler& handler)
    : config_(std::move(config)),
      handler_(handler),
      client_(executor, config_.socket, config_.request_timeout),
      set_(filter),
      backoff_(config_.first_backoff, config_.longest_backoff),
      children_(executor, [this] { end_session("internal error"); }),
      timer_(executor) {}

asio::awaitable<void> Watcher::run() {
  while (!stopping_) {
    co_await session();
    if (stopping_) break;
    set_disconnected();
    if (stopping_) break;  // by the handler
    co_await wait_before_retry();
  }
}

void Watcher::set_filter(const TargetFilter& filter) {
  // Before it listens, or with no session, the list is to come.
  apply(set_.set_filter(filter, listening_since_.has_value() && !ending_));
}

void Watcher::stop() {
  stopping_ = true;
  end_session("stopped");
  // With no session, run() is waiting to begin one.
  timer_.cancel();
}

/// One connection to the daemon, from the first request until everything about it has ended.
asio::awaitable<void> Watcher::session() {
  ending_ = false;
  reason_.clear();
  listening_since_.reset();

  // A second of events from before is asked for as well: clocks are coarse, and an old event does no harm.
  const std::int64_t since_ns = now_ns() - 1'000'000'000;
  auto version = co_await client_.negotiate();
  if (!version) end_session(version.error().message());
  if (ending_) co_return;
  api_version_ = *version;

  auto events = co_await client_.events(since_ns);
  if (!events) end_session(events.error().message());
  if (ending_) co_return;

  children_.spawn(follow(**events));
  children_.spawn(list());
  children_.spawn(tend());
  co_await children_.join();
  set_.disconnected();
}

asio::awaitable<void> Watcher::follow(EventStream& events) {
  while (!ending_) {
    const auto event = co_await events.next();
    if (ending_) co_return;
    if (event) {
      apply(set_.event(*event));
    } else {
      end_session(event.error().message());
    }
  }
}

asio::awaitable<void> Watcher::list() {
  const auto all = co_await client_.list_all();
  if (ending_) co_return;
  if (!all) {
    end_session(all.error().message());
    co_return;
  }
  set_listening();
  apply(set_.listed(*all));
}

/// Retries what failed, and asks whether the daemon is still there: a hung one keeps its sockets open.
asio::awaitable<void> Watcher::tend() {
  int unanswered = 0;
  auto next_ping = SteadyClock::now() + config_.ping_interval;
  while (!ending_) {
    error_code cancelled;
    timer_.expires_after(std::min(config_.retry_interval, config_.ping_interval));
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (ending_) co_return;
    apply(set_.retry());

    if (SteadyClock::now() < next_ping) continue;
    const auto pong = co_await client_.ping();
    if (ending_) co_return;
    unanswered = pong ? 0 : unanswered + 1;
    if (unanswered == kMaxUnansweredPings) end_session("no answer to ping: " + pong.error().message());
    next_ping = SteadyClock::now() + config_.ping_interval;
  }
}

asio::awaitable<void> Watcher::look(std::string id) {
  const auto state = co_await client_.inspect(id);
  --looks_running_;
  if (ending_) co_return;
  if (state) {
    complained_.erase(id);
    apply(set_.looked(id, *state));
  } else {
    complain("cannot inspect container, trying again", id, state.error());
    apply(set_.look_failed(id));
  }
  start_requests();
}

asio::awaitable<void> Watcher::ask(std::string id) {
  const auto entry = co_await client_.list_one(id);
  --asks_running_;
  if (ending_) co_return;
  if (entry) {
    apply(set_.told(id, *entry));
  } else {
    complain("cannot ask docker about container, trying again", id, entry.error());
    apply(set_.ask_failed(id));
  }
  start_requests();
}

asio::awaitable<void> Watcher::wait_before_retry() {
  // Only a session that lasted shows that the daemon is well: one that breaks at once must not be
  // repeated ten times a second.
  const bool lasted = listening_since_ && SteadyClock::now() - *listening_since_ > config_.longest_backoff;
  if (lasted) backoff_.reset();
  error_code cancelled;
  timer_.expires_after(backoff_.next(random_fraction()));
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

/// Lets every coroutine of the session run to its end; session() then returns. The first reason counts.
void Watcher::end_session(std::string reason) {
  if (ending_) return;
  ending_ = true;
  reason_ = std::move(reason);
  looks_.clear();
  asks_.clear();
  complained_.clear();
  timer_.cancel();
  client_.abort();
}

void Watcher::apply(Actions actions) {
  for (Action& action : actions) {
    if (stopping_) return;  // by the handler, on an action before
    std::visit([this](auto& one) { act(std::move(one)); }, action);
  }
  start_requests();
}

void Watcher::start_requests() {
  while (!ending_ && asks_running_ < kMaxAsks && !asks_.empty()) {
    std::string id = std::move(asks_.front());
    asks_.pop_front();
    ++asks_running_;
    children_.spawn(ask(std::move(id)));
  }
  while (!ending_ && looks_running_ < kMaxLooks && !looks_.empty()) {
    std::string id = std::move(looks_.front());
    looks_.pop_front();
    ++looks_running_;
    children_.spawn(look(std::move(id)));
  }
}

void Watcher::complain(const char* message, const std::string& id, const Error& error) {
  if (complained_.insert(id).second) log_warning(message, "id", id, "reason", error.message());
}

void Watcher::set_listening() {
  reported_down_ = false;
  listening_since_ = SteadyClock::now();
  log_info("listening for docker events", "socket", config_.socket, "api", api_version_);
  handler_.listening();
}

void Watcher::set_disconnected() {
  log_debug("docker session ended", "reason", reason_);
  if (std::exchange(reported_down_, true)) return;
  log_warning("docker is not reachable, trying again", "reason", reason_, "watched", set_.size());
  handler_.disconnected(reason_);
}

void Watcher::act(Look action) {
  looks_.push_back(std::move(action.id));
}

void Watcher::act(Ask action) {
  asks_.push_back(std::move(action.id));
}

void Watcher::act(const Known& action) {
  handler_.known(action.container, action.wanted);
}

void Watcher::act(const Forgotten& action) {
  handler_.forgotten(action.id);
}

void Watcher::act(const Appeared& action) {
  handler_.appeared(action.container);
}

void Watcher::act(const Gone& action) {
  handler_.gone(action.container);
}

void Watcher::act(const Missed& action) {
  handler_.missed(action.container);
}

void Watcher::act(const ExecStarted& action) {
  handler_.exec_started(action.id);
}

}  // namespace da::docker
