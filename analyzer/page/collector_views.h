// What the status page says of hosts and of the collectors on them: a table of all, and a warning where one
// is blind. Pure.
//
//   part += host_table(scene.state, traffic);
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "analyzer/page/html.h"
#include "analyzer/page/page_state.h"

namespace da {

/// What analyzers see of a host.
struct HostTraffic {
  std::size_t containers = 0;
  double calls_per_second = 0;
};

/// A row for each host that has a collector or traffic.
[[nodiscard]] Markup host_table(const PageState& state, const std::map<std::string, HostTraffic>& traffic);
/// A line for each collector that is silent or cannot see; empty: none is.
[[nodiscard]] Markup blind_lines(const PageState& state);
/// Coverage, stopped time and loss of one container, if its collector tells of it.
[[nodiscard]] std::optional<std::string> seen_words(const PageState& state, const std::string& host,
                                                    const std::string& container_id);

}  // namespace da
