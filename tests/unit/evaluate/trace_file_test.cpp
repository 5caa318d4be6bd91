#include "analyzer/evaluate/trace_file.h"

#include <fstream>

#include <zlib.h>

#include <catch2/catch.hpp>

#include "analyzer/evaluate/trace_parser.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using da::test::TemporaryDirectory;

namespace {

void write_gzip(const std::string& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

std::string error_of(const std::string& text) {
  const TemporaryDirectory directory;
  CallNames names;
  const auto read = read_traces(directory.write("t.tsv", text), names);
  return read ? "" : read.error().message().substr(directory.path().size() + 1);
}

}  // namespace

SCENARIO("traces are read from gzip and from text, calls as numbers or names") {
  const TemporaryDirectory directory;
  const std::string text = "a1\tnormal\t3 openat 3\na2\tHydra FTP\t4\n";
  write_gzip(directory.path("t.gz"), text);
  for (const std::string& path : {directory.path("t.gz"), directory.write("t", text)}) {
    CallNames names;
    const auto traces = read_traces(path, names);
    REQUIRE(traces);
    REQUIRE(traces->size() == 2);
    CHECK((*traces)[0].type == "normal");
    CHECK((*traces)[0].calls == std::vector<Symbol>{1, 2, 1});
    CHECK((*traces)[1].type == "Hydra FTP");
    CHECK((*traces)[1].calls == std::vector<Symbol>{3});
    CHECK(names.symbol("openat") == 2);
  }
}

SCENARIO("a last line without an end and spaces around calls do no harm") {
  const TemporaryDirectory directory;
  CallNames names;
  const auto traces = read_traces(directory.write("t", "a\tnormal\t 1  2 "), names);
  REQUIRE(traces);
  CHECK(traces->front().calls.size() == 2);
}

SCENARIO("a malformed line is an error that names file and line") {
  const std::string good = "a\tnormal\t1 2\n";
  CHECK(error_of(good + "a\tnormal\n") == "t.tsv:2: expected id TAB type TAB calls");
  CHECK(error_of(good + good + "\n" + good) == "t.tsv:3: expected id TAB type TAB calls");
  CHECK(error_of("\tnormal\t1\n") == "t.tsv:1: no id");
  CHECK(error_of("a\t\t1\n") == "t.tsv:1: no type");
  CHECK(error_of("a\tnormal\t\n") == "t.tsv:1: no calls");
  CHECK(error_of("a\tnormal\t1\t2\n") == "t.tsv:1: call 1 is neither a number nor a name");
  CHECK(error_of("a\tnormal\t1 2\r\n") == "t.tsv:1: call 2 is neither a number nor a name");
  CHECK(error_of("a\tnormal\t1 \xff\n") == "t.tsv:1: call 2 is neither a number nor a name");
  CHECK(error_of("a\tnormal\t" + std::string(65, 'x') + "\n") ==
        "t.tsv:1: call 1 has a name of more than 64 bytes");
  CHECK(error_of("") == "t.tsv: no traces");
}

SCENARIO("there is a limit to different calls") {
  std::string line = "a\tnormal\t";
  for (std::size_t i = 0; i <= CallNames::kMaxNames; ++i)
    line += std::to_string(i) + ' ';
  CHECK(error_of(line + "\n") == "t.tsv:1: more than 4094 different calls");
}

SCENARIO("a packed file that is cut short or damaged is an error, not fewer traces") {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "a\tnormal\t" + std::to_string(i * 7919 % 4000) + " 1 2 3\n";
  write_gzip(directory.path("t.gz"), text);
  std::ifstream file(directory.path("t.gz"), std::ios::binary);
  std::string packed((std::istreambuf_iterator<char>(file)), {});
  CallNames names;
  const auto cut = read_traces(directory.write("cut.gz", packed.substr(0, packed.size() / 2)), names);
  REQUIRE_FALSE(cut);
  CHECK(cut.error().message().find("cut short") != std::string::npos);
  for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 40; ++i)
    packed[i] = static_cast<char>(packed[i] ^ 0x55);
  CHECK_FALSE(read_traces(directory.write("bad.gz", packed), names));
}

SCENARIO("a file that is not there, or a folder, is an error") {
  const TemporaryDirectory directory;
  CallNames names;
  const auto missing = read_traces(directory.path("none"), names);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == directory.path("none") + ": No such file or directory");
  CHECK_FALSE(read_traces(directory.path(), names));
}
