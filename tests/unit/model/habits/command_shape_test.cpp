#include "analyzer/model/habits/command_shape.h"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace da;

namespace {
/// Arguments are written with '|' between them.
std::string shape(std::string_view path, std::string arguments, bool truncated = false) {
  for (char& byte : arguments)
    if (byte == '|') byte = '\0';
  Trail trail;
  shape_of_command(path, arguments, truncated, trail);
  return words_of(trail, ' ');
}
}  // namespace

SCENARIO("options are kept, values are told by their class") {
  CHECK(shape("/usr/bin/pg_dump", "pg_dump|-Fc|--host=10.0.0.3|shop") == "pg_dump -Fc --host=address word");
  CHECK(shape("/usr/bin/python3.11", "python3|-u|/app/main.py|--port|8080") ==
        "python# -u /app --port number");
  CHECK(shape("/usr/bin/curl", "curl|https://example.org/a") == "curl url");
  CHECK(shape("/bin/tail", "tail|-n|10|-5") == "tail -n number");
}

SCENARIO("it does not matter how many files a command is given") {
  CHECK(shape("/usr/bin/convert", "convert|/srv/a/1.png|/srv/a/2.png|/srv/a/3.png") == "convert /srv/a");
}

SCENARIO("of a shell's command the programs are kept that it names") {
  CHECK(shape("/bin/sh", "sh|-c|convert /srv/a.png -resize 20% /srv/b.png") == "sh -c convert");
  CHECK(shape("/bin/sh", "sh|-c|convert a.png b.png; /usr/bin/id") == "sh -c convert ; id");
  CHECK(shape("/bin/bash", "bash|-lc|cat x && nc 1.2.3.4 99") == "bash -lc cat & nc");
  CHECK(shape("/bin/sh", "sh|-c|echo $(id)") == "sh -c echo $ id");
}

SCENARIO("hostile arguments make no trouble") {
  CHECK(shape("", "") == "");
  CHECK(shape("/bin/x", "") == "x");
  CHECK(shape("/bin/x", "x||y") == "x empty word");
  CHECK(shape("/bin/sh", "sh|-c|;;;;") == "sh -c ");
  CHECK(shape("/bin/x", "x|-a|-b|-c|-d|-e|-f|-g|-h|-i|-j|-k").size() < 60);
  CHECK(shape("/bin/x", "x|-a", true) == "x -a (more)");
}
