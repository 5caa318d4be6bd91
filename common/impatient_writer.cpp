#include "common/impatient_writer.h"

#include <algorithm>
#include <climits>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace da {
namespace {

bool has_room(int fd) noexcept {
  pollfd ready{fd, POLLOUT, 0};
  return ::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

// As many whole lines as a pipe that is ready takes without blocking; of a longer line a part.
std::string_view chunk_of(std::string_view lines) noexcept {
  if (lines.size() <= PIPE_BUF) return lines;
  const std::string_view most = lines.substr(0, PIPE_BUF);
  const auto end = most.rfind('\n');
  return end == std::string_view::npos ? most : most.substr(0, end + 1);
}

}  // namespace

void ImpatientWriter::write(std::string_view lines) noexcept {
  // O_NONBLOCK would change the terminal or pipe for every program that shares it.
  while (!lines.empty() && has_room(fd_)) {
    const auto written = ::write(fd_, lines.data(), chunk_of(lines).size());
    if (written <= 0) break;
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
  dropped_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

std::uint64_t ImpatientWriter::take_dropped() noexcept {
  return std::exchange(dropped_, 0);
}

}  // namespace da
