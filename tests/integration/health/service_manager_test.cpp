// What a service manager hears, over a datagram socket of its own.
#include "common/health/service_manager.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

class Manager {
 public:
  /// `name`: as NOTIFY_SOCKET has it.
  explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
  }
  /// The next message; empty if none is there.
  [[nodiscard]] std::string heard() const {
    std::array<char, 4096> text{};
    const auto got = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return got > 0 ? std::string(text.data(), static_cast<std::size_t>(got)) : std::string();
  }

 private:
  UniqueFd socket_;
};

constexpr ServiceManager::Time kStart{1000s};

}  // namespace

SCENARIO("a service manager hears of start, status, beats and end") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/notify";
  const Manager manager(path);
  ServiceManager service(path, 30s);
  service.started();
  CHECK(manager.heard() == "READY=1");
  service.status("waits for redis\nREADY=1");
  CHECK(manager.heard() == "STATUS=waits for redis?READY=1");
  service.status("waits for redis\nREADY=1");
  CHECK(manager.heard().empty());  // nothing new
  service.status("ready");
  CHECK(manager.heard() == "STATUS=ready");
  service.stopping();
  CHECK(manager.heard() == "STOPPING=1");
}

SCENARIO("beats are sent three times within the watchdog's time") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/notify";
  const Manager manager(path);
  ServiceManager service(path, 30s);
  int heard = 0;
  for (auto time = 0ms; time < 60s; time += 250ms) {
    service.beat(kStart + time);
    if (manager.heard() == "WATCHDOG=1") ++heard;
  }
  CHECK(heard == 6);
  ServiceManager unwatched(path, std::nullopt);
  unwatched.beat(kStart);
  CHECK(manager.heard().empty());
}

SCENARIO("an abstract socket, as containers of a service manager have it") {
  const std::string name = "@da-notify-" + std::to_string(::getpid());
  const Manager manager(name);
  ServiceManager(name, std::nullopt).started();
  CHECK(manager.heard() == "READY=1");
}

SCENARIO("a manager that does not read, or is gone, holds nothing up") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/notify";
  ServiceManager service(path, std::nullopt);
  service.started();  // not there yet
  const Manager manager(path);
  for (int i = 0; i < 100'000; ++i)
    service.started();
  CHECK(manager.heard() == "READY=1");
}

SCENARIO("what it is told by the environment") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/notify";
  const Manager manager(path);
  const auto beat = [] {
    ServiceManager service = ServiceManager::from_environment();
    service.beat(kStart);
  };
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  beat();
  CHECK(manager.heard().empty());
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  beat();
  CHECK(manager.heard() == "WATCHDOG=1");
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  beat();
  CHECK(manager.heard() == "WATCHDOG=1");
  ::setenv("WATCHDOG_PID", "1", 1);  // another's
  beat();
  CHECK(manager.heard().empty());
  ::unsetenv("WATCHDOG_PID");
  for (const char* nonsense : {"", "-1", "3s", "99999999999999999999"}) {
    ::setenv("WATCHDOG_USEC", nonsense, 1);
    beat();
    CHECK(manager.heard().empty());
  }
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("NOTIFY_SOCKET");
}

SCENARIO("a socket of another kind, or a path that is too long, is told and not used") {
  const test::CapturedStderr captured;
  ServiceManager("vsock:2:1234", 30s).started();
  ServiceManager("/" + std::string(200, 'x'), 30s).started();
  CHECK_THAT(captured.text(), Contains("NOTIFY_SOCKET=vsock:2:1234"));
}
