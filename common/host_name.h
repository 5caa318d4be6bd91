// The name of the host that we run on, as the system says it.
//
//   host_name("unknown")
#pragma once

#include <array>
#include <string>

#include <unistd.h>

namespace da {

[[nodiscard]] inline std::string host_name(std::string otherwise = {}) {
  std::array<char, 256> name{};  // ended by a NUL even if the system cuts it
  if (::gethostname(name.data(), name.size() - 1) != 0) return otherwise;
  return name.data();
}

}  // namespace da
