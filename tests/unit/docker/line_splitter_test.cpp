#include "collector/docker/line_splitter.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace da::docker;

namespace {

std::vector<std::string> take_all(LineSplitter& lines) {
  std::vector<std::string> all;
  while (const auto line = lines.next())
    all.emplace_back(*line);
  return all;
}

}  // namespace

SCENARIO("lines come out whole wherever the stream was cut") {
  const std::string stream = "{\"a\":1}\n{\"bb\":2}\r\n\n{\"ccc\":3}\n";
  const std::vector<std::string> expected{"{\"a\":1}", "{\"bb\":2}", "{\"ccc\":3}"};
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      LineSplitter lines(100);
      std::vector<std::string> got;
      for (const auto& piece :
           {stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)}) {
        lines.feed(piece);
        for (auto& line : take_all(lines))
          got.push_back(std::move(line));
      }
      REQUIRE(got == expected);
    }
  }
}

SCENARIO("an unfinished line waits for its end") {
  LineSplitter lines(100);
  lines.feed("abc");
  CHECK(take_all(lines).empty());
  lines.feed("def\nrest");
  CHECK(take_all(lines) == std::vector<std::string>{"abcdef"});
  CHECK_FALSE(lines.overflowed());
}

SCENARIO("a line longer than the limit ends the stream, with or without a newline") {
  LineSplitter exact(4);
  exact.feed("abcd\n");
  CHECK(take_all(exact) == std::vector<std::string>{"abcd"});
  CHECK_FALSE(exact.overflowed());

  LineSplitter unfinished(4);
  unfinished.feed("ok\nabcde");
  CHECK(take_all(unfinished) == std::vector<std::string>{"ok"});
  CHECK(unfinished.overflowed());
  unfinished.feed("\nmore\n");
  CHECK(take_all(unfinished).empty());

  LineSplitter finished(4);
  finished.feed("abcde\n");
  CHECK(take_all(finished).empty());
  CHECK(finished.overflowed());
}
