// The configuration in force, as YAML with a comment on each line that says where its value was given: for
// --print-config. Secrets are masked.
//
//   fmt::print("{}", print_config(config.keys));
//   #   redis:
//   #     url: "unix:///r.sock"  # conf.d/10-redis.yaml:2
#pragma once

#include <string>

#include "common/config/read_keys.h"

namespace da {

/// In the order in which the keys were read. Optional keys that are empty are left out.
[[nodiscard]] std::string print_config(const ReadKeys& keys);

}  // namespace da
