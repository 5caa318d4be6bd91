#include "analyzer/metrics.h"

#include <array>
#include <string_view>

#include "common/metrics/metrics_page.h"
#include "common/metrics/process_metrics.h"
#include "common/metrics/reload_metrics.h"
#include "common/version.h"

namespace da {
namespace {

template <typename Table, typename Key>
auto count_of(const Table& table, const Key& key) {
  const auto found = table.find(key);
  return found == table.end() ? typename Table::mapped_type{} : found->second;
}

void show_intake(MetricsPage& page, const AnalyzerState& state) {
  // Those of Intake::deal_with() and of CodecError.
  constexpr std::array<std::string_view, 6> kRefusals{"no_batch",      "oversized",      "malformed",
                                                      "newer_version", "limit_exceeded", "inconsistent"};
  page.counter("batches_total", "Batches taken from Redis, each once.");
  page.sample(state.intake.batches);
  page.counter("batches_duplicate_total", "Batches that had come before, and were passed over.");
  page.sample(state.intake.duplicates);
  page.counter("batches_lost_total", "Batches that never came, by the numbers of those that did.");
  page.sample(state.intake.batches_lost);
  page.counter("batches_refused_total", "Entries of a stream that are no valid batch, and were passed over.");
  for (const std::string_view reason : kRefusals)
    page.sample(count_of(state.intake.refused_by_kind, std::string(reason)), {{"reason", reason}});
  page.counter("records_received_total", "System calls in the batches that were taken.");
  page.sample(state.intake.records);
  page.counter(
      "records_lost_total",
      "System calls that were captured and never came: with batches that are missing, or lost at the "
      "collector, which told so in a batch.");
  page.sample(state.intake.records_lost, {{"reason", "missing_batches"}});
  page.sample(state.detector.lost_at_collector, {{"reason", "told_by_collector"}});
  page.counter("commits_total", "Commits of a shard's state to Redis.");
  page.sample(state.intake.commits);
  page.counter("commits_refused_total", "Commits that came too late or that Redis did not take.");
  page.sample(state.intake.commits_refused);
  page.gauge("redis_connected", "1 while every Redis answers.");
  page.sample(state.reaches_redis ? 1 : 0);
  page.counter("redis_failures_total", "Connections to Redis that broke, or could not be made.");
  page.sample(state.intake.redis_failures);
}

void show_shards(MetricsPage& page, const AnalyzerState& state) {
  page.gauge("shards", "Shards that all analyzers have together.");
  page.sample(state.shards);
  page.gauge("shards_held", "Shards that are read here.");
  page.sample(state.shards_held);
  page.gauge("analyzers", "Analyzers that live, as far as this one knows.");
  page.sample(state.analyzers);
  page.counter("shard_tenures_total", "Shards that were taken up.");
  page.sample(state.intake.tenures);
  page.counter("leases_lost_total", "Leases of shards that lapsed, or went to another analyzer.");
  page.sample(state.leases_lost);
  page.gauge("stream_lag_seconds",
             "Of each shard that is read here: age of the oldest batch that was not dealt with; with none "
             "left, the time since that was found.");
  for (const auto& [shard, lag] : state.lags)
    page.sample(std::chrono::duration<double>(lag).count(), {{"shard", std::to_string(to_raw(shard))}});
}

void show_collectors(MetricsPage& page, const AnalyzerState& state) {
  page.gauge(
      "collectors",
      "Collectors by what they say of themselves. Looked at by the analyzer that has shard 0; 0 elsewhere.");
  for (const auto condition :
       {CollectorCondition::running, CollectorCondition::silent, CollectorCondition::stopped})
    page.sample(count_of(state.collectors, condition), {{"state", to_string(condition)}});
}

void show_detection(MetricsPage& page, const AnalyzerState& state) {
  page.counter("records_judged_total", "System calls that went through detection.");
  page.sample(state.detector.records);
  page.counter("windows_restarted_total", "Windows of threads that began anew after a gap.");
  page.sample(state.detector.gaps);
  page.counter("segments_unprofiled_total",
               "Runs of calls in a batch whose program has no profile: there was no room.");
  page.sample(state.detector.unprofiled);
  page.gauge("threads", "Threads that are followed now.");
  page.sample(state.detector.threads);
  page.counter("threads_evicted_total", "Threads that had to make room for others.");
  page.sample(state.detector.evicted);
  page.counter("alerts_total", "Alerts raised, by kind.");
  for (unsigned number = 0; number < 256; ++number) {
    const auto kind = static_cast<AlertKind>(number);
    if (is_known(kind)) page.sample(count_of(state.alerts, kind), {{"kind", kind_key(kind)}});
  }
}

void show_models(MetricsPage& page, const AnalyzerState& state) {
  page.gauge("models_ready", "1 once all models that were published have been taken up.");
  page.sample(state.has_models ? 1 : 0);
  page.gauge("profiles", "Profiles of programs that all analyzers know, by state.");
  for (const auto profile : {ProfileState::learning, ProfileState::shadow, ProfileState::armed})
    page.sample(count_of(state.models.profiles, profile), {{"state", to_string(profile)}});
  page.gauge("images", "Images that all analyzers know, by state.");
  page.sample(state.models.images_learning, {{"state", "learning"}});
  page.sample(state.models.images_armed, {{"state", "armed"}});
}

void show_notification(MetricsPage& page, const NotifyCounters& notify) {
  page.counter("alerts_suppressed_total",
               "Alerts that are told as a number only: repeats, and those that had no room.");
  page.sample(notify.alerts_counted);
  page.counter("alerts_silenced_total",
               "Alerts that are not mailed because an operator silenced them; what still goes on when the "
               "silence ends is.");
  page.sample(notify.alerts_silenced);
  page.gauge("silences", "Silences in force, as far as this analyzer knows.");
  page.sample(notify.silences);
  page.gauge("incidents_open", "Incidents that are not over.");
  page.sample(notify.incidents_open);
  page.counter("notifications_total",
               "Mails by what became of them: sent; doubtful, that is, sent without a confirmation; dead, "
               "that is, refused for good; dropped for lack of room.");
  page.sample(notify.mails_sent, {{"outcome", "sent"}});
  page.sample(notify.mails_uncertain, {{"outcome", "doubtful"}});
  page.sample(notify.mails_refused, {{"outcome", "dead"}});
  page.sample(notify.mails_dropped, {{"outcome", "dropped"}});
  page.counter("notification_attempts_failed_total", "Attempts to send a mail that failed.");
  page.sample(notify.attempts_failed);
  page.counter("notification_recipients_refused_total", "Recipients that a mail server refused.");
  page.sample(notify.recipients_refused);
  page.gauge("notifications_waiting", "Mails that wait to be sent.");
  page.sample(notify.mails_waiting);
  page.counter("notifications_unrecorded_total",
               "Mails sent while Redis could not note it: after a crash they may be sent again.");
  page.sample(notify.sent_unmarked);
  page.counter("stored_rows_refused_total", "Stored alerts and mails that could not be read.");
  page.sample(notify.rows_refused);
}

void show_outputs(MetricsPage& page, const AnalyzerState& state) {
  page.counter(
      "output_events_total",
      "Events told to other outputs than the mail, by what became of them: sent; failed attempts; dead, "
      "that is, refused for good; dropped for lack of room; suppressed, that is, repeats and what is "
      "silenced.");
  for (const auto& [name, counters] : state.outputs) {
    page.sample(counters.sent, {{"output", name}, {"outcome", "sent"}});
    page.sample(counters.failed, {{"output", name}, {"outcome", "failed"}});
    page.sample(counters.dead, {{"output", name}, {"outcome", "dead"}});
    page.sample(counters.dropped, {{"output", name}, {"outcome", "dropped"}});
    page.sample(counters.suppressed, {{"output", name}, {"outcome", "suppressed"}});
  }
  page.gauge("output_events_waiting", "Events that wait to be told.");
  for (const auto& [name, counters] : state.outputs)
    page.sample(counters.waiting, {{"output", name}});
}

}  // namespace

ModelCounts count_models(const KnownModels& known) {
  ModelCounts counts;
  for (const auto& [id, image] : known.images()) {
    if (image->empty()) continue;  // it was forgotten
    ++(image->armed() ? counts.images_armed : counts.images_learning);
    for (const auto& [key, program] : image->programs()) {
      if (program.profile) ++counts.profiles[program.profile->life().state()];
    }
  }
  return counts;
}

std::string metrics_page(const AnalyzerState& state) {
  MetricsPage page("docker_anomalies_analyzer_");
  show_reloads(page, state.reloads);
  show_intake(page, state);
  show_shards(page, state);
  show_collectors(page, state);
  show_detection(page, state);
  show_models(page, state);
  show_notification(page, state.notify);
  show_outputs(page, state);
  return process_metrics("analyzer", kVersion) + page.text();
}

}  // namespace da
