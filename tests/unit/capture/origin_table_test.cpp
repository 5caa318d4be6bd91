#include "collector/capture/origin_table.h"

#include <catch2/catch.hpp>

SCENARIO("an origin lives until its last reference is gone") {
  da::OriginTable table;
  da::Origin origin;
  origin.executable = "/bin/sh";
  const auto id = table.add(origin);
  table.retain(id);
  table.release(id);
  REQUIRE(table.find(id) != nullptr);
  REQUIRE(table.find(id)->executable == "/bin/sh");
  const auto held = table.find(id);
  table.release(id);
  REQUIRE(table.find(id) == nullptr);
  REQUIRE(held->executable == "/bin/sh");
  REQUIRE(table.size() == 0);
  table.release(id);
  table.retain(id);
  REQUIRE(table.find(id) == nullptr);
}
