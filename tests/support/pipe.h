// A pipe that is closed with its test, and by an exec.
#pragma once

#include <array>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

#include "common/unique_fd.h"

namespace da::test {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

}  // namespace da::test
