// A daemon that misbehaves as told: for faults that the real one cannot be made to show.
//
// Each connection is one request; a test says what is sent back, byte by byte if it likes, and whether the
// connection then ends or goes on. What is not overridden is answered as a healthy daemon would.
//
//   FakeDocker docker(path);
//   docker.set_container(id, pid);
//   docker.on("/version", [](FakeDocker::Peer& peer) { peer.send("garbage"); });
//   docker.send_event(FakeDocker::event("start", id));
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/unique_fd.h"

namespace da::test {

class FakeDocker {
 public:
  /// The other end of one connection.
  class Peer {
   public:
    Peer(FakeDocker& docker, int fd) : docker_(docker), fd_(fd) {}
    void send(std::string_view bytes) const;
    void reply(int status, std::string_view body) const;
    void send_chunk(std::string_view body) const;
    /// Until the client hangs up or the fake ends.
    void wait_for_hang_up() const;

   private:
    FakeDocker& docker_;
    int fd_;
  };
  using Behaviour = std::function<void(Peer&)>;

  explicit FakeDocker(const std::string& path);
  ~FakeDocker();
  FakeDocker(const FakeDocker&) = delete;
  FakeDocker& operator=(const FakeDocker&) = delete;

  /// Requests whose target contains `part` are answered so; an empty function restores the default.
  void on(const std::string& part, Behaviour behaviour);
  /// Requests whose target contained `part`.
  [[nodiscard]] int requests(const std::string& part) const;
  /// A running container (the name is the id's first letter), or none with pid 0.
  void set_container(const std::string& id, int pid);
  /// A container that does not run; shown in the list with this name and image, unless the name is empty.
  void set_created(const std::string& id, const std::string& name, const std::string& image = "nginx");
  /// To all subscribers.
  void send_event(const std::string& line);
  /// Ends all subscriptions, in the middle of a line.
  void cut_streams();

  [[nodiscard]] static std::string event(const std::string& action, const std::string& id);
  [[nodiscard]] static std::string inspect_body(const std::string& id, int pid);
  /// The container that set_created() made, of which the list does not know the image as it was given.
  [[nodiscard]] static std::string created_body(const std::string& id, const std::string& name);

 private:
  void accept_loop();
  void serve(int fd);
  void answer(const std::string& target, Peer& peer);
  void stream_events(Peer& peer);
  [[nodiscard]] std::string list_body(const std::string& target) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Behaviour> behaviours_;
  std::map<std::string, int> containers_;
  std::map<std::string, std::pair<std::string, std::string>> created_;  // name, image
  std::vector<std::string> targets_;
  std::vector<std::string> events_;
  int cuts_ = 0;
  std::atomic<bool> ending_{false};
  UniqueFd listener_;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace da::test
