// A redis-server of a test's own: on a unix socket in a temporary directory, gone when the test ends.
//
// Used by integration tests of any component. It persists to an append-only file (everysec), so restart()
// shows what a restart shows in the field, and is ended by its pid alone.
//
//   auto redis = PrivateRedis::start();
//   if (!redis) { std::cout << "SKIPPED: no redis-server\n"; return; }
//   redis->endpoint();             // unix:///tmp/da-redis-XXXXXX/redis.sock
//   redis->kill(); redis->run();   // away, and back with the data
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "common/redis/endpoint.h"

namespace da::test {

class PrivateRedis {
 public:
  /// Null if redis-server cannot be run here. `options` are lines for its configuration.
  [[nodiscard]] static std::unique_ptr<PrivateRedis> start(std::vector<std::string> options = {});
  /// The same, not running yet: call run().
  [[nodiscard]] static std::unique_ptr<PrivateRedis> prepare(std::vector<std::string> options = {});
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  /// Waits until it answers PING. False if it does not within 10 s.
  bool run();
  /// SIGKILL, and waits for it.
  void kill();
  /// SIGTERM (data are saved), and waits for it.
  void terminate();
  /// SIGSTOP and SIGCONT: connected, but silent.
  void freeze();
  void thaw();

  [[nodiscard]] redis::Endpoint endpoint(redis::Credentials credentials = {}, int database = 0) const;
  [[nodiscard]] std::string address() const;
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

 private:
  PrivateRedis() = default;
  void end(int signal);

  std::string directory_;
  pid_t pid_ = -1;
};

}  // namespace da::test
