#include "analyzer/model/habits/address_object.h"

#include <string>

#include <catch2/catch.hpp>

#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

std::string reached(std::string_view bytes) {
  Trail trail;
  return object_of_address(AddressUse::reaches, bytes, trail) ? words_of(trail, ' ') : "none";
}

std::string inet6(std::string address, std::uint16_t port) {
  std::string bytes("\x0a\0", 2);
  bytes += static_cast<char>(port >> 8U);
  bytes += static_cast<char>(port & 0xffU);
  return bytes + std::string(4, '\0') + address + std::string(4, '\0');
}

}  // namespace

SCENARIO("addresses are told by class and port") {
  CHECK(reached(inet({10, 1, 2, 3}, 5432)) == "reaches private 5432");
  CHECK(reached(inet({172, 17, 0, 2}, 6379)) == "reaches private 6379");
  CHECK(reached(inet({172, 32, 0, 2}, 6379)) == "reaches public 6379 172.32");
  CHECK(reached(inet({127, 0, 0, 1}, 80)) == "reaches loopback 80");
  CHECK(reached(inet({127, 66, 6, 6}, 80)) == "reaches loopback 80 127.66.6.6");
  CHECK(reached(inet({169, 254, 169, 254}, 80)) == "reaches link-local 80 169.254.169.254");
  CHECK(reached(inet({93, 184, 215, 14}, 443)) == "reaches public 443 93.184");
  CHECK(reached(inet({10, 0, 0, 1}, 45000)) == "reaches private ephemeral");
  CHECK(reached(inet({224, 0, 0, 251}, 5353)) == "reaches multicast 5353");
}

SCENARIO("IPv6, and IPv4 within it") {
  CHECK(reached(inet6(std::string(15, '\0') + '\1', 80)) == "reaches loopback 80");
  CHECK(reached(inet6(std::string("\x20\x01\x0d\xb8\x12\x34", 6) + std::string(10, '\1'), 443)) ==
        "reaches public 443 2001:db8:1234");
  CHECK(reached(inet6("\xfd" + std::string(15, '\1'), 80)) == "reaches private 80");
  CHECK(reached(inet6(std::string(10, '\0') + "\xff\xff\x0a\x01\x02\x03", 80)) == "reaches private 80");
}

SCENARIO("sockets in the file system and abstract ones are told by name") {
  CHECK(reached(std::string("\1\0/var/run/docker.sock\0", 23)) == "reaches unix run docker.sock");
  CHECK(reached(std::string("\1\0/tmp/.s.PGSQL.5432\0", 21)) == "reaches unix tmp");
  CHECK(reached(std::string("\1\0\0agent-12345", 14)) == "reaches abstract agent-#");
}

SCENARIO("what says not where to is no object") {
  CHECK(reached("") == "none");
  CHECK(reached(std::string("\0\0\0\0", 4)) == "none");
  CHECK(reached(std::string("\2\0\0", 3)) == "none");
  CHECK(reached(std::string("\x0a\0\0\0\0\0\0\0", 8)) == "none");
  CHECK(reached(std::string("\x10\0\0\0\0\0\0\0\0\0\0\0", 12)) == "none");  // netlink: of the C library
  CHECK(reached(std::string("\1\0", 2)) == "none");
}

SCENARIO("what the C library reaches of its own accord is no object") {
  CHECK(reached(std::string("\1\0/dev/log\0", 11)) == "none");
  CHECK(reached(inet({127, 0, 0, 11}, 53)) == "none");
  CHECK(reached(inet({10, 0, 0, 2}, 53)) == "none");
  CHECK(reached(inet({8, 8, 8, 8}, 53)) == "reaches public 53 8.8");
  CHECK(reached(inet({93, 184, 215, 14}, 0)) == "none");
}
