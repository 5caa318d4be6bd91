// The collectors as Redis knows them: what each said of itself, and how long ago. The rows of
// {s0}:collectors, which the function da_status_v2 stamps with Redis's own clock.
//
// Read by operate/collector_reader (`analyzer collectors`, the status page) and exchange/collector_watch.
// Pure.
//
//   auto row = parse_collector(host, text, redis_now_ms);       // Result<CollectorRow>
//   if (row->state == CollectorCondition::silent) ...
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "proto/status/collector_status.h"

namespace da {

enum class CollectorCondition : std::uint8_t {
  running,
  silent,   ///< it said nothing for too long, and did not say that it would end
  stopped,  ///< it ended in order
};

struct CollectorRow {
  CollectorStatus status;
  CollectorCondition condition{};
  std::int64_t heard_ms = 0;        ///< when, by Redis's clock, since 1970
  std::chrono::milliseconds age{};  ///< of what it said
};

/// Five times in a row it said nothing.
inline constexpr std::chrono::milliseconds kSilentAfter = 5 * kStatusInterval;

[[nodiscard]] constexpr const char* to_string(CollectorCondition condition) noexcept {
  switch (condition) {
    case CollectorCondition::running:
      return "running";
    case CollectorCondition::silent:
      return "silent";
    case CollectorCondition::stopped:
      return "stopped";
  }
  return "";
}

/// `now_ms`: Redis's clock. Refuses what da_status_v2 has not put there.
[[nodiscard]] Result<CollectorRow> parse_collector(std::string_view host, std::string_view text,
                                                   std::int64_t now_ms);
/// All rows, each host with its text, and the reply to TIME (seconds and microseconds). A row that cannot be
/// read is passed over: it is of a collector of another version.
[[nodiscard]] Result<std::vector<CollectorRow>> parse_collectors(
    const std::map<std::string, std::string>& rows, const std::vector<std::string>& time);
/// Milliseconds since 1970 from a reply to TIME.
[[nodiscard]] Result<std::int64_t> redis_now_ms(const std::vector<std::string>& time);

}  // namespace da
