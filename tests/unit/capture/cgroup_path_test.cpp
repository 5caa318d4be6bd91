#include "collector/capture/cgroup/cgroup_path.h"

#include <catch2/catch.hpp>

using da::find_cgroup_directory;

namespace {

const std::string kId(64, 'a');

constexpr auto kV2Mounts =
    "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

constexpr auto kV1Mounts =
    "31 22 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n"
    "32 22 0:28 / /sys/fs/cgroup/memory rw shared:11 - cgroup cgroup rw,memory\n"
    "33 22 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    "34 22 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";

}  // namespace

SCENARIO("a container's control group is found whatever the version and the driver") {
  GIVEN("cgroup v2 with the systemd driver") {
    const auto found = find_cgroup_directory("0::/system.slice/docker-" + kId + ".scope\n", kV2Mounts, kId);
    REQUIRE(found == "/sys/fs/cgroup/system.slice/docker-" + kId + ".scope");
  }
  GIVEN("cgroup v2 with the cgroupfs driver") {
    REQUIRE(find_cgroup_directory("0::/docker/" + kId + "\n", kV2Mounts, kId) ==
            "/sys/fs/cgroup/docker/" + kId);
  }
  GIVEN("cgroup v2, the process in a group of the container's own making") {
    const auto found = find_cgroup_directory("0::/docker/" + kId + "/init.scope\n", kV2Mounts, kId);
    REQUIRE(found == "/sys/fs/cgroup/docker/" + kId);
  }
  GIVEN("--cgroup-parent") {
    const auto found = find_cgroup_directory("0::/my/own.slice/" + kId + "\n", kV2Mounts, kId);
    REQUIRE(found == "/sys/fs/cgroup/my/own.slice/" + kId);
  }
  GIVEN("cgroup v1 with several controllers, in any order of their names") {
    const auto found = find_cgroup_directory("5:cpuacct,cpu:/docker/" + kId + "\n0::/\n", kV1Mounts, kId);
    REQUIRE(found == "/sys/fs/cgroup/cpu,cpuacct/docker/" + kId);
  }
  GIVEN("a hybrid in which only the named hierarchy knows the container") {
    const auto found = find_cgroup_directory("1:name=systemd:/docker/" + kId + "\n0::/\n", kV1Mounts, kId);
    REQUIRE(found == "/sys/fs/cgroup/systemd/docker/" + kId);
  }
  GIVEN("a hybrid in which both know it") {
    const auto found =
        find_cgroup_directory("3:memory:/docker/" + kId + "\n0::/docker/" + kId + "\n", kV1Mounts, kId);
    REQUIRE(found == "/sys/fs/cgroup/unified/docker/" + kId);
  }
  GIVEN("a collector in a cgroup namespace of its own, with the host's hierarchy mounted") {
    const auto mounts = "30 22 0:26 /../.. /sys/fs/cgroup ro - cgroup2 cgroup ro,nsdelegate\n";
    REQUIRE(find_cgroup_directory("0::/../docker-" + kId + ".scope\n", mounts, kId) ==
            "/sys/fs/cgroup/*/docker-" + kId + ".scope");
    REQUIRE(find_cgroup_directory("0::/../../other.slice/docker-" + kId + ".scope\n", mounts, kId) ==
            "/sys/fs/cgroup/other.slice/docker-" + kId + ".scope");
    REQUIRE_FALSE(find_cgroup_directory("0::/../../../docker-" + kId + ".scope\n", mounts, kId));
  }
  GIVEN("a collector in a cgroup namespace of its own, with its own part mounted") {
    REQUIRE_FALSE(find_cgroup_directory("0::/../docker-" + kId + ".scope\n", kV2Mounts, kId));
  }
  GIVEN("a mount that shows a part of the hierarchy, with a space in its path") {
    const auto mounts = "40 22 0:26 /docker /mnt/c\\040group rw - cgroup2 cgroup2 rw\n";
    REQUIRE(find_cgroup_directory("0::/docker/" + kId + "\n", mounts, kId) == "/mnt/c group/" + kId);
    REQUIRE_FALSE(find_cgroup_directory("0::/elsewhere/" + kId + "\n", mounts, kId));
  }
}

SCENARIO("without a control group of the container's there is no answer, and no guess") {
  REQUIRE_FALSE(find_cgroup_directory("0::/\n", kV2Mounts, kId));
  REQUIRE_FALSE(find_cgroup_directory("0::/docker/" + std::string(64, 'b') + "\n", kV2Mounts, kId));
  REQUIRE_FALSE(find_cgroup_directory("", kV2Mounts, kId));
  REQUIRE_FALSE(find_cgroup_directory("garbage\n::\n0:" + kId, "garbage\n - - -\n", kId));
  REQUIRE_FALSE(find_cgroup_directory("0::/docker/" + kId, "", kId));
  REQUIRE_FALSE(find_cgroup_directory("0::/docker/x", kV2Mounts, ""));
}
