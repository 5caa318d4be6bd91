// What the analyzer tells Prometheus, as a page in its text format: how intake, detection, models and
// notification go.
//
// Made by the wiring at each scrape, from counters that exist anyway. Pure. docs/metrics.md describes each.
//
//   AnalyzerState state;
//   state.detector = detectors.counters();
//   ...
//   std::string page = metrics_page(state);
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "analyzer/detect/detector.h"
#include "analyzer/detect/known_models.h"
#include "analyzer/intake/intake.h"
#include "analyzer/model/life_cycle.h"
#include "analyzer/notify/notify_state.h"
#include "analyzer/output/output_event.h"
#include "common/config/reload.h"

namespace da {

struct ModelCounts {
  std::map<ProfileState, std::size_t> profiles;
  std::size_t images_armed = 0;
  std::size_t images_learning = 0;
};

struct AnalyzerState {
  IntakeCounters intake;  ///< of all Redis
  DetectorCounters detector;
  NotifyCounters notify;
  std::map<AlertKind, std::uint64_t> alerts;
  std::map<std::string, OutputCounters> outputs;         ///< of those that are configured, by name
  std::map<CollectorCondition, std::size_t> collectors;  ///< empty where another analyzer looks
  std::map<ShardId, std::chrono::milliseconds> lags;
  std::size_t shards = 0;  ///< that there are
  std::size_t shards_held = 0;
  std::size_t analyzers = 0;
  std::uint64_t leases_lost = 0;
  bool reaches_redis = false;
  bool has_models = false;
  ModelCounts models;
  ReloadCounters reloads;
};

[[nodiscard]] ModelCounts count_models(const KnownModels& known);
[[nodiscard]] std::string metrics_page(const AnalyzerState& state);

}  // namespace da
