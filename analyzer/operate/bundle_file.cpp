#include "analyzer/operate/bundle_file.h"

#include <cstdio>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace da {
namespace {

struct Close {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

bool write_all(std::FILE* file, const std::string& bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && std::fflush(file) == 0;
}

}  // namespace

Result<std::string> read_bundle_file(const std::string& path) {
  const File opened(path == "-" ? nullptr : std::fopen(path.c_str(), "rbe"));
  if (path != "-" && !opened) return fail_errno("read " + path);
  std::FILE* file = opened ? opened.get() : stdin;
  std::string bytes;
  char buffer[65536];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, file)) {
    bytes.append(buffer, size);
    if (bytes.size() > kMostBundleBytes) return fail(path + ": larger than a bundle may be");
  }
  if (std::ferror(file) != 0) return fail_errno("read " + path);
  return bytes;
}

Result<> write_bundle_file(const std::string& path, const std::string& bytes) {
  if (path == "-") {
    if (!write_all(stdout, bytes)) return fail_errno("write the bundle");
    return {};
  }
  // What a program does is nobody else's business.
  const std::string temporary = path + "." + std::to_string(::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail_errno("write " + temporary);
  const File file(::fdopen(fd, "wb"));
  const bool written = file && write_all(file.get(), bytes) && ::fsync(fd) == 0;
  if (!written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failed = fail_errno("write " + path);
    ::unlink(temporary.c_str());
    return failed;
  }
  return {};
}

}  // namespace da
