// A watcher under test, and all that it told, in words: "appeared web", "gone web", "exec web".
//
//   asio::io_context io;
//   WatcherRun run(io, socket, filter);
//   REQUIRE(run_until(io, [&] { return run.heard("appeared web"); }));
#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "collector/docker/watcher.h"
#include "tests/support/run_coroutine.h"

namespace da::test {

class Recorder : public docker::WatcherHandler {
 public:
  void appeared(const Container& container) override {
    containers[container.id] = container;
    told.push_back("appeared " + container.name);
  }
  void gone(const Container& container) override { told.push_back("gone " + container.name); }
  void missed(const Container& container) override { told.push_back("missed " + container.name); }
  void known(const Container& container, bool is_wanted) override {
    known_now[container.id] = container;
    wanted[container.id] = is_wanted;
  }
  void forgotten(const std::string& id) override {
    known_now.erase(id);
    wanted.erase(id);
  }
  void exec_started(const std::string& id) override { told.push_back("exec " + containers.at(id).name); }
  void listening() override { told.push_back("listening"); }
  void disconnected(const std::string& why) override {
    told.push_back("disconnected");
    reason = why;
  }

  [[nodiscard]] std::ptrdiff_t count(const std::string& words) const {
    return std::count(told.begin(), told.end(), words);
  }

  std::vector<std::string> told;
  std::map<std::string, Container> containers;  ///< by id, as they appeared last
  std::map<std::string, Container> known_now;   ///< by id
  std::map<std::string, bool> wanted;
  std::string reason;
};

class WatcherRun {
 public:
  WatcherRun(asio::io_context& io, docker::WatcherConfig config, docker::FilterConfig filter = {})
      : io_(io),
        watcher_(io.get_executor(), std::move(config), docker::TargetFilter(std::move(filter)), recorder) {
    asio::co_spawn(io_, watcher_.run(), [this](std::exception_ptr problem) {
      ended = true;
      failure = problem;
    });
  }
  ~WatcherRun() {
    watcher_.stop();
    run_until(io_, [this] { return ended; });
  }
  WatcherRun(const WatcherRun&) = delete;
  WatcherRun& operator=(const WatcherRun&) = delete;

  void stop() { watcher_.stop(); }
  [[nodiscard]] bool hears(const std::string& words, std::ptrdiff_t times = 1) {
    return run_until(io_, [&] { return recorder.count(words) >= times; });
  }

  Recorder recorder;
  bool ended = false;
  std::exception_ptr failure;

 private:
  asio::io_context& io_;
  docker::Watcher watcher_;
};

}  // namespace da::test
