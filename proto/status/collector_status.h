// What a collector says of itself every two seconds: since when it runs, how much it sees, what it loses and
// what it costs. It lies in Redis, in the hash {s0}:collectors, a field for each host.
//
// Made by collector/status_report, put there by collector/status_publisher through the function da_status_v2,
// read by analyzer/store/collector_table. docs/wire-format.md has the fields.
//
//   std::string row = encode_status(status);
//   Result<CollectorStatus> status = decode_status(row);
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "proto/ids.h"

namespace da {

inline constexpr std::string_view kCollectorsKey = "collectors";
inline constexpr std::chrono::milliseconds kStatusInterval{2000};
/// Containers that a row tells of one by one; the rest is counted.
inline constexpr std::size_t kMostListedContainers = 64;
/// As MAX_STATUS of docker_anomalies.lua.
inline constexpr std::size_t kLongestStatus = 32768;

struct ContainerStatus {
  std::string id;
  std::string name;
  std::string image;
  double coverage = 1;             ///< share of the last minute in which its calls were seen
  double stopped = 0;              ///< share of it in which one of its tasks or more stood still for us
  std::uint64_t records_lost = 0;  ///< since the collector began

  friend bool operator==(const ContainerStatus&, const ContainerStatus&) = default;
};

/// Counts are since the collector began; times are of its host's clock, CLOCK_REALTIME.
struct CollectorStatus {
  std::string host;
  std::string version;
  Epoch epoch{};
  std::int64_t since_ns = 0;  ///< when it began
  bool stopped = false;       ///< it ends in order: its last row
  bool hears_docker = false;
  bool can_attach = false;
  std::uint64_t containers = 0;       ///< traced now
  std::uint64_t tasks = 0;            ///< likewise
  double coverage = 1;                ///< of all its containers' time in the last minute
  double overhead = 0;                ///< share of that time in which they stood still
  std::uint64_t records = 0;          ///< captured
  std::uint64_t lost_queue = 0;       ///< the tracers' queue was full
  std::uint64_t lost_retention = 0;   ///< Redis took too little for too long
  std::uint64_t batches_refused = 0;  ///< by Redis, for good
  std::uint64_t records_waiting = 0;  ///< that Redis has yet to take
  std::uint64_t retention_bytes = 0;  ///< held for Redis
  std::uint64_t retention_limit = 0;
  std::int64_t loss_began_ns = 0;       ///< the latest stretch of losses; 0: nothing was lost
  std::int64_t loss_ended_ns = 0;       ///< the latest loss of it
  std::vector<ContainerStatus> listed;  ///< those that lost most, then those that are seen least, come first
  std::uint64_t not_listed = 0;

  [[nodiscard]] std::uint64_t records_lost() const noexcept { return lost_queue + lost_retention; }
  friend bool operator==(const CollectorStatus&, const CollectorStatus&) = default;
};

/// At most kLongestStatus bytes: long names are cut, and what finds no room of `listed` is counted. Bytes
/// that are no UTF-8 are replaced.
[[nodiscard]] std::string encode_status(CollectorStatus status);
/// Refuses what encode_status() has not written, or a newer version of it.
[[nodiscard]] Result<CollectorStatus> decode_status(std::string_view row);

}  // namespace da
