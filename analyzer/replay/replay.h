// Recorded batches through the whole of detection, without Redis and without a clock: what was learned when,
// and which alerts were raised.
//
// As the analyzer's own wiring has it: sequence check, a detector for each shard, the curator. What shards
// taught is added up each two seconds of the records' time, or 20,000 records, so that the same recording
// gives the same decisions always.
//
//   Replay replay(config.detector, reader.shards());
//   while (auto batch = reader.next()) replay.take(batch->shard, batch->payload);
//   const ReplayResult result = replay.finish();
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/shard_detectors.h"
#include "analyzer/intake/sequence_check.h"

namespace da {

/// What an alert is known by in another configuration: its id depends on what was learned.
struct Decision {
  std::int64_t time_ns = 0;  ///< of the call that raised it, CLOCK_REALTIME
  std::string host;
  std::string container;  ///< its name, or its id if it has none
  std::string executable;
  Pid pid{};
  Tid tid{};
  AlertKind kind{};

  friend bool operator==(const Decision&, const Decision&) = default;
  friend auto operator<=>(const Decision&, const Decision&) = default;
};

struct ReplayedTransition {
  std::int64_t time_ns = 0;  ///< of the latest record then
  Transition transition;
};

struct ReplayResult {
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t batches_lost = 0;                ///< missing from the recording, by their numbers
  std::uint64_t records_lost = 0;                ///< by numbers, and by marks of the collector
  std::map<std::string, std::uint64_t> refused;  ///< batches that cannot be read, by reason
  std::int64_t first_ns = 0;                     ///< time of the earliest record
  std::int64_t last_ns = 0;
  std::vector<ReplayedTransition> transitions;
  std::vector<Alert> alerts;
};

[[nodiscard]] Decision decision_of(const Alert& alert);

class Replay {
 public:
  Replay(const DetectorOptions& options, std::uint16_t shards);
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  /// Precondition: the shard is below the number of shards.
  void take(ShardId shard, std::string_view payload);
  /// Call once, at the end.
  [[nodiscard]] ReplayResult finish();

 private:
  void curate();

  std::uint16_t shards_;
  ShardDetectors detectors_;
  std::map<ShardId, SequenceCheck> checks_;
  std::int64_t curated_ns_ = INT64_MIN;
  std::uint64_t curated_records_ = 0;
  ReplayResult result_;
};

}  // namespace da
