#include "common/config/read_text.h"

#include <cerrno>

#include <unistd.h>

#include <fmt/format.h>

namespace da {

Result<std::string> read_text(const UniqueFd& fd, const std::string& path, std::size_t limit) {
  std::string text(limit + 1, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const auto got = ::read(fd.get(), text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read " + path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  if (done > limit) return fail(fmt::format("{} is larger than {} bytes", path, limit));
  text.resize(done);
  return text;
}

}  // namespace da
