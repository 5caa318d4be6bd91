#include "collector/metrics.h"

#include <algorithm>
#include <span>

#include "common/metrics/metrics_page.h"
#include "common/metrics/process_metrics.h"
#include "common/metrics/reload_metrics.h"
#include "common/version.h"

namespace da {
namespace {

using Containers = std::span<const CaptureShare>;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

void show_capture(MetricsPage& page, const CollectorState& state) {
  page.counter("records_total", "System calls captured.");
  page.sample(state.capture.records);
  page.counter(
      "records_lost_total",
      "Captured system calls that were lost: the tracers' queue was full, or the batches kept for Redis "
      "were too many.");
  page.sample(state.capture.lost, {{"reason", "queue"}});
  page.sample(state.retention.dropped_records, {{"reason", "retention"}});
  page.gauge("tasks_traced", "Tasks (threads) traced now.");
  page.sample(state.capture.tasks);
  page.counter("tasks_unannounced_total",
               "Tasks of which nothing is told: when they began, the queue had been full for too long.");
  page.sample(state.capture.unannounced);
  page.gauge("attach_possible", "1 if this process may attach to others, as was tried at the start.");
  page.sample(state.can_attach ? 1 : 0);
  page.gauge("docker_connected", "1 while Docker's events are heard.");
  page.sample(state.hears_docker ? 1 : 0);
  page.counter("docker_disconnects_total", "Times at which Docker could no longer be reached.");
  page.sample(state.docker_failures);
}

void show_shipping(MetricsPage& page, const CollectorState& state) {
  page.counter("records_acknowledged_total", "System calls that Redis has taken.");
  page.sample(state.retention.acknowledged_records);
  page.gauge("records_waiting", "System calls in batches that Redis has yet to take.");
  page.sample(state.retention.waiting_records);
  page.gauge("retention_bytes", "Memory in use by batches that Redis may still need.");
  page.sample(state.retention.held_bytes);
  page.counter("batches_acknowledged_total", "Batches that Redis has taken.");
  page.sample(state.retention.acknowledged_batches);
  page.counter("batches_lost_total", "Batches that were lost for lack of room before Redis took them.");
  page.sample(state.retention.dropped_batches);
  page.gauge("batches_waiting", "Batches that Redis has yet to take.");
  page.sample(state.retention.waiting_batches);
  page.counter("batches_duplicate_total", "Batches that were sent again, and that Redis had.");
  page.sample(state.writer.duplicates);
  page.counter("batches_refused_total",
               "Batches that Redis will never take, and that are lost though they count as acknowledged.");
  page.sample(state.writer.refused);
  page.counter(
      "batches_deferred_total",
      "Replies of Redis by which a batch has to wait: its stream is full, a collector of the same name "
      "started later, or Redis gave an error.");
  page.sample(state.writer.full, {{"reason", "full"}});
  page.sample(state.writer.stale, {{"reason", "stale"}});
  page.sample(state.writer.errors, {{"reason", "error"}});
  page.gauge("redis_connected", "1 while there is a connection to every Redis.");
  page.sample(state.reaches_redis ? 1 : 0);
  page.counter("redis_failures_total", "Connections to Redis that broke, or could not be made.");
  page.sample(state.writer.disconnects);
}

void show_each(MetricsPage& page, Containers containers, auto value_of) {
  constexpr std::size_t kShortId = 12;
  for (const CaptureShare& each : containers) {
    page.sample(value_of(each), {{"container_id", std::string_view(each.container_id).substr(0, kShortId)},
                                 {"container_name", each.container_name}});
  }
}

void show_containers(MetricsPage& page, Containers containers) {
  page.gauge("containers_traced", "Containers traced now.");
  page.sample(containers.size());
  const Containers shown = containers.first(std::min(containers.size(), kMostShownContainers));
  page.gauge("containers_not_shown", "Containers traced now for which there are no metrics of their own.");
  page.sample(containers.size() - shown.size());

  page.counter("container_traced_seconds_total", "Time since the tracing of the container began.");
  show_each(page, shown, [](const CaptureShare& each) { return seconds(each.total); });
  page.counter(
      "container_stopped_seconds_total",
      "Time in which at least one task of the container stood still for the collector. Its rate is what "
      "capture.budget limits.");
  show_each(page, shown, [](const CaptureShare& each) { return seconds(each.stopped); });
  page.counter("container_unseen_seconds_total",
               "Time in which the container was beyond its budget, and its calls were not seen.");
  show_each(page, shown, [](const CaptureShare& each) { return seconds(each.unseen); });
  page.gauge(
      "container_stopped_ratio",
      "Share of the time since the tracing began in which at least one task stood still for the collector.");
  show_each(page, shown, [](const CaptureShare& each) { return each.stopped_share(); });
  page.gauge("container_coverage_ratio",
             "Share of the time since the tracing began in which the container's calls were seen.");
  show_each(page, shown, [](const CaptureShare& each) { return each.coverage(); });
  page.counter("container_escaped_tasks_total",
               "Tasks that ran untraced at first, and whose first calls are missing.");
  show_each(page, shown, [](const CaptureShare& each) { return each.escaped_tasks; });
}

}  // namespace

std::string metrics_page(CollectorState state) {
  MetricsPage page("docker_anomalies_collector_");
  show_reloads(page, state.reloads);
  show_capture(page, state);
  show_shipping(page, state);
  // So that, if not all are shown, they are the same each time.
  std::ranges::sort(state.containers, {}, &CaptureShare::container_id);
  show_containers(page, state.containers);
  return process_metrics("collector", kVersion) + page.text();
}

}  // namespace da
