#include "collector/capture/ptrace/run_delay.h"

#include <array>
#include <charconv>

#include <fcntl.h>
#include <unistd.h>

namespace da::ptrace {

using std::chrono::nanoseconds;

RunDelay::RunDelay() : file_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)), last_(read()) {}

nanoseconds RunDelay::since_last() noexcept {
  const nanoseconds before = last_;
  last_ = read();
  return last_ > before ? last_ - before : nanoseconds::zero();
}

nanoseconds RunDelay::parse(std::string_view text) noexcept {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return {};
  text.remove_prefix(space + 1);
  std::int64_t waited = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), waited).ec;
  return error == std::errc{} && waited > 0 ? nanoseconds(waited) : nanoseconds::zero();
}

nanoseconds RunDelay::read() const noexcept {
  std::array<char, 96> text{};
  const auto length = ::pread(file_.get(), text.data(), text.size(), 0);
  return length <= 0 ? nanoseconds::zero() : parse({text.data(), static_cast<std::size_t>(length)});
}

}  // namespace da::ptrace
