// Collects what is written to file descriptor 2 while it lives, to test log lines.
//
//   CapturedStderr captured;
//   log_info("hello");
//   REQUIRE(captured.text() == ...);
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include "common/unique_fd.h"

namespace da::test {

class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), saved_(::dup(STDERR_FILENO)) {
    if (file_ == nullptr || !saved_) throw std::runtime_error("cannot capture stderr");
    ::dup2(::fileno(file_), STDERR_FILENO);
  }
  ~CapturedStderr() {
    ::dup2(saved_.get(), STDERR_FILENO);
    std::fclose(file_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// All that was written so far.
  [[nodiscard]] std::string text() const {
    std::string all;
    char block[4096];
    for (ssize_t got = 0;
         (got = ::pread(::fileno(file_), block, sizeof block, static_cast<off_t>(all.size()))) > 0;) {
      all.append(block, static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  std::FILE* file_;
  UniqueFd saved_;
};

}  // namespace da::test
