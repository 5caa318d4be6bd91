#include "collector/capture/birth/container_cgroup.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

const std::string kId = "4f6b" + std::string(60, '0');

CgroupMount v1(const std::string& controllers, const std::string& point) {
  return {false, "rw," + controllers, "/", point};
}
CgroupMount v2(const std::string& point) {
  return {true, "rw,nsdelegate", "/", point};
}

/// Where they are mounted, the first to be tried first.
std::vector<std::string> chosen(const std::vector<CgroupMount>& mounts) {
  std::vector<std::string> points;
  for (const auto& mount : docker_hierarchies(mounts))
    points.push_back(mount.point);
  return points;
}

using Points = std::vector<std::string>;

}  // namespace

SCENARIO("a container's own group is known by its name, with either driver") {
  CHECK(docker_container_id(kId) == kId);
  CHECK(docker_container_id("docker-" + kId + ".scope") == kId);
}

SCENARIO("groups about a container, of other runtimes, and slices are no container of Docker's") {
  for (const std::string& name :
       {std::string("docker"), std::string("system.slice"), std::string("docker-.scope"), kId.substr(1),
        kId + "0", "x" + kId, kId + ".scope", "docker-" + kId, "libpod-" + kId + ".scope",
        "cri-containerd-" + kId + ".scope", "docker-" + kId.substr(1) + ".scope", std::string(64, 'A'),
        std::string(), std::string("..")}) {
    INFO(name);
    CHECK_FALSE(docker_container_id(name));
  }
}

SCENARIO("what holds a container's id is not descended into") {
  CHECK(holds_container_id(kId));
  CHECK(holds_container_id("docker-" + kId + ".scope"));
  CHECK(holds_container_id("libpod-" + kId + ".scope"));
  CHECK(holds_container_id("crio-conmon-" + kId));
  CHECK_FALSE(holds_container_id("docker"));
  CHECK_FALSE(holds_container_id("system.slice"));
  CHECK_FALSE(holds_container_id(kId.substr(1)));
  CHECK_FALSE(holds_container_id(kId.substr(0, 32) + "-" + kId.substr(32)));
}

SCENARIO("Docker uses cgroup v2 if that is mounted on /sys/fs/cgroup itself, else v1") {
  GIVEN("v2 alone") {
    CHECK(chosen({v2("/sys/fs/cgroup")}) == Points{"/sys/fs/cgroup"});
  }
  GIVEN("v1 alone: any hierarchy will do, a later one if the first shows a part only") {
    CHECK(chosen({v1("cpu,cpuacct", "/c/cpu"), v1("memory", "/c/memory"), v1("name=systemd", "/c/systemd"),
                  v1("perf_event", "/c/perf"), v1("pids", "/c/pids")}) ==
          Points{"/c/pids", "/c/memory", "/c/cpu", "/c/systemd"});
  }
  GIVEN("a hybrid: v1 with v2 beside it") {
    CHECK(chosen({v1("pids", "/sys/fs/cgroup/pids"), v2("/sys/fs/cgroup/unified")}) ==
          Points{"/sys/fs/cgroup/pids"});
  }
  GIVEN("v2, and a v1 hierarchy that someone mounted for himself") {
    CHECK(chosen({v1("name=mine", "/mnt/mine"), v1("freezer", "/mnt/freezer"), v2("/sys/fs/cgroup")}) ==
          Points{"/sys/fs/cgroup"});
  }
  GIVEN("a collector in a container that got the host's v2 elsewhere") {
    CHECK(chosen({v2("/sys/fs/cgroup"), v2("/host/cgroup")}) == Points{"/sys/fs/cgroup", "/host/cgroup"});
    CHECK(chosen({v2("/host/cgroup")}) == Points{"/host/cgroup"});
  }
  GIVEN("nothing") {
    CHECK(chosen({}).empty());
    CHECK(chosen({v1("perf_event", "/c/perf")}).empty());
  }
}
