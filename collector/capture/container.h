// A container as capture and shipping know it: what Docker said of it, fixed for its life.
//
// Made by docker/watcher from an inspect reply.
#pragma once

#include <map>
#include <string>

#include "proto/ids.h"

namespace da {

struct Container {
  std::string id;        ///< 64 hex digits
  std::string name;      ///< without Docker's leading '/'
  std::string image;     ///< as given to `docker run`: "nginx:1.25"
  std::string image_id;  ///< "sha256:..."
  std::map<std::string, std::string> labels;
  Pid init{};  ///< its first process, in the host's pid namespace
};

}  // namespace da
