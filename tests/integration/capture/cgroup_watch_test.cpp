// The watch on directories: most of it holds on any file system, the rest is shown in the host's hierarchy.
#include "collector/capture/birth/cgroup_watch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/support/captured_stderr.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::test;
namespace fs = std::filesystem;

namespace {

using Told = std::vector<std::string>;

std::string id(int number) {
  return fmt::format("{:064x}", number);
}
std::string scope(int number) {
  return "docker-" + id(number) + ".scope";
}

/// "appeared 1 a/b": the last digits of the id, and where below the root if not directly in it.
Told read(CgroupWatch& watch) {
  Told told;
  for (const auto& group : watch.read()) {
    const char* news = group.news == CgroupNews::existing   ? "existing"
                       : group.news == CgroupNews::appeared ? "appeared"
                                                            : "gone";
    const auto parent = fs::path(group.directory).parent_path().lexically_relative(watch.root()).string();
    told.push_back(fmt::format("{} {:x}{}", news, std::stoull(group.id.substr(50), nullptr, 16),
                               parent == "." ? "" : " " + parent));
  }
  return told;
}

CgroupWatch watch_at(const std::string& directory, CgroupWatchOptions options = {}) {
  auto watch = CgroupWatch::open_at(directory, options);
  REQUIRE(watch);
  return std::move(*watch);
}

struct Fixture {
  TemporaryDirectory directory;
  [[nodiscard]] std::string path(const std::string& name) const { return directory.path(name); }
  void make(const std::string& name) const { REQUIRE(fs::create_directories(path(name))); }
  void remove(const std::string& name) const { REQUIRE(fs::remove_all(path(name)) > 0); }
};

/// A group of the test's own in the hierarchy that the watch has chosen.
class CgroupFixture {
 public:
  static std::unique_ptr<CgroupFixture> make_or_skip(const std::string& root) {
    auto path = root + fmt::format("/da-test-{}", ::getpid());
    if (::mkdir(path.c_str(), 0755) == 0) return std::unique_ptr<CgroupFixture>(new CgroupFixture(path));
    std::cout << "SKIPPED: no control groups can be made in " << root << '\n';
    return nullptr;
  }
  ~CgroupFixture() { remove(path_); }
  CgroupFixture(const CgroupFixture&) = delete;
  CgroupFixture& operator=(const CgroupFixture&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// As rmdir would: the files in a control group go with it.
  static void remove(const std::string& directory) {
    std::error_code ignored;
    std::vector<std::string> below;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      if (entry.is_directory(ignored)) below.push_back(entry.path().string());
    }
    for (const auto& child : below)
      remove(child);
    ::rmdir(directory.c_str());
  }

 private:
  explicit CgroupFixture(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

bool readable(int fd, int milliseconds) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) == 1;
}

}  // namespace

SCENARIO("containers that exist are told first, then what appears and goes, each once") {
  Fixture f;
  f.make("docker/" + id(1));
  f.make("system.slice/" + scope(2));
  auto watch = watch_at(f.directory.path());
  auto existing = read(watch);
  std::sort(existing.begin(), existing.end());
  CHECK(existing == Told{"existing 1 docker", "existing 2 system.slice"});
  CHECK_FALSE(readable(watch.fd(), 0));
  CHECK(read(watch).empty());

  f.make("docker/" + id(3));
  CHECK(readable(watch.fd(), 5000));
  CHECK(read(watch) == Told{"appeared 3 docker"});
  f.make("system.slice/" + scope(4));
  f.remove("docker/" + id(1));
  CHECK(read(watch) == Told{"appeared 4 system.slice", "gone 1 docker"});
  CHECK(watch.complete());
}

SCENARIO("parents made a moment before are watched, of either driver") {
  Fixture f;
  auto watch = watch_at(f.directory.path());
  f.make("my.slice/my-own.slice/" + scope(1));
  CHECK(read(watch) == Told{"appeared 1 my.slice/my-own.slice"});
  f.make("a/b/c/d/" + id(2));
  f.make("a/b/" + id(3));
  auto told = read(watch);
  std::sort(told.begin(), told.end());
  CHECK(told == Told{"appeared 2 a/b/c/d", "appeared 3 a/b"});
  f.make("a/b/c/" + id(4));
  CHECK(read(watch) == Told{"appeared 4 a/b/c"});
}

SCENARIO("a container's own groups are its own business") {
  Fixture f;
  auto watch = watch_at(f.directory.path());
  f.make(id(1) + "/docker/" + id(2));
  f.make("libpod-" + id(3) + ".scope/x/" + id(4));
  CHECK(read(watch) == Told{"appeared 1"});
  f.make(id(1) + "/" + id(5));
  CHECK(read(watch).empty());
  CHECK(watch.watched() == 1);
}

SCENARIO("files and links are no groups") {
  Fixture f;
  auto watch = watch_at(f.directory.path());
  f.directory.write(id(1), "");
  fs::create_symlink("/", f.path("link"));
  fs::create_directory_symlink("/tmp", f.path(id(2)));
  CHECK(read(watch).empty());
  CHECK(watch.watched() == 1);
}

SCENARIO("directories that are removed are forgotten, and watched anew when they are made again") {
  Fixture f;
  auto watch = watch_at(f.directory.path());
  for (int i = 0; i < 50; ++i) {
    f.make("a/b/c/" + id(1));
    CHECK(read(watch) == Told{"appeared 1 a/b/c"});
    CHECK(watch.watched() == 4);
    f.remove("a");
    CHECK(read(watch) == Told{"gone 1 a/b/c"});
    CHECK(watch.watched() == 1);
  }
  for (int i = 0; i < 50; ++i) {
    f.make("a/b/c");
    f.remove("a");
  }
  f.make("a/b/c");
  (void)read(watch);
  f.make("a/b/c/" + id(2));
  CHECK(read(watch) == Told{"appeared 2 a/b/c"});
  CHECK(watch.complete());  // that a directory is gone is nothing to complain of
}

SCENARIO("a directory that is renamed is watched under its new name") {
  Fixture f;
  f.make("old/sub");
  auto watch = watch_at(f.directory.path());
  fs::rename(f.path("old"), f.path("new"));
  CHECK(read(watch).empty());
  f.make("new/sub/" + id(1));
  CHECK(read(watch) == Told{"appeared 1 new/sub"});
  CHECK(watch.watched() == 3);
}

SCENARIO("more directories than are watched is told once, and the others stay watched") {
  Fixture f;
  std::string log;
  {
    const CapturedStderr captured;
    auto watch = watch_at(f.directory.path(), {.max_directories = 4});
    f.make("a/b/c");
    (void)read(watch);
    CHECK(watch.complete());
    f.make("d");
    f.make("e");
    (void)read(watch);
    CHECK_FALSE(watch.complete());
    f.make("d/" + id(1));
    CHECK(read(watch).empty());
    f.make("a/b/c/" + id(2));
    CHECK(read(watch) == Told{"appeared 2 a/b/c"});
    log = captured.text();
  }
  CHECK(log.find("reason=\"more than 4 directories\"") != std::string::npos);
  CHECK(std::count(log.begin(), log.end(), '\n') == 1);
}

SCENARIO("after an overflow of events everything is looked at, and nothing is told twice") {
  std::size_t queue = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
  if (queue == 0 || queue > 100'000) {
    std::cout << "SKIPPED: fs.inotify.max_queued_events is not to be reached here\n";
    return;
  }
  Fixture f;
  f.make("a/b");
  f.make("docker/" + id(1));
  f.make("docker/" + id(2));
  auto watch = watch_at(f.directory.path());
  REQUIRE(read(watch).size() == 2);
  for (std::size_t i = 0; i < queue / 2 + 10; ++i) {
    REQUIRE(::mkdir(f.path("x").c_str(), 0700) == 0);
    REQUIRE(::rmdir(f.path("x").c_str()) == 0);
  }
  // Nothing of this is told by an event.
  f.remove("docker/" + id(1));
  f.make("docker/" + id(3));
  f.remove("a");
  f.make("c/d/" + id(4));
  Told told;
  while (readable(watch.fd(), 0)) {
    for (auto& line : read(watch))
      told.push_back(line);
  }
  std::sort(told.begin(), told.end());
  CHECK(told == Told{"appeared 3 docker", "appeared 4 c/d", "gone 1 docker"});
  f.make("c/d/" + id(5));
  CHECK(read(watch) == Told{"appeared 5 c/d"});
  CHECK(watch.watched() == 4);
}

SCENARIO("what cannot be watched is an error that says why") {
  const auto nowhere = CgroupWatch::open_at("/nowhere/at/all");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message() == "cannot watch the control groups in /nowhere/at/all: no such directory");
}

SCENARIO("in the host's hierarchy a container's group is told at once, also in parents made with it") {
  auto opened = CgroupWatch::open();
  if (!opened) {
    std::cout << "SKIPPED: " << opened.error().message() << '\n';
    return;
  }
  CgroupWatch watch = std::move(*opened);
  (void)watch.read();
  const auto fixture = CgroupFixture::make_or_skip(watch.root());
  if (!fixture) return;

  // Others use this host, too: what is told is looked at for our own.
  const auto told = [&](CgroupNews news, const std::string& directory) {
    for (int i = 0; i < 100 && readable(watch.fd(), 5000); ++i) {
      for (const auto& group : watch.read()) {
        if (group.news == news && group.directory == directory) return true;
      }
    }
    return false;
  };
  for (int i = 0; i < 200; ++i) {
    const std::string parent = fixture->path(fmt::format("p{}", i));
    const std::string container = parent + "/a.slice/" + (i % 2 == 0 ? id(i) : scope(i));
    // While the watch is being put on the parents, on and off.
    std::thread maker([&] {
      ::mkdir(parent.c_str(), 0755);
      ::mkdir((parent + "/a.slice").c_str(), 0755);
      ::mkdir(container.c_str(), 0755);
    });
    const bool appeared = told(CgroupNews::appeared, container);
    maker.join();
    REQUIRE(appeared);
    CgroupFixture::remove(parent);
    REQUIRE(told(CgroupNews::gone, container));
  }
  CHECK(watch.complete());
}

SCENARIO("a group that is removed in the host's hierarchy leaves no watch behind") {
  auto opened = CgroupWatch::open();
  if (!opened) {
    std::cout << "SKIPPED: " << opened.error().message() << '\n';
    return;
  }
  const auto fixture = CgroupFixture::make_or_skip(opened->root());
  if (!fixture) return;
  auto watch = watch_at(fixture->path());
  const auto watches_of_kernel = [&] {
    std::ifstream info(fmt::format("/proc/self/fdinfo/{}", watch.fd()));
    int count = 0;
    for (std::string line; std::getline(info, line);)
      count += line.starts_with("inotify wd:") ? 1 : 0;
    return count;
  };
  for (int i = 0; i < 20; ++i) {
    REQUIRE(::mkdir(fixture->path("a").c_str(), 0755) == 0);
    REQUIRE(::mkdir(fixture->path("a/b").c_str(), 0755) == 0);
    (void)watch.read();
    CHECK(watch.watched() == 3);
    CgroupFixture::remove(fixture->path("a"));
    (void)watch.read();
    CHECK(watch.watched() == 1);
  }
  CHECK(watches_of_kernel() == 1);
}
