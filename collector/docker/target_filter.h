// Decides whether a container is to be watched. Pure.
//
// Used by container_set. Never watched are the parts of this system itself: watching the collector would
// stop it by its own hand, watching its Redis would make a record of every record.
//
//   TargetFilter filter(config, find_own_container());
//   if (filter.wants(container)) ...
#pragma once

#include <string>

#include "collector/capture/container.h"
#include "collector/docker/filter_config.h"

namespace da::docker {

/// Containers with this label and the value collector, analyzer or redis are never watched.
inline constexpr const char* kRoleLabel = "docker-anomalies.role";

class TargetFilter {
 public:
  /// `own_container`: id of the container the collector runs in, or its first 12 digits; empty if none.
  explicit TargetFilter(FilterConfig config, std::string own_container = {});

  /// Exclude wins over include; without include rules every container is wanted.
  [[nodiscard]] bool wants(const Container& container) const;

 private:
  [[nodiscard]] bool is_own(const Container& container) const;

  FilterConfig config_;
};

}  // namespace da::docker
