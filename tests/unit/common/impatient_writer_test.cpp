#include "common/impatient_writer.h"

#include <array>
#include <string>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/pipe.h"

using namespace da;

namespace {

std::string read_all(test::Pipe& pipe) {
  pipe.write_end.reset();
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(pipe.read_end.get(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

}  // namespace

SCENARIO("a reader that does not read is not waited for, and what it misses is counted") {
  test::Pipe pipe;
  ImpatientWriter out(pipe.write_end.get());
  const std::string line(99, 'x');
  for (int i = 0; i < 10'000; ++i)
    out.write(line + '\n');  // a million bytes into a pipe of 64 KiB: a waiting write would hang this test
  const auto dropped = out.take_dropped();
  CHECK(dropped > 9'000);
  CHECK(out.take_dropped() == 0);
  const std::string text = read_all(pipe);
  CHECK(text.size() == (10'000 - dropped) * 100);
  CHECK(text.substr(text.size() - 100) == line + '\n');  // whole lines
}

SCENARIO("much at once is cut at line ends") {
  test::Pipe pipe;
  ImpatientWriter out(pipe.write_end.get());
  std::string lines;
  for (int i = 0; i < 10'000; ++i)
    lines += std::string(99, 'x') + '\n';
  out.write(lines);
  const auto dropped = out.take_dropped();
  const std::string text = read_all(pipe);
  CHECK(text.size() == (10'000 - dropped) * 100);
  CHECK(text.back() == '\n');
}

SCENARIO("a reader that is back is told once how much it missed") {
  test::Pipe pipe;
  ImpatientWriter out(pipe.write_end.get());
  const auto notice = [](std::uint64_t count) { return "missed " + std::to_string(count) + '\n'; };
  std::uint64_t sent = 0;
  for (; sent < 10'000; ++sent)
    out.write(std::string(99, 'x') + '\n', notice);
  std::array<char, 40'000> buffer{};
  REQUIRE(::read(pipe.read_end.get(), buffer.data(), buffer.size()) == 40'000);
  for (int i = 0; i < 3; ++i)
    out.write("back\n", notice);
  const std::string text = read_all(pipe);
  const auto at = text.find("back\nmissed ");
  REQUIRE(at != std::string::npos);
  const auto taken = (40'000 + at) / 100;
  CHECK(text.substr(at) == "back\nmissed " + std::to_string(sent - taken) + "\nback\nback\n");
}

SCENARIO("a descriptor that fails is no reason to fail") {
  ImpatientWriter out(-1);
  out.write("a line\n");
  CHECK(out.take_dropped() == 1);
}
