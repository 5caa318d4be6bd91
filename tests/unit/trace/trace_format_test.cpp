#include "collector/trace/trace_format.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/trace/json_text.h"

namespace {

using namespace da;
using namespace std::string_view_literals;

constexpr std::int64_t kTime = 1'764'000'000'123'456'789;  // 2025-11-24 16:00:00 UTC

std::string line(TraceFormat format, const SyscallRecord& record) {
  std::string out;
  append_trace_line(out, format, record, Pid{812}, Tid{815});
  return out;
}

std::string json_string(std::string_view bytes) {
  std::string out;
  append_json_string(out, bytes);
  return out;
}

SyscallRecord openat(const std::vector<CapturedArg>& captured, std::int64_t result) {
  return {make_call(Arch::x86_64, 257), 4, {0xffffff9c, 0x1000, 0, 0}, result, kTime, captured};
}

}  // namespace

SCENARIO("a text line is the time, the task and the call") {
  const std::vector<CapturedArg> captured = {{1, CapturedKind::path, false, "/etc/passwd"}};
  CHECK(
      line(TraceFormat::text, openat(captured, 3)) ==
      "16:00:00.123456 812/815 openat(dfd=AT_FDCWD, filename=\"/etc/passwd\", flags=O_RDONLY, mode=0) = 3\n");
}

SCENARIO("a JSON line has the arguments as name, type and value") {
  const std::vector<CapturedArg> captured = {{1, CapturedKind::path, false, "/etc/\"x\"\n"}};
  CHECK(line(TraceFormat::json, openat(captured, 3)) ==
        R"({"time":1764000000.123456789,"pid":812,"tid":815,"call":"openat","number":257,"arch":"x86_64",)"
        R"("args":[{"name":"dfd","type":"int","value":"AT_FDCWD"},)"
        R"({"name":"filename","type":"const char *","value":"/etc/\"x\"\n"},)"
        R"({"name":"flags","type":"int","value":"O_RDONLY"},)"
        R"({"name":"mode","type":"umode_t","value":"0"}],"result":3,"errno":null})"
        "\n");
}

SCENARIO("a failed call has result -1 and an errno, in JSON") {
  const std::string failed = line(TraceFormat::json, openat({}, -2));
  CHECK(failed.find(R"("result":-1,"errno":"ENOENT"})") != std::string::npos);
  CHECK(line(TraceFormat::json, openat({}, -1000)).find(R"("result":-1,"errno":"errno 1000"})") !=
        std::string::npos);
  CHECK(line(TraceFormat::json, openat({}, -512)).find(R"("errno":"ERESTARTSYS"})") != std::string::npos);
}

SCENARIO("a call that never returned has no result, in JSON and in text") {
  const SyscallRecord exit{make_call(Arch::x86_64, 231), 1, {0}, kNoResult, kTime, {}};
  CHECK(line(TraceFormat::json, exit).find(R"("result":null,"errno":null})") != std::string::npos);
  CHECK(line(TraceFormat::text, exit) == "16:00:00.123456 812/815 exit_group(error_code=0) = ?\n");
}

SCENARIO("argv is an array, and what was cut off says so") {
  const std::vector<CapturedArg> captured = {{0, CapturedKind::path, false, "/bin/ls"},
                                             {1, CapturedKind::argv, true, "ls\0\0-l"sv}};
  const SyscallRecord execve{make_call(Arch::x86_64, 59), 3, {1, 2, 0}, 0, kTime, captured};
  CHECK(line(TraceFormat::json, execve).find(R"("value":["ls","","-l"],"truncated":true})") !=
        std::string::npos);
}

SCENARIO("another architecture is named beside the call, not in its name") {
  const SyscallRecord open{make_call(Arch::i386, 5), 0, {}, 3, kTime, {}};
  CHECK(line(TraceFormat::json, open).find(R"("call":"open","number":5,"arch":"i386","args":[],)") !=
        std::string::npos);
  const SyscallRecord unknown{make_call(Arch::i386, 0x1f3), 0, {}, -38, kTime, {}};
  CHECK(line(TraceFormat::json, unknown).find(R"("call":"syscall_0x1f3","number":499,"arch":"i386")") !=
        std::string::npos);
}

SCENARIO("one record is one line, whatever a container puts into it") {
  std::string hostile;
  for (int byte = 0; byte < 256; ++byte)
    hostile += static_cast<char>(byte);
  const std::vector<CapturedArg> captured = {{1, CapturedKind::path, false, hostile}};
  for (const TraceFormat format : {TraceFormat::text, TraceFormat::json}) {
    const std::string text = line(format, openat(captured, 3));
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
      REQUIRE((text[i] >= ' ' && text[i] <= '~'));
    CHECK(text.back() == '\n');
  }
}

SCENARIO("JSON strings are ASCII; a byte that is not UTF-8 is read as Latin-1") {
  CHECK(json_string("") == R"("")");
  CHECK(json_string("a\"\\/\b\x7f") == R"("a\"\\/\u0008\u007f")");
  CHECK(json_string("\xc3\xa9") == R"("\u00e9")");
  CHECK(json_string("\xf0\x9f\x90\xb3") == R"("\ud83d\udc33")");
  CHECK(json_string("a\xff") == R"("a\u00ff")");
  CHECK(json_string("\xc0\x80") == R"("\u00c0\u0080")");            // not the shortest form
  CHECK(json_string("\xed\xa0\x80") == R"("\u00ed\u00a0\u0080")");  // a surrogate
  CHECK(json_string("\xf4\x90\x80\x80") == R"("\u00f4\u0090\u0080\u0080")");
  CHECK(json_string("\xe2\x82") == R"("\u00e2\u0082")");  // cut off
}

SCENARIO("Python's json reads back every string written") {
  if (std::system("/usr/bin/python3 --version >/dev/null 2>&1") != 0) {
    std::cout << "SKIPPED: no /usr/bin/python3\n";
    return;
  }
  char path[] = "/tmp/da-json-XXXXXX";
  const int fd = ::mkstemp(path);
  REQUIRE(fd >= 0);
  std::FILE* file = ::fdopen(fd, "w");
  REQUIRE(file != nullptr);
  const auto write = [file](std::string_view bytes) {
    for (const char byte : bytes)
      std::fprintf(file, "%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    std::fprintf(file, "\t%s\n", json_string(bytes).c_str());
  };
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const char pair[] = {static_cast<char>(first), static_cast<char>(second)};
      write(std::string_view(pair, 2));
    }
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    // Mostly the bytes of which UTF-8 is made, so that valid and nearly valid sequences come up.
    for (auto n = random() % 12; n > 0; --n)
      bytes += static_cast<char>(random() % 4 == 0 ? random() : 0x80 + random() % 0x80);
    write(bytes);
  }
  std::fclose(file);
  const int status =
      std::system((std::string("/usr/bin/python3 " DA_CHECK_JSON " <") + path + " >/dev/null").c_str());
  ::unlink(path);
  CHECK(status == 0);
}
