// Which containers are to be watched, as the configuration says it.
//
// Read by the collector's config, applied by target_filter.
//
//   containers:
//     include:                    # what to watch; without any rule here: every container
//       names: ["web-*"]          # shell globs over the name
//       images: [nginx, "registry.example/*"]  # shell globs over the image, with or without its tag
//       labels: [team=shop, monitored]         # "key=value", or "key" for any value
//     exclude:                    # never watched, even if included; the same three lists
//       names: ["build-*"]
//     own: [da-redis]             # names or id prefixes (12 digits or more) of this system's own containers
#pragma once

#include <string>
#include <vector>

#include "common/config/section.h"

namespace da::docker {

/// One rule of any list is enough.
struct FilterRules {
  std::vector<std::string> names;
  std::vector<std::string> images;
  std::vector<std::string> labels;

  [[nodiscard]] bool empty() const { return names.empty() && images.empty() && labels.empty(); }
};

struct FilterConfig {
  FilterRules include;
  FilterRules exclude;
  std::vector<std::string> own;

  /// Throws ConfigError. Reads include, exclude and own, and calls done().
  [[nodiscard]] static FilterConfig from(Section& section);
};

}  // namespace da::docker
