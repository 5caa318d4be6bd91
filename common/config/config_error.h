// What is wrong with a configuration, for an operator: where, which key, and what was expected.
#pragma once

#include <stdexcept>

namespace da {

/// what(): "collector.yaml:12: redis.port: expected a whole number from 1 to 65535, got \"many\"".
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace da
