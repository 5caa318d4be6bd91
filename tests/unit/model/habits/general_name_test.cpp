#include "analyzer/model/habits/general_name.h"

#include <string>

#include <catch2/catch.hpp>

using namespace da;

namespace {
std::string general(std::string_view name) {
  NameBuffer buffer;
  return std::string(general_name(name, buffer));
}
}  // namespace

SCENARIO("what differs from one name of a kind to the next is left out") {
  CHECK(general("2026-11-26") == "#");
  CHECK(general("base.16384") == "base.#");
  CHECK(general("session-7f3a91bc.log") == "session-#.log");
  CHECK(general("6ba7b810-9dad-11d1-80b4-00c04fd430c8") == "#");
  CHECK(general("tmp.LuTLDkURgN") == "tmp.#");
  CHECK(general("tmpab12cd_x") == "#_x");
  CHECK(general("sess_k2v9q7m1x8") == "sess_#");
  CHECK(general("pgsql_tmp4711.0") == "pgsql_tmp#");
  CHECK(general("0000000100000000000000A3") == "#");
}

SCENARIO("names that somebody chose stay") {
  for (const char* name :
       {"nginx", "conf.d", "site-packages", "MyLongClassName", "html", "postgresql", "README", ""})
    CHECK(general(name) == name);
  CHECK(general("python3.11") == "python#");
  CHECK(general("appendonlydir") == "appendonlydir");
  CHECK(general("\xff\xfe") == "\xff\xfe");
}

SCENARIO("a long name is cut") {
  CHECK(general(std::string(300, 'x').insert(3, "-")).size() <= NameBuffer().size());
  CHECK(general("abcdefgh-" + std::string(300, 'e')).size() == NameBuffer().size());
}
