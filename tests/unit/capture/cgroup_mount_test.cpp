#include "collector/capture/cgroup/cgroup_mount.h"

#include <catch2/catch.hpp>

using da::parse_cgroup_mounts;

SCENARIO("the mounts of control groups are found among the others") {
  const auto mounts = parse_cgroup_mounts(
      "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "31 22 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n"
      "33 22 0:29 /../.. /mnt/a\\040b rw shared:1 master:2 - cgroup2 none rw,nsdelegate\n"
      "34 22 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n");
  REQUIRE(mounts.size() == 3);
  CHECK_FALSE(mounts[0].unified);
  CHECK(mounts[0].point == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK((mounts[0].has("cpu") && mounts[0].has("cpuacct")));
  CHECK_FALSE(mounts[0].has("cpua"));
  CHECK(mounts[1].unified);
  CHECK(mounts[1].root == "/../..");
  CHECK(mounts[1].point == "/mnt/a b");
  CHECK_FALSE(mounts[1].has("rw"));
  CHECK(mounts[2].has("name=systemd"));
}

SCENARIO("what is no mountinfo has no mounts") {
  CHECK(parse_cgroup_mounts("").empty());
  CHECK(parse_cgroup_mounts("garbage\n - - -\n1 2 3 4 5 6 - cgroup\n - cgroup2 x rw\n\n").empty());
}
