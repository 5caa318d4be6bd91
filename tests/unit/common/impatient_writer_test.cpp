#include "common/impatient_writer.h"

#include <array>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "common/unique_fd.h"

using namespace da;

namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
  }
  std::string read_all() {
    write_end.reset();
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(read_end.get(), buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(got));
    return text;
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

}  // namespace

SCENARIO("a reader that does not read is not waited for, and what it misses is counted") {
  Pipe pipe;
  ImpatientWriter out(pipe.write_end.get());
  const std::string line(99, 'x');
  for (int i = 0; i < 10'000; ++i)
    out.write(line + '\n');  // a million bytes into a pipe of 64 KiB: a waiting write would hang this test
  const auto dropped = out.take_dropped();
  CHECK(dropped > 9'000);
  CHECK(out.take_dropped() == 0);
  const std::string text = pipe.read_all();
  CHECK(text.size() == (10'000 - dropped) * 100);
  CHECK(text.substr(text.size() - 100) == line + '\n');  // whole lines
}

SCENARIO("much at once is cut at line ends") {
  Pipe pipe;
  ImpatientWriter out(pipe.write_end.get());
  std::string lines;
  for (int i = 0; i < 10'000; ++i)
    lines += std::string(99, 'x') + '\n';
  out.write(lines);
  const auto dropped = out.take_dropped();
  const std::string text = pipe.read_all();
  CHECK(text.size() == (10'000 - dropped) * 100);
  CHECK(text.back() == '\n');
}

SCENARIO("a descriptor that fails is no reason to fail") {
  ImpatientWriter out(-1);
  out.write("a line\n");
  CHECK(out.take_dropped() == 1);
}
