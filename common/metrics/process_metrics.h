// What every binary's page of metrics has: which build runs, and what the process uses, by the names that
// Prometheus' client libraries use for it.
//
//   return process_metrics("collector", kVersion) + page.text();
#pragma once

#include <string>
#include <string_view>

namespace da {

/// Of this process, now.
[[nodiscard]] std::string process_metrics(std::string_view program, std::string_view version);

}  // namespace da
