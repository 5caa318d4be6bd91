// The file and the syslog socket, as the kernel has them.
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "analyzer/output/file_output.h"
#include "analyzer/output/syslog_output.h"
#include "common/unique_fd.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::test;

namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

OutputEvent event(std::string json = "{\"a\":1}") {
  OutputEvent made;
  made.id = "call-17.open";
  made.kind = "new_call";
  made.compact = std::move(json);
  return made;
}

/// 2026-11-24 03:12:07.120 UTC
const std::chrono::system_clock::time_point kTime{std::chrono::milliseconds(1'795'489'927'120)};

/// A syslog daemon's end.
UniqueFd listen_at(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

std::string receive(const UniqueFd& fd) {
  std::array<char, 65536> buffer{};
  const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
  return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace

SCENARIO("lines are appended, and a file that was moved away is let go on demand") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/alerts.jsonl";
  FileOutput file(path);
  REQUIRE(file.write("{\"n\":1}"));
  REQUIRE(file.write("{\"n\":2}"));
  CHECK(contents(path) == "{\"n\":1}\n{\"n\":2}\n");
  struct stat about {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0007U) == 0);
  std::filesystem::rename(path, path + ".1");
  REQUIRE(file.write("{\"n\":3}"));
  CHECK(contents(path + ".1") == "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  file.reopen();
  REQUIRE(file.write("{\"n\":4}"));
  CHECK(contents(path) == "{\"n\":4}\n");
  // Another run goes on where this one ended.
  FileOutput next(path);
  REQUIRE(next.write("{\"n\":5}"));
  CHECK(contents(path) == "{\"n\":4}\n{\"n\":5}\n");
}

SCENARIO("a disk that is full, or a directory that is gone, is an error each time, and not for ever") {
  FileOutput full("/dev/full");
  CHECK_FALSE(full.write("{}"));
  CHECK_FALSE(full.write("{}"));
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/later/alerts.jsonl";
  FileOutput file(path);
  CHECK_FALSE(file.write("{}"));
  std::filesystem::create_directory(directory.path() + "/later");
  CHECK(file.write("{}"));
  CHECK(contents(path) == "{}\n");
}

SCENARIO("a pipe that nobody reads holds nobody up") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  FileOutput file(path);
  CHECK_FALSE(file.write("{}"));
}

SCENARIO("a syslog message has the form of RFC 5424") {
  CHECK(syslog_message(event(), 3, "host7", 42, kTime) ==
        "<28>1 2026-11-24T03:12:07.120Z host7 docker-anomalies 42 new_call - {\"a\":1}");
  OutputEvent grave = event();
  grave.severity = SyslogSeverity::error;
  grave.kind = "bad kind\n";
  CHECK(syslog_message(grave, 19, "", 42, kTime) ==
        "<155>1 2026-11-24T03:12:07.120Z - docker-anomalies 42 bad_kind_ - {\"a\":1}");
  CHECK(syslog_message(event(std::string(20'000, 'x')), 3, "h", 1, kTime).size() == 8000);
}

SCENARIO("a syslog daemon gets a datagram of each event, also when it was started anew") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/log";
  SyslogOutput syslog({path, 3});
  CHECK_FALSE(syslog.send(event(), kTime));
  {
    const UniqueFd daemon = listen_at(path);
    REQUIRE(syslog.send(event(), kTime));
    CHECK(receive(daemon).ends_with(" new_call - {\"a\":1}"));
  }
  std::filesystem::remove(path);
  CHECK_FALSE(syslog.send(event(), kTime));
  const UniqueFd daemon = listen_at(path);
  REQUIRE(syslog.send(event(), kTime));
  CHECK_FALSE(receive(daemon).empty());
}

SCENARIO("a syslog daemon that reads nothing holds nobody up") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/log";
  const UniqueFd daemon = listen_at(path);
  SyslogOutput syslog({path, 3});
  int sent = 0;
  while (sent < 100'000 && syslog.send(event(), kTime))
    ++sent;
  CHECK(sent > 0);
  CHECK(sent < 100'000);
  // And is used again once it does.
  CHECK_FALSE(receive(daemon).empty());
  CHECK(syslog.send(event(), kTime));
}
