// What the collector tells Prometheus, as a page in its text format: how capturing and shipping go, and for
// each container how long it stood still for us and how much of it was seen.
//
// Made by the wiring at each scrape, from counters that exist anyway. Pure.
//
//   CollectorState state;
//   state.capture = capture->counters();
//   ...
//   std::string page = metrics_page(std::move(state));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/capture/capture.h"
#include "collector/shipping/retention.h"
#include "collector/shipping/stream_writer.h"
#include "common/config/reload.h"

namespace da {

struct CollectorState {
  CaptureCounters capture;
  std::vector<CaptureShare> containers;
  RetentionCounters retention;
  StreamWriterCounters writer;
  bool hears_docker = false;
  std::uint64_t docker_failures = 0;  ///< connections that broke or could not be made
  bool reaches_redis = false;
  bool can_attach = false;
  ReloadCounters reloads;
};

/// Of more containers than these, only those with the lowest ids are shown one by one.
constexpr std::size_t kMostShownContainers = 1000;

[[nodiscard]] std::string metrics_page(CollectorState state);

}  // namespace da
