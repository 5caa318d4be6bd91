#include "collector/config.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "collector/capture/labels_text.h"
#include "collector/guard/guard_page.h"
#include "common/config/log_config.h"
#include "common/host_name.h"
#include "common/metrics/metrics_config.h"
#include "common/redis/redis_config.h"
#include "proto/stream_key.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr std::uint64_t kGiB = 1U << 30U;

// A tracer thread works while its tracees stand still: more of them than processors gain nothing.
std::int64_t usual_tracer_threads() {
  constexpr std::int64_t kMost = 8;
  return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, kMost);
}

/// The names that docker compose gives, unless others are asked for.
std::vector<std::string> read_told_labels(Section& containers) {
  auto names = containers.strings("labels", {"com.docker.compose.project", "com.docker.compose.service"});
  if (names.size() > kMostToldLabels)
    throw containers.error("labels", fmt::format("more than {}", kMostToldLabels));
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kLongestToldLabel / 2 ||
        name.find_first_of("=\n\t") != std::string::npos)
      throw containers.error("labels", "expected names of labels, without a value");
  }
  return names;
}

}  // namespace

CollectorConfig read_collector_config(const ConfigSources& sources) {
  return read_collector_config(Section::load(sources));
}

CollectorConfig read_collector_config(Section root) {
  Section docker_section = root.section("docker");
  const auto watcher = docker::WatcherConfig::from(docker_section);
  docker_section.done();

  Section containers = root.section("containers");
  auto told_labels = read_told_labels(containers);
  auto filter = docker::FilterConfig::from(containers);

  Section capture = root.section("capture");
  (void)capture.word("method", "ptrace", {"ptrace"});
  const auto queue_bytes = capture.bytes("queue", 64 * kMiB, kMiB, 4 * kGiB);
  const auto threads = capture.integer("threads", usual_tracer_threads(), 1, kMaxTracers);
  const auto budget = StopBudget::from(capture.percent("budget", 1.0, 0.01, 1.0));
  const auto rescan_interval = capture.duration("rescan_interval", 20ms, 1ms, 10s);
  capture.done();

  Section shipping = root.section("shipping");
  const auto retention_bytes = shipping.bytes("retention", 64 * kMiB, kMiB, 16 * kGiB);
  const auto stream_limit = shipping.integer("stream_limit", 20'000, 16, 10'000'000);
  const auto max_batch_age = shipping.duration("max_age", 50ms, 1ms, 10s);
  const auto compression =
      shipping.word("compression", "none", {"none", "lz4"}) == "lz4" ? Compression::lz4 : Compression::none;
  shipping.done();

  auto host = root.string("host", host_name("unknown"));
  if (host.empty() || host.size() > 255) throw root.error("host", "expected 1 to 255 characters");
  const auto shards = static_cast<std::uint16_t>(root.integer("shards", kDefaultShards, 1, 1024));
  CollectorConfig config{
      .host = std::move(host),
      .docker = watcher,
      .containers = std::move(filter),
      .told_labels = std::move(told_labels),
      .redis = read_redis_config(root.section("redis"), shards),
      .shards = shards,
      .queue_bytes = queue_bytes,
      .tracer_threads = static_cast<std::size_t>(threads),
      .budget = budget.value_or(StopBudget()),
      .rescan_interval = rescan_interval,
      .retention_bytes = retention_bytes,
      .stream_limit = static_cast<std::uint64_t>(stream_limit),
      .max_batch_age = max_batch_age,
      .compression = compression,
      .metrics = read_metrics_config(root.section("metrics")),
      .log_level = read_log_config(root.section("log")),
      .keys = {},
  };
  root.done();
  config.keys = root.read_keys();
  return config;
}

}  // namespace da
