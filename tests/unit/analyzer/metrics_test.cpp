#include "analyzer/metrics.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "proto/codec.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

void check_sample(const std::string& page, const std::string& sample) {
  CHECK_THAT(page, Contains("\ndocker_anomalies_analyzer_" + sample + "\n"));
}

}  // namespace

SCENARIO("the page of an analyzer at work") {
  AnalyzerState state;
  state.intake.batches = 10;
  state.intake.records = 1000;
  state.intake.records_lost = 70;
  state.intake.refused_by_kind = {{"malformed", 3}};
  state.detector.records = 990;
  state.detector.lost_at_collector = 5;
  state.detector.threads = 12;
  state.notify.mails_sent = 4;
  state.notify.mails_refused = 1;
  state.notify.mails_waiting = 2;
  state.alerts = {{AlertKind::new_call, 6}};
  state.collectors = {{CollectorCondition::silent, 2}};
  state.lags = {{ShardId{3}, 1500ms}};
  state.outputs["webhook"] = {.sent = 3, .failed = 2, .dead = 1, .dropped = 4, .suppressed = 5, .waiting = 6};
  state.shards = 16;
  state.shards_held = 8;
  state.models.profiles = {{ProfileState::armed, 7}};
  state.models.images_armed = 1;
  const std::string page = metrics_page(state);
  for (const char* sample : {"batches_total 10",
                             "records_received_total 1000",
                             "records_lost_total{reason=\"missing_batches\"} 70",
                             "records_lost_total{reason=\"told_by_collector\"} 5",
                             "records_judged_total 990",
                             "threads 12",
                             "batches_refused_total{reason=\"malformed\"} 3",
                             "batches_refused_total{reason=\"oversized\"} 0",
                             "notifications_total{outcome=\"sent\"} 4",
                             "notifications_total{outcome=\"dead\"} 1",
                             "notifications_waiting 2",
                             "alerts_total{kind=\"new_call\"} 6",
                             "alerts_total{kind=\"unusual_pace\"} 0",
                             "stream_lag_seconds{shard=\"3\"} 1.5",
                             "collectors{state=\"silent\"} 2",
                             "collectors{state=\"running\"} 0",
                             "output_events_total{output=\"webhook\",outcome=\"sent\"} 3",
                             "output_events_total{output=\"webhook\",outcome=\"dead\"} 1",
                             "output_events_total{output=\"webhook\",outcome=\"suppressed\"} 5",
                             "output_events_waiting{output=\"webhook\"} 6",
                             "shards 16",
                             "shards_held 8",
                             "profiles{state=\"armed\"} 7",
                             "profiles{state=\"learning\"} 0",
                             "images{state=\"armed\"} 1",
                             "redis_connected 0"})
    check_sample(page, sample);
}

SCENARIO("every reason to refuse a batch, and every kind of alert, is shown before it happens") {
  const std::string page = metrics_page({});
  for (int number = 0; number < 256; ++number) {
    const auto reason = to_string(static_cast<CodecError::Kind>(number));
    if (reason != "unknown")
      check_sample(page, fmt::format("batches_refused_total{{reason=\"{}\"}} 0", reason));
  }
  for (const char* kind : {"new_executable", "unusual_thread", "new_directory_read", "unusual_pace"})
    check_sample(page, fmt::format("alerts_total{{kind=\"{}\"}} 0", kind));
}
