// A container as capture and shipping know it: what Docker said of it, fixed for its life.
//
// Made by docker/watcher from an inspect reply.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "proto/ids.h"

namespace da {

/// 64 lower-case hex digits: safe in a URL and in a path.
[[nodiscard]] inline bool is_container_id(std::string_view text) noexcept {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

struct Container {
  std::string id;        ///< 64 hex digits
  std::string name;      ///< without Docker's leading '/'
  std::string image;     ///< as given to `docker run`: "nginx:1.25"
  std::string image_id;  ///< "sha256:..."
  std::map<std::string, std::string> labels;
  Pid init{};  ///< its first process, in the host's pid namespace
};

}  // namespace da
