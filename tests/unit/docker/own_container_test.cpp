#include "collector/docker/own_container.h"

#include <catch2/catch.hpp>

using namespace da::docker;

namespace {

const std::string kId = "0383c2ffb27fbfd3cc0548d5c91fafd1a40c08c20fcd755ba37edfa129f26e6f";
const std::string kOther(64, 'e');

/// What Docker mounts into a container: one line, for the container `id`.
std::string mount_line(const std::string& id, const std::string& mount_point) {
  return "1042 1030 8:1 /var/lib/docker/containers/" + id + "/hostname " + mount_point +
         " rw,relatime - ext4 /dev/sda1 rw\n";
}

}  // namespace

SCENARIO("cgroup v1 names the container in every hierarchy") {
  CHECK(own_container_id("9:name=systemd:/docker/" + kId + "\n8:pids:/docker/" + kId + "\n0::/\n", "", "") ==
        kId);
}

SCENARIO("cgroup v2 names the container, with cgroupfs and with systemd") {
  CHECK(own_container_id("0::/docker/" + kId + "\n", "", "") == kId);
  CHECK(own_container_id("0::/system.slice/docker-" + kId + ".scope\n", "", "") == kId);
  CHECK(own_container_id("0::/kubepods.slice/pod1.slice/cri-containerd-" + kId + ".scope\n", "", "") == kId);
  CHECK(own_container_id("0::/docker/" + kId + "/init.scope\n", "", "") == kId);
}

SCENARIO("of nested containers the innermost is meant") {
  CHECK(own_container_id("0::/docker/" + kOther + "/docker/" + kId + "\n", "", "") == kId);
}

SCENARIO("with a private cgroup namespace the mounted files name the container") {
  CHECK(own_container_id("0::/\n", "1 2 0:1 / / rw - overlay overlay rw\n" + mount_line(kId, "/etc/hostname"),
                         "") == kId);
  CHECK(own_container_id("0::/\n", mount_line(kId, "/etc/resolv.conf"), "") == kId);
  // A host's directory mounted somewhere else says nothing of us.
  CHECK(own_container_id("0::/\n", mount_line(kOther, "/mnt/hostname"), "") == "");
}

SCENARIO("the host name is the last resort") {
  CHECK(own_container_id("0::/\n", "", kId.substr(0, 12)) == kId.substr(0, 12));
  CHECK(own_container_id("0::/\n", "", "my-collector") == "");
  CHECK(own_container_id("0::/\n", mount_line(kId, "/etc/hosts"), kOther.substr(0, 12)) == kId);
}

SCENARIO("on a host there is no container") {
  CHECK(own_container_id("0::/system.slice/docker-anomalies.service\n", "1 2 0:1 / / rw - ext4 /dev/sda rw\n",
                         "web1") == "");
  CHECK(own_container_id("", "", "") == "");
  CHECK(own_container_id("garbage\n::::\n/docker/" + kId.substr(1) + "\n", "a b\n \n", "") == "");
}
