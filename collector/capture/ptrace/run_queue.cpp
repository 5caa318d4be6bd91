#include "collector/capture/ptrace/run_queue.h"

#include <array>
#include <charconv>

#include <fcntl.h>
#include <unistd.h>

namespace da::ptrace {

RunQueue::RunQueue() : file_(::open("/proc/loadavg", O_RDONLY | O_CLOEXEC)) {}

bool RunQueue::is_ours_alone(MonotonicTime now) noexcept {
  if (now < alone_until_) return true;
  const auto now_running = running();
  if (!now_running || *now_running > 1) return false;
  alone_until_ = now + kBelieved;
  return true;
}

std::optional<int> RunQueue::running() const noexcept {
  std::array<char, 96> text{};
  const auto length = ::pread(file_.get(), text.data(), text.size(), 0);
  if (length <= 0) return std::nullopt;
  return parse({text.data(), static_cast<std::size_t>(length)});
}

std::optional<int> RunQueue::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto space = text.rfind(' ', slash);
  if (space == std::string_view::npos) return std::nullopt;
  int running = 0;
  const char* const end = text.data() + slash;
  const auto [at, error] = std::from_chars(text.data() + space + 1, end, running);
  if (error != std::errc{} || at != end) return std::nullopt;
  return running;
}

}  // namespace da::ptrace
