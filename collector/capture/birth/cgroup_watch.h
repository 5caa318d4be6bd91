// Tells when the control group of a Docker container appears: within a millisecond, while `runc init` still
// waits to execute the container's program.
//
// Used by capture's loop, which polls fd(). inotify on every directory of one hierarchy that may get a
// container as its child; a container's own directory is not descended into. As in docker/container_set, an
// event is not believed, only followed: it says "look at this name", so neither order nor doubles matter.
//
//   auto watch = CgroupWatch::open();
//   if (!watch) return tl::unexpected(watch.error());   // the caller falls back to Docker's events
//   for (const ContainerCgroup& group : watch->read())  // when fd() is readable, and once at the start
//     if (group.news == CgroupNews::appeared) seize_processes_of(group.directory);
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <sys/types.h>

#include "common/result.h"
#include "common/unique_fd.h"

namespace da {

enum class CgroupNews : std::uint8_t {
  existing,  ///< it was there when the watch began
  appeared,  ///< and its first process comes in a moment, or has
  gone,      ///< removed, which Docker does after the last process ended
};

struct ContainerCgroup {
  CgroupNews news = CgroupNews::appeared;
  std::string id;
  std::string directory;
};

struct CgroupWatchOptions {
  std::size_t max_directories = 16'384;  ///< watched at once
};

class CgroupWatch {
 public:
  /// Watches the hierarchy in which Docker makes groups. Errors: there is none, or only a part of each is to
  /// be seen (a collector in a container, without the host's /sys/fs/cgroup), or no inotify.
  [[nodiscard]] static Result<CgroupWatch> open(CgroupWatchOptions options = {});
  /// Watches what is below this directory.
  [[nodiscard]] static Result<CgroupWatch> open_at(std::string directory, CgroupWatchOptions options = {});

  /// Readable when there is something to read().
  [[nodiscard]] int fd() const noexcept { return inotify_.get(); }
  /// What happened since the last call; the first call also returns what existed. Does not wait. A
  /// container that restarted is gone, then appeared.
  [[nodiscard]] std::vector<ContainerCgroup> read();

  /// False once something could not be watched: too many directories, or a limit of the kernel's. A container
  /// may then appear without notice.
  [[nodiscard]] bool complete() const noexcept { return incomplete_.empty(); }
  /// The directory below which it watches, and how many it watches.
  [[nodiscard]] const std::string& root() const noexcept { return root_; }
  [[nodiscard]] std::size_t watched() const noexcept { return watches_.size(); }

 private:
  struct Known {
    std::string directory;
    ino_t inode = 0;  ///< a new one for every group that is made, though the path be the same
  };

  CgroupWatch(UniqueFd inotify, std::string root, CgroupWatchOptions options);

  void look(const std::string& parent, const std::string& name);
  void look_at_container(const std::string& id, const std::string& directory);
  void follow(const std::string& directory);
  void scan(const std::string& directory, std::vector<std::string>& found);
  bool watch(const std::string& directory);
  void rescan();
  void forget(const std::string& directory);
  void forget_watch(int descriptor);
  void set_incomplete(const std::string& reason);

  UniqueFd inotify_;
  std::string root_;
  CgroupWatchOptions options_;
  std::string incomplete_;                        ///< why, if so
  CgroupNews first_news_ = CgroupNews::existing;  ///< what a container is that was not known
  std::map<std::string, int> watches_;            ///< watch descriptor of each directory
  std::unordered_map<int, std::string> directories_;
  std::map<std::string, Known> containers_;  ///< by id
  std::vector<ContainerCgroup> news_;
};

}  // namespace da
