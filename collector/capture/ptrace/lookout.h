// The lookout: a thread that finds what is to be traced, and tells the tracer that will do it.
//
// Owned by ptrace_capture. It waits for control groups of containers to appear, for the runtime to fork
// (docker exec), for orders of the wiring, and for the times at which tracers want to be woken; and it
// compares now and then what runs in a container with what is traced.
//
//   Lookout lookout(tracers, directory, options);
//   lookout.start();
//   lookout.watch(container);    // any thread
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "collector/capture/birth/cgroup_watch.h"
#include "collector/capture/birth/fork_events.h"
#include "collector/capture/container_directory.h"
#include "collector/capture/ptrace/tracer_thread.h"
#include "common/wakeup.h"

namespace da::ptrace {

struct LookoutOptions {
  bool births = false;
  std::chrono::milliseconds rescan_interval{20};
  /// Called on the lookout's thread when the control group of a container is gone.
  std::function<void(const std::string& id)> ended = {};
};

class Lookout {
 public:
  /// The tracers and the directory outlive it.
  Lookout(std::span<const std::unique_ptr<TracerThread>> tracers, ContainerDirectory& directory,
          LookoutOptions options);
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;
  ~Lookout();

  /// Begins the thread. What tracers learn by it they learn later than whoever made this.
  void start();

  // From any thread.
  void watch(const Container& container);
  void unwatch(const Container& container);
  void expect(const std::string& id);
  /// Compares what runs in the container with what is traced, soon.
  void doubt(const std::string& id);
  /// Ends the thread. Idempotent.
  void stop();

 private:
  struct Watch {
    std::shared_ptr<const Container> container;
  };
  struct Unwatch {
    std::string id;
    Pid init{};
  };
  struct Expect {
    std::string id;
  };
  struct Doubt {
    std::string id;
  };
  struct DirectoryChanged {};
  using Order = std::variant<Watch, Unwatch, Expect, Doubt, DirectoryChanged>;

  /// A container's control group.
  struct Group {
    std::shared_ptr<const Container> container;  ///< null until watch()
    std::string directory;                       ///< empty: not found
    std::size_t tracer = 0;
    std::vector<Pid> seen;  ///< at the last look, sorted
    std::optional<Pid> shim;
    std::optional<MonotonicTime> entered;  ///< when a process was first seen in it
    MonotonicTime appeared{};
    MonotonicTime next_look{};
    MonotonicTime next_comparison{};
  };

  void order(Order order);
  void run();
  void open_birth_watches();
  void wait();
  [[nodiscard]] MonotonicTime next_time() const;

  [[nodiscard]] std::vector<Order> take_orders();
  void forget_unwanted_births();
  void handle(const Watch& order);
  void handle(const Unwatch& order);
  void handle(const Expect& order);
  void handle(const Doubt& order);
  void handle(const DirectoryChanged& order);

  void take_births();
  void take_forks();
  void look_at_children(const Group& group, const std::string& id);
  void update_shims();
  void look(const std::string& id, Group& group, MonotonicTime now);
  void compare(const std::string& id, const Group& group);
  [[nodiscard]] std::size_t least_busy_tracer() const;
  [[nodiscard]] MonotonicTime usual_interval() const;

  std::span<const std::unique_ptr<TracerThread>> tracers_;
  ContainerDirectory& directory_;
  LookoutOptions options_;
  std::optional<CgroupWatch> cgroups_;
  std::optional<ForkEvents> forks_;
  std::map<std::string, Group> groups_;  ///< by container id
  std::map<Pid, std::string> shims_;     ///< whose container

  std::mutex mutex_;
  std::vector<Order> orders_;
  Wakeup ordered_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: uses all of the above
};

}  // namespace da::ptrace
