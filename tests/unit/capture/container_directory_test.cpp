#include "collector/capture/container_directory.h"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

using namespace da;

namespace {

Container container(const std::string& id, const std::string& name) {
  Container made;
  made.id = id;
  made.name = name;
  return made;
}

}  // namespace

SCENARIO("a container is found as it was put last, and what was found before stays as it was") {
  ContainerDirectory directory;
  CHECK_FALSE(directory.find("a"));
  directory.put(container("a", "web"), true);
  const auto before = directory.find("a");
  directory.put(container("a", "shop"), false);
  directory.put(container("b", "db"), true);
  REQUIRE(before);
  CHECK(before->container->name == "web");
  CHECK(before->wanted);
  CHECK(directory.find("a")->container->name == "shop");
  CHECK_FALSE(directory.find("a")->wanted);
  CHECK(directory.size() == 2);
  directory.erase("a");
  directory.erase("never there");
  CHECK_FALSE(directory.find("a"));
  CHECK(before->container->name == "web");
}

SCENARIO("who waits for a container is called when it can be found") {
  ContainerDirectory directory;
  int calls = 0;
  directory.on_change([&] {
    ++calls;
    CHECK(directory.find("a"));  // no lock is held
  });
  directory.put(container("a", "web"), true);
  directory.put(container("a", "web"), true);
  directory.erase("a");
  CHECK(calls == 2);
}

SCENARIO("one thread fills it while another reads") {
  ContainerDirectory directory;
  std::atomic<bool> filled{false};
  std::thread filler([&] {
    for (int i = 0; i < 2000; ++i) {
      directory.put(container(std::to_string(i), "web"), true);
      if (i >= 100) directory.erase(std::to_string(i - 100));
    }
    filled = true;
  });
  std::size_t found = 0;
  while (!filled) {
    if (const auto known = directory.find("0")) found += known->container->name == "web" ? 1 : 0;
  }
  filler.join();
  INFO("found " << found << " times");
  CHECK(directory.size() == 100);
  CHECK(directory.find("1999")->container->name == "web");
}
