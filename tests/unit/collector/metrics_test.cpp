#include "collector/metrics.h"

#include <algorithm>
#include <chrono>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "common/version.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

CaptureShare container(std::string id, std::string name) {
  CaptureShare share;
  share.container_id = std::move(id);
  share.container_name = std::move(name);
  return share;
}

}  // namespace

SCENARIO("the page of a collector that traces two containers") {
  CollectorState state;
  state.capture.records = 1000;
  state.capture.lost = 7;
  state.capture.unannounced = 1;
  state.capture.tasks = 12;
  state.retention.dropped_records = 20;
  state.retention.acknowledged_records = 900;
  state.retention.waiting_records = 73;
  state.retention.held_bytes = 4096;
  state.retention.acknowledged_batches = 90;
  state.retention.dropped_batches = 5;
  state.retention.waiting_batches = 8;
  state.writer.refused = 2;
  state.writer.duplicates = 6;
  state.writer.full = 11;
  state.writer.stale = 12;
  state.writer.errors = 13;
  state.writer.disconnects = 14;
  state.hears_docker = true;
  state.docker_failures = 4;
  state.can_attach = true;
  state.reloads = {.succeeded = 3, .failed = 1, .last_succeeded = false};
  CaptureShare web = container(std::string(64, 'b'), "web");
  web.total = 8s;
  web.stopped = 2s;
  web.unseen = 500ms;
  web.escaped_tasks = 3;
  state.containers = {web, container(std::string(64, 'a'), "idle")};

  const std::string page = metrics_page(std::move(state));
  CHECK_THAT(page,
             Contains(fmt::format("\ndocker_anomalies_build_info{{program=\"collector\",version=\"{}\"}} 1\n",
                                  kVersion)));
  CHECK_THAT(page, Contains("\nprocess_resident_memory_bytes "));
  CHECK(
      page.substr(page.find("# HELP docker_anomalies_collector_")) ==
      R"(# HELP docker_anomalies_collector_config_reloads_total Reloads of the configuration (SIGHUP), by their result.
# TYPE docker_anomalies_collector_config_reloads_total counter
docker_anomalies_collector_config_reloads_total{result="success"} 3
docker_anomalies_collector_config_reloads_total{result="failure"} 1
# HELP docker_anomalies_collector_config_last_reload_successful 0 if the last reload failed, so that what runs is not what the files say.
# TYPE docker_anomalies_collector_config_last_reload_successful gauge
docker_anomalies_collector_config_last_reload_successful 0
# HELP docker_anomalies_collector_records_total System calls captured.
# TYPE docker_anomalies_collector_records_total counter
docker_anomalies_collector_records_total 1000
# HELP docker_anomalies_collector_records_lost_total Captured system calls that were lost: the tracers' queue was full, or the batches kept for Redis were too many.
# TYPE docker_anomalies_collector_records_lost_total counter
docker_anomalies_collector_records_lost_total{reason="queue"} 7
docker_anomalies_collector_records_lost_total{reason="retention"} 20
# HELP docker_anomalies_collector_tasks_traced Tasks (threads) traced now.
# TYPE docker_anomalies_collector_tasks_traced gauge
docker_anomalies_collector_tasks_traced 12
# HELP docker_anomalies_collector_tasks_unannounced_total Tasks of which nothing is told: when they began, the queue had been full for too long.
# TYPE docker_anomalies_collector_tasks_unannounced_total counter
docker_anomalies_collector_tasks_unannounced_total 1
# HELP docker_anomalies_collector_attach_possible 1 if this process may attach to others, as was tried at the start.
# TYPE docker_anomalies_collector_attach_possible gauge
docker_anomalies_collector_attach_possible 1
# HELP docker_anomalies_collector_docker_connected 1 while Docker's events are heard.
# TYPE docker_anomalies_collector_docker_connected gauge
docker_anomalies_collector_docker_connected 1
# HELP docker_anomalies_collector_docker_disconnects_total Times at which Docker could no longer be reached.
# TYPE docker_anomalies_collector_docker_disconnects_total counter
docker_anomalies_collector_docker_disconnects_total 4
# HELP docker_anomalies_collector_records_acknowledged_total System calls that Redis has taken.
# TYPE docker_anomalies_collector_records_acknowledged_total counter
docker_anomalies_collector_records_acknowledged_total 900
# HELP docker_anomalies_collector_records_waiting System calls in batches that Redis has yet to take.
# TYPE docker_anomalies_collector_records_waiting gauge
docker_anomalies_collector_records_waiting 73
# HELP docker_anomalies_collector_retention_bytes Memory in use by batches that Redis may still need.
# TYPE docker_anomalies_collector_retention_bytes gauge
docker_anomalies_collector_retention_bytes 4096
# HELP docker_anomalies_collector_batches_acknowledged_total Batches that Redis has taken.
# TYPE docker_anomalies_collector_batches_acknowledged_total counter
docker_anomalies_collector_batches_acknowledged_total 90
# HELP docker_anomalies_collector_batches_lost_total Batches that were lost for lack of room before Redis took them.
# TYPE docker_anomalies_collector_batches_lost_total counter
docker_anomalies_collector_batches_lost_total 5
# HELP docker_anomalies_collector_batches_waiting Batches that Redis has yet to take.
# TYPE docker_anomalies_collector_batches_waiting gauge
docker_anomalies_collector_batches_waiting 8
# HELP docker_anomalies_collector_batches_duplicate_total Batches that were sent again, and that Redis had.
# TYPE docker_anomalies_collector_batches_duplicate_total counter
docker_anomalies_collector_batches_duplicate_total 6
# HELP docker_anomalies_collector_batches_refused_total Batches that Redis will never take, and that are lost though they count as acknowledged.
# TYPE docker_anomalies_collector_batches_refused_total counter
docker_anomalies_collector_batches_refused_total 2
# HELP docker_anomalies_collector_batches_deferred_total Replies of Redis by which a batch has to wait: its stream is full, a collector of the same name started later, or Redis gave an error.
# TYPE docker_anomalies_collector_batches_deferred_total counter
docker_anomalies_collector_batches_deferred_total{reason="full"} 11
docker_anomalies_collector_batches_deferred_total{reason="stale"} 12
docker_anomalies_collector_batches_deferred_total{reason="error"} 13
# HELP docker_anomalies_collector_redis_connected 1 while there is a connection to every Redis.
# TYPE docker_anomalies_collector_redis_connected gauge
docker_anomalies_collector_redis_connected 0
# HELP docker_anomalies_collector_redis_failures_total Connections to Redis that broke, or could not be made.
# TYPE docker_anomalies_collector_redis_failures_total counter
docker_anomalies_collector_redis_failures_total 14
# HELP docker_anomalies_collector_containers_traced Containers traced now.
# TYPE docker_anomalies_collector_containers_traced gauge
docker_anomalies_collector_containers_traced 2
# HELP docker_anomalies_collector_containers_not_shown Containers traced now for which there are no metrics of their own.
# TYPE docker_anomalies_collector_containers_not_shown gauge
docker_anomalies_collector_containers_not_shown 0
# HELP docker_anomalies_collector_container_traced_seconds_total Time since the tracing of the container began.
# TYPE docker_anomalies_collector_container_traced_seconds_total counter
docker_anomalies_collector_container_traced_seconds_total{container_id="aaaaaaaaaaaa",container_name="idle"} 0
docker_anomalies_collector_container_traced_seconds_total{container_id="bbbbbbbbbbbb",container_name="web"} 8
# HELP docker_anomalies_collector_container_stopped_seconds_total Time in which at least one task of the container stood still for the collector. Its rate is what capture.budget limits.
# TYPE docker_anomalies_collector_container_stopped_seconds_total counter
docker_anomalies_collector_container_stopped_seconds_total{container_id="aaaaaaaaaaaa",container_name="idle"} 0
docker_anomalies_collector_container_stopped_seconds_total{container_id="bbbbbbbbbbbb",container_name="web"} 2
# HELP docker_anomalies_collector_container_unseen_seconds_total Time in which the container was beyond its budget, and its calls were not seen.
# TYPE docker_anomalies_collector_container_unseen_seconds_total counter
docker_anomalies_collector_container_unseen_seconds_total{container_id="aaaaaaaaaaaa",container_name="idle"} 0
docker_anomalies_collector_container_unseen_seconds_total{container_id="bbbbbbbbbbbb",container_name="web"} 0.5
# HELP docker_anomalies_collector_container_stopped_ratio Share of the time since the tracing began in which at least one task stood still for the collector.
# TYPE docker_anomalies_collector_container_stopped_ratio gauge
docker_anomalies_collector_container_stopped_ratio{container_id="aaaaaaaaaaaa",container_name="idle"} 0
docker_anomalies_collector_container_stopped_ratio{container_id="bbbbbbbbbbbb",container_name="web"} 0.25
# HELP docker_anomalies_collector_container_coverage_ratio Share of the time since the tracing began in which the container's calls were seen.
# TYPE docker_anomalies_collector_container_coverage_ratio gauge
docker_anomalies_collector_container_coverage_ratio{container_id="aaaaaaaaaaaa",container_name="idle"} 1
docker_anomalies_collector_container_coverage_ratio{container_id="bbbbbbbbbbbb",container_name="web"} 0.9375
# HELP docker_anomalies_collector_container_escaped_tasks_total Tasks that ran untraced at first, and whose first calls are missing.
# TYPE docker_anomalies_collector_container_escaped_tasks_total counter
docker_anomalies_collector_container_escaped_tasks_total{container_id="aaaaaaaaaaaa",container_name="idle"} 0
docker_anomalies_collector_container_escaped_tasks_total{container_id="bbbbbbbbbbbb",container_name="web"} 3
)");
}

SCENARIO("a container's name is hostile text") {
  CollectorState state;
  state.containers = {container("0123456789abcdef", "a\"} 9\n# \\ \xff")};
  CHECK_THAT(
      metrics_page(std::move(state)),
      Contains("container_coverage_ratio{container_id=\"0123456789ab\",container_name=\"a\\\"} 9\\n# \\\\ "
               "\xef\xbf\xbd\"} 1\n"));
}

SCENARIO("beyond a thousand containers the rest is counted, and those shown are always the same") {
  CollectorState state;
  for (int i = 0; i < 1003; ++i)
    state.containers.push_back(container(fmt::format("{:012}", i), "web"));
  std::ranges::reverse(state.containers);
  const std::string page = metrics_page(std::move(state));
  CHECK_THAT(page, Contains("_containers_traced 1003\n"));
  CHECK_THAT(page, Contains("_containers_not_shown 3\n"));
  CHECK_THAT(page, Contains("_container_coverage_ratio{container_id=\"000000000999\","));
  CHECK_THAT(page, !Contains("000000001000"));
}
