#include "analyzer/replay/replay.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "proto/codec.h"

namespace da {
namespace {

constexpr std::int64_t kCurateEachNs = 2'000'000'000;  // as an analyzer commits
constexpr std::uint64_t kCurateEachRecords = 20'000;   // at the latest
constexpr std::size_t kAll = SIZE_MAX;

}  // namespace

Decision decision_of(const Alert& alert) {
  return {
      alert.time_ns,    alert.host, alert.container_name.empty() ? alert.container_id : alert.container_name,
      alert.executable, alert.pid,  alert.tid,
      alert.kind};
}

Replay::Replay(const DetectorOptions& options, std::uint16_t shards)
    : shards_(shards), detectors_(options, shards) {
  for (std::uint16_t shard = 0; shard < shards; ++shard)
    static_cast<void>(detectors_.take_up(ShardId{shard}, {}));
}

void Replay::take(ShardId shard, std::string_view payload) {
  ++result_.batches;
  const Decoded batch = decode(payload);
  if (!batch) {
    ++result_.refused[std::string(to_string(batch.error().kind))];
    return;
  }
  const SequenceVerdict verdict = checks_[shard].judge(batch->header, batch->record_count());
  if (verdict.kind == SequenceVerdict::Kind::duplicate) return;
  // A recording begins in the midst of a collector's run: what came before is not lost to it.
  const bool first = verdict.kind == SequenceVerdict::Kind::new_epoch;
  if (!first) {
    result_.batches_lost += verdict.batches_lost;
    result_.records_lost += verdict.records_lost;
  }
  for (const Segment& segment : batch->segments)
    result_.records_lost += segment.lost;
  result_.records += batch->record_count();
  if (const auto& times = batch->times_ns; !times.empty()) {
    const auto [earliest, latest] = std::minmax_element(times.begin(), times.end());
    result_.first_ns = result_.first_ns == 0 ? *earliest : std::min(result_.first_ns, *earliest);
    result_.last_ns = std::max(result_.last_ns, *latest);
  }

  auto alerts = detectors_.process(
      shard, *batch,
      {.gap = !verdict.continuous(), .records_lost = first ? 0 : verdict.records_lost, .new_epoch = first});
  std::move(alerts.begin(), alerts.end(), std::back_inserter(result_.alerts));
  if (result_.last_ns - kCurateEachNs >= curated_ns_ ||
      result_.records - curated_records_ >= kCurateEachRecords)
    curate();
}

void Replay::curate() {
  curated_ns_ = result_.last_ns;
  curated_records_ = result_.records;
  for (std::uint16_t number = 0; number < shards_; ++number) {
    const ShardId shard{number};
    for (auto& [part, blob] : detectors_.take_changes(shard).parts)
      static_cast<void>(detectors_.take_part(shard, part, std::move(blob)));
  }
  static_cast<void>(detectors_.curate(kAll));
  for (Transition& transition : detectors_.take_transitions())
    result_.transitions.push_back({result_.last_ns, std::move(transition)});
}

ReplayResult Replay::finish() {
  curate();
  return std::move(result_);
}

}  // namespace da
