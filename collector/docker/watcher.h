// Tells which containers appear and which are gone, each once, whatever the daemon does meanwhile.
//
// Used by the collector's wiring. The rules are container_set's; this is the I/O around them: subscribe to
// events, then list, inspect what either names, and after a break begin again. It logs how it gets on with
// the daemon; what becomes of the containers is for the handler to log.
//
//   Watcher watcher(io.get_executor(), config, TargetFilter(filter, find_own_container()), handler);
//   asio::co_spawn(io, watcher.run(), on_end);
//   ...
//   watcher.stop();                 // run() returns; what is watched stays so, without gone()
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "collector/docker/client.h"
#include "collector/docker/container_set.h"
#include "collector/docker/watcher_config.h"
#include "common/asio.h"
#include "common/backoff.h"
#include "common/child_group.h"

namespace da::docker {

/// Called on the watcher's executor; must not block. An exception ends run() with it.
class WatcherHandler {
 public:
  virtual ~WatcherHandler() = default;
  /// There is such a container, whether it runs or not; or its name has changed. As a rule before it starts,
  /// and always before appeared(). init is 0. `wanted`: it is to be watched when it runs.
  virtual void known(const Container& container, bool wanted) = 0;
  /// A known container was removed.
  virtual void forgotten(const std::string& id) = 0;
  /// A container to be watched runs.
  virtual void appeared(const Container& container) = 0;
  /// It has ended, or runs anew (appeared() follows), or was renamed out of the filter. The container is as
  /// it appeared: its init names the run that is over, and the next run may have begun long ago.
  virtual void gone(const Container& container) = 0;
  /// A container to be watched started and ended before it could be inspected. What is known of it may be
  /// less than known() told; init is 0.
  virtual void missed(const Container& container) = 0;
  /// Docker is about to execute something in a watched container: its process comes now or in a moment.
  virtual void exec_started(const std::string& id) = 0;
  /// Events arrive, and the containers that run already are known or being inspected. A container that
  /// started a moment ago may appear before this.
  virtual void listening() = 0;
  /// The daemon cannot be reached, or no longer: once until the next listening(). What is watched stays
  /// so; gone() and appeared() follow when the daemon is back.
  virtual void disconnected(const std::string& reason) = 0;
};

class Watcher {
 public:
  /// `executor`: a strand, or of a single-threaded io_context. The handler outlives the watcher.
  Watcher(asio::any_io_executor executor, WatcherConfig config, const TargetFilter& filter,
          WatcherHandler& handler);
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Runs until stop(). Once only.
  [[nodiscard]] asio::awaitable<void> run();
  /// On the executor only: from now on that filter counts. What it no longer wants is gone() at once.
  void set_filter(const TargetFilter& filter);
  /// On the executor only. Idempotent.
  void stop();

 private:
  asio::awaitable<void> session();
  asio::awaitable<void> follow(EventStream& events);
  asio::awaitable<void> list();
  asio::awaitable<void> tend();
  asio::awaitable<void> look(std::string id);
  asio::awaitable<void> ask(std::string id);
  asio::awaitable<void> wait_before_retry();

  void end_session(std::string reason);
  void apply(Actions actions);
  void start_requests();
  void complain(const char* message, const std::string& id, const Error& error);
  void set_listening();
  void set_disconnected();

  void act(Look action);
  void act(Ask action);
  void act(const Known& action);
  void act(const Forgotten& action);
  void act(const Appeared& action);
  void act(const Gone& action);
  void act(const Missed& action);
  void act(const ExecStarted& action);

  WatcherConfig config_;
  WatcherHandler& handler_;
  Client client_;
  ContainerSet set_;
  Backoff backoff_;
  ChildGroup children_;
  asio::steady_timer timer_;

  bool stopping_ = false;
  bool reported_down_ = false;  ///< disconnected() was called since the last listening()
  // Of the session:
  bool ending_ = false;
  std::string reason_;  ///< why it ends
  std::string api_version_;
  std::optional<std::chrono::steady_clock::time_point> listening_since_;
  std::deque<std::string> looks_;  ///< to be sent
  std::size_t looks_running_ = 0;
  std::deque<std::string> asks_;  ///< apart from the looks, which may have to wait for a start
  std::size_t asks_running_ = 0;
  std::set<std::string> complained_;  ///< of what fails again and again, the log hears once
};

}  // namespace da::docker
