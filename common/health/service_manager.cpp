#include "common/health/service_manager.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/one_line.h"

namespace da {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

std::optional<std::chrono::microseconds> watchdog_of_environment() {
  // For whom it is meant: a child inherits the variables.
  const std::string_view pid = variable("WATCHDOG_PID");
  if (!pid.empty() && number(pid) != ::getpid()) return std::nullopt;
  const auto time = number(variable("WATCHDOG_USEC"));
  return time ? std::optional(std::chrono::microseconds(*time)) : std::nullopt;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  return {variable("NOTIFY_SOCKET"), watchdog_of_environment()};
}

ServiceManager::ServiceManager(std::string_view socket, std::optional<std::chrono::microseconds> watchdog)
    : address_(socket), watchdog_(watchdog) {
  if (socket.empty()) return;
  const bool is_abstract = socket.front() == '@';
  const bool is_path = socket.front() == '/';
  if ((!is_abstract && !is_path) || socket.size() >= sizeof(sockaddr_un::sun_path)) {
    log_warning("the service manager's socket is of a kind that is not known here", "NOTIFY_SOCKET", socket);
    return;
  }
  if (is_abstract) address_.front() = '\0';
  socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void ServiceManager::status(std::string_view text) {
  if (status_ == text) return;
  status_ = text;
  send("STATUS=" + one_line(text));
}

void ServiceManager::beat(Time now) {
  constexpr int kBeatsPerWatchdog = 3;
  if (!watchdog_ || (last_beat_ && now - *last_beat_ < *watchdog_ / kBeatsPerWatchdog)) return;
  last_beat_ = now;
  send("WATCHDOG=1");
}

// Never waits: a service manager that does not read must not stop what it watches.
void ServiceManager::send(std::string_view message) {
  if (!socket_) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), std::min(address_.size(), sizeof to.sun_path - 1));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  if (::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&to), length) < 0) {
    log_debug("the service manager does not hear", "message", message, "error", std::strerror(errno));
  }
}

}  // namespace da
