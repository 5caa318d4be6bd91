// Where an installed binary has its configuration.
//
// Used by the command lines, and by mails, whose commands name any other file.
#pragma once

#include <string>

namespace da {

/// "/etc/docker-anomalies/analyzer.yaml".
[[nodiscard]] inline std::string default_config_of(const std::string& binary) {
  return "/etc/docker-anomalies/" + binary + ".yaml";
}

}  // namespace da
