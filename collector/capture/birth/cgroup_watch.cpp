#include "collector/capture/birth/cgroup_watch.h"

#include <filesystem>
#include <memory>
#include <utility>

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "collector/capture/birth/container_cgroup.h"
#include "common/file.h"
#include "common/log.h"

namespace da {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::size_t kMaxMountinfo = 4U << 20U;
constexpr int kReadsAtOnce = 16;  // then the caller's other work gets its turn; fd() stays readable

/// 0: there is no such directory.
ino_t inode_of_directory(const std::string& path) {
  struct stat status {};
  const bool is_directory = ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  return is_directory ? status.st_ino : 0;
}

/// In a container without the host's hierarchy, and in a cgroup namespace of its own, what is mounted is the
/// container's own group, and mountinfo calls it "/" all the same. The kernel's first inode cannot lie.
bool is_whole_hierarchy(const CgroupMount& mount) {
  constexpr ino_t kRootInode = 1;
  return inode_of_directory(mount.point) == kRootInode;
}

}  // namespace

Result<CgroupWatch> CgroupWatch::open(CgroupWatchOptions options) {
  const auto mounts = parse_cgroup_mounts(read_file_prefix("/proc/self/mountinfo", kMaxMountinfo));
  const auto hierarchies = docker_hierarchies(mounts);
  if (hierarchies.empty())
    return fail("no control group hierarchy is mounted: is the host's /sys/fs/cgroup missing here?");
  for (const CgroupMount& hierarchy : hierarchies) {
    if (is_whole_hierarchy(hierarchy)) return open_at(hierarchy.point, options);
  }
  return fail("only a part of the control groups is to be seen at " + hierarchies.front().point +
              ": mount the host's /sys/fs/cgroup there, read-only");
}

Result<CgroupWatch> CgroupWatch::open_at(std::string directory, CgroupWatchOptions options) {
  UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  // EMFILE here is more often fs.inotify.max_user_instances than a lack of descriptors.
  if (!inotify) return fail_errno("inotify (see fs.inotify.max_user_instances)");
  CgroupWatch watch(std::move(inotify), std::move(directory), options);
  watch.follow(watch.root_);
  if (watch.watched() == 0) {
    return fail("cannot watch the control groups in " + watch.root_ + ": " +
                (watch.complete() ? "no such directory" : watch.incomplete_));
  }
  watch.first_news_ = CgroupNews::appeared;
  return watch;
}

CgroupWatch::CgroupWatch(UniqueFd inotify, std::string root, CgroupWatchOptions options)
    : inotify_(std::move(inotify)), root_(std::move(root)), options_(options) {}

std::vector<ContainerCgroup> CgroupWatch::read() {
  alignas(inotify_event) char buffer[32'768];
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const auto got = ::read(inotify_.get(), buffer, sizeof buffer);
    if (got <= 0) break;
    for (const char* at = buffer; at < buffer + got;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        rescan();
      } else if ((event.mask & IN_IGNORED) != 0) {
        forget_watch(event.wd);
      } else if ((event.mask & IN_ISDIR) != 0 && event.len > 0) {
        const auto parent = directories_.find(event.wd);
        // A copy, since looking may forget the parent. Not found: an event from before it was forgotten.
        if (parent != directories_.end()) look(std::string(parent->second), event.name);
      }
    }
  }
  return std::exchange(news_, {});
}

/// Compares what is there under this name now with what is known.
void CgroupWatch::look(const std::string& parent, const std::string& name) {
  std::string path = parent + '/' + name;
  if (const auto id = docker_container_id(name)) {
    look_at_container(*id, path);
  } else if (!holds_container_id(name)) {
    follow(path);
  }
}

void CgroupWatch::look_at_container(const std::string& id, const std::string& directory) {
  const auto known = containers_.find(id);
  if (known != containers_.end()) {
    const Known& before = known->second;
    if (inode_of_directory(before.directory) == before.inode) return;
    news_.push_back({CgroupNews::gone, id, before.directory});
    containers_.erase(known);
  }
  const ino_t inode = inode_of_directory(directory);
  if (inode == 0) return;
  containers_[id] = {directory, inode};
  news_.push_back({first_news_, id, directory});
}

/// Watches a directory and all below it, unless it is watched already; or finds that it is gone.
void CgroupWatch::follow(const std::string& directory) {
  std::vector<std::string> todo{directory};
  while (!todo.empty()) {
    const std::string next = std::move(todo.back());
    todo.pop_back();
    // What is made in it from here on is told by an event; what was made before is found by the scan.
    if (watch(next)) scan(next, todo);
  }
}

/// Looks at the containers in a directory; the directories that are to be followed are appended to `found`.
void CgroupWatch::scan(const std::string& directory, std::vector<std::string>& found) {
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  const std::unique_ptr<DIR, Close> stream(::opendir(directory.c_str()));
  if (!stream) return;
  // The stream is this function's own: no other thread reads it.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
    std::string path = directory;
    path.append("/").append(name);
    if (const auto id = docker_container_id(name)) {
      look_at_container(*id, path);
    } else if (!holds_container_id(name)) {
      found.push_back(std::move(path));
    }
  }
}

/// True if it was not watched before and now is.
bool CgroupWatch::watch(const std::string& directory) {
  const auto known = watches_.find(directory);
  if (known == watches_.end() && watches_.size() >= options_.max_directories) {
    // Gone ones need no watch: look before complaining.
    if (inode_of_directory(directory) != 0)
      set_incomplete(fmt::format("more than {} directories", options_.max_directories));
    return false;
  }
  int error = 0;
  const auto add = [&] {
    const int added =
        ::inotify_add_watch(inotify_.get(), directory.c_str(), kEvents | IN_ONLYDIR | IN_DONT_FOLLOW);
    error = added < 0 ? errno : 0;
    return added;
  };
  int descriptor = add();
  if (known != watches_.end()) {
    if (descriptor == known->second) return false;
    forget(directory);  // gone, or another one of the same name
  }
  if (const auto moved = directories_.find(descriptor); moved != directories_.end()) {
    // It had another name. What is below is found anew, under a new descriptor.
    forget(std::string(moved->second));
    descriptor = add();
  }
  if (descriptor < 0) {
    if (error == ENOSPC) {
      set_incomplete("fs.inotify.max_user_watches is too low");
    } else if (error != ENOENT && error != ENOTDIR) {
      set_incomplete(directory + ": " + std::generic_category().message(error));
    }
    return false;
  }
  watches_[directory] = descriptor;
  directories_[descriptor] = directory;
  return true;
}

/// Events were lost: everything is compared anew.
void CgroupWatch::rescan() {
  log_debug("control group events came too fast, looking at all of them", "directories", watched());
  const auto containers = containers_;
  for (const auto& [id, known] : containers)
    look_at_container(id, known.directory);
  const auto watches = watches_;
  for (const auto& [directory, descriptor] : watches) {
    if (!watches_.contains(directory)) continue;  // went with its parent
    if (inode_of_directory(directory) == 0) {
      forget(directory);
      continue;
    }
    // Also a directory that was watched all the time may have children that nobody told of.
    follow(directory);
    std::vector<std::string> children;
    scan(directory, children);
    for (const std::string& child : children)
      follow(child);
  }
}

/// A directory and all below it.
void CgroupWatch::forget(const std::string& directory) {
  const auto forget_one = [this](auto at) {
    // Not every kernel ends the watch of a control group that was removed.
    ::inotify_rm_watch(inotify_.get(), at->second);
    directories_.erase(at->second);
    return watches_.erase(at);
  };
  if (const auto at = watches_.find(directory); at != watches_.end()) forget_one(at);
  const std::string below = directory + '/';
  for (auto at = watches_.lower_bound(below); at != watches_.end() && at->first.starts_with(below);)
    at = forget_one(at);
  std::erase_if(containers_, [&](const auto& entry) {
    const auto& [id, known] = entry;
    if (!known.directory.starts_with(below)) return false;
    news_.push_back({CgroupNews::gone, id, known.directory});
    return true;
  });
}

/// The kernel ended this watch, since its directory is gone or unmounted.
void CgroupWatch::forget_watch(int descriptor) {
  const auto directory = directories_.find(descriptor);
  if (directory == directories_.end()) return;  // we did, before
  if (directory->second == root_) set_incomplete(root_ + " is gone");
  forget(std::string(directory->second));
}

void CgroupWatch::set_incomplete(const std::string& reason) {
  if (!complete()) return;
  incomplete_ = reason;
  if (watched() == 0) return;  // open() fails and says it
  log_warning("cannot watch all control groups: new containers may be noticed late", "reason", reason);
}

}  // namespace da
