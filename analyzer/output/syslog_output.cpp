#include "analyzer/output/syslog_output.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "common/host_name.h"

namespace da {
namespace {

/// Most daemons take 8 kB at least, and cut what is longer.
constexpr std::size_t kLongestMessage = 8000;

/// PRINTUSASCII, as the header's fields must be.
std::string header_word(const std::string& raw, std::size_t longest) {
  std::string word;
  for (const char c : raw.substr(0, longest))
    word += c > ' ' && c < 0x7f ? c : '_';
  return word.empty() ? "-" : word;
}

}  // namespace

std::string syslog_message(const OutputEvent& event, std::uint8_t facility, const std::string& host, int pid,
                           std::chrono::system_clock::time_point now) {
  constexpr unsigned kSeverities = 8;
  constexpr std::size_t kLongestHost = 255;
  constexpr std::size_t kLongestKind = 32;
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::string message =
      fmt::format("<{}>1 {:%Y-%m-%dT%H:%M:%S}.{:03}Z {} docker-anomalies {} {} - {}",
                  facility * kSeverities + static_cast<unsigned>(event.severity),
                  fmt::gmtime(std::chrono::floor<std::chrono::seconds>(now)), millis,
                  header_word(host, kLongestHost), pid, header_word(event.kind, kLongestKind), event.compact);
  if (message.size() > kLongestMessage) message.resize(kLongestMessage);
  return message;
}

SyslogOutput::SyslogOutput(SyslogConfig config) : config_(std::move(config)), host_(host_name("-")) {}

Result<> SyslogOutput::connect() {
  if (socket_) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (config_.socket.size() >= sizeof address.sun_path)
    return fail("too long for a socket: " + config_.socket);
  std::memcpy(address.sun_path, config_.socket.c_str(), config_.socket.size() + 1);
  UniqueFd opened(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!opened) return fail_errno("make a socket");
  if (::connect(opened.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("connect to " + config_.socket);
  socket_ = std::move(opened);
  return {};
}

Result<> SyslogOutput::send(const OutputEvent& event, std::chrono::system_clock::time_point now) {
  const std::string message =
      syslog_message(event, config_.facility, host_, static_cast<int>(::getpid()), now);
  // A daemon that was started anew has another socket: once more, then.
  for (int attempt = 0;; ++attempt) {
    if (auto connected = connect(); !connected) return connected;
    if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0) return {};
    const bool full = errno == EAGAIN || errno == ENOBUFS;
    auto failure = fail_errno("send to " + config_.socket);
    if (!full) socket_.reset();
    if (full || attempt > 0) return failure;
  }
}

}  // namespace da
