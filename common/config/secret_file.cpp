#include "common/config/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "common/config/read_text.h"
#include "common/log.h"
#include "common/unique_fd.h"

namespace da {
namespace {

constexpr std::size_t kMaxSecretBytes = std::size_t{64} << 10;

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  // O_NONBLOCK: a fifo with no writer must be an error, not a start that hangs.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail_errno("open " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("stat " + path);
  if (!S_ISREG(status.st_mode)) return fail(path + " is not a regular file");
  if ((status.st_mode & S_IROTH) != 0) {
    log_warning("secret file is readable by every user", "file", path, "mode",
                fmt::format("{:04o}", status.st_mode & 07777U));
  }
  auto text = read_text(fd, path, kMaxSecretBytes);
  if (text && !text->empty() && text->back() == '\n') text->pop_back();
  if (text && text->empty()) return fail(path + " is empty");
  if (text && text->find('\0') != std::string::npos) return fail(path + " holds a NUL character");
  return text;
}

}  // namespace da
