#include "analyzer/output/file_output.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace da {

Result<> FileOutput::open() {
  if (fd_) return {};
  // Who may read it sees what command lines say. O_NONBLOCK: a pipe without a reader must not hold anyone up.
  constexpr mode_t kOwnerAndGroup = 0640;
  UniqueFd opened(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                         kOwnerAndGroup));
  if (!opened) return fail_errno("open " + path_);
  fd_ = std::move(opened);
  return {};
}

Result<> FileOutput::write(std::string_view line) {
  if (auto opened = open(); !opened) return opened;
  std::string bytes = torn_ ? "\n" : "";
  bytes += line;
  bytes += '\n';
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(fd_.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      auto failure = fail_errno("write to " + path_);
      torn_ = torn_ || done > 0;
      reopen();
      return failure;
    }
    done += static_cast<std::size_t>(count);
  }
  torn_ = false;
  return {};
}

}  // namespace da
