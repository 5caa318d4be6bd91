#include "collector/status_report.h"

#include <algorithm>

#include "common/version.h"
#include "proto/codec.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenSamples = 10s;
constexpr auto kWindow = 1min;
/// Without a loss for so long, the next one begins another stretch of losses.
constexpr std::int64_t kCalmNs = 60'000'000'000;
constexpr std::size_t kMostLosers = 1000;

double share(std::chrono::nanoseconds part, std::chrono::nanoseconds whole) {
  if (whole.count() <= 0) return 0;
  return std::clamp(static_cast<double>(part.count()) / static_cast<double>(whole.count()), 0.0, 1.0);
}

}  // namespace

StatusReport::StatusReport(std::string host, Epoch epoch, std::int64_t began_ns)
    : host_(std::move(host)), epoch_(epoch), began_ns_(began_ns) {}

void StatusReport::shipped(const SyscallBatch& batch) {
  for (const Segment& segment : batch.segments) {
    if (segment.lost > 0 && segment.origin < batch.origins.size())
      add_loss(batch.origins[segment.origin], segment.lost);
  }
}

void StatusReport::dropped(std::string_view payload) {
  const auto batch = decode(payload);
  if (!batch) return;
  for (const Segment& segment : batch->segments) {
    if (segment.record_count > 0 && segment.origin < batch->origins.size())
      add_loss(batch->origins[segment.origin], segment.record_count);
  }
}

void StatusReport::add_loss(const Origin& origin, std::uint64_t records) {
  auto found = losers_.find(origin.container_id);
  if (found == losers_.end()) {
    if (losers_.size() >= kMostLosers) return;  // those of before are enough to look at
    found = losers_.emplace(origin.container_id, Loser{}).first;
  }
  found->second.name = origin.container_name;
  found->second.image = origin.image;
  found->second.records += records;
}

CollectorStatus StatusReport::make(const CollectorState& state, Time now, std::int64_t now_ns) {
  CollectorStatus status;
  status.host = host_;
  status.version = kVersion;
  status.epoch = epoch_;
  status.since_ns = began_ns_;
  status.hears_docker = state.hears_docker;
  status.can_attach = state.can_attach;
  status.containers = state.containers.size();
  status.tasks = state.capture.tasks;
  status.records = state.capture.records;
  status.lost_queue = state.capture.lost;
  status.lost_retention = state.retention.dropped_records;
  status.batches_refused = state.writer.refused;
  status.records_waiting = state.retention.waiting_records;
  status.retention_bytes = state.retention.held_bytes;

  remember(state, now);
  const Sample& before = samples_.front();
  Times all;
  std::map<std::string, Loser> unlisted = losers_;
  for (const CaptureShare& each : state.containers) {
    Times times{each.total, each.stopped, each.unseen};
    // One that began since is told as a whole, and so is one that began anew.
    if (const auto then = before.containers.find(each.container_id);
        then != before.containers.end() && then->second.total < times.total) {
      times.total -= then->second.total;
      times.stopped -= then->second.stopped;
      times.unseen -= then->second.unseen;
    }
    all.total += times.total;
    all.stopped += times.stopped;
    all.unseen += times.unseen;
    ContainerStatus container;
    container.id = each.container_id;
    container.name = each.container_name;
    container.coverage = 1 - share(times.unseen, times.total);
    container.stopped = share(times.stopped, times.total);
    if (const auto loser = unlisted.extract(each.container_id); !loser.empty()) {
      container.image = loser.mapped().image;
      container.records_lost = loser.mapped().records;
    }
    status.listed.push_back(std::move(container));
  }
  for (auto& [id, loser] : unlisted)
    status.listed.push_back({id, loser.name, loser.image, 1, 0, loser.records});
  status.coverage = 1 - share(all.unseen, all.total);
  status.overhead = share(all.stopped, all.total);
  note_losses(status, now_ns);
  return status;
}

void StatusReport::remember(const CollectorState& state, Time now) {
  if (!samples_.empty() && now - samples_.back().time < kBetweenSamples) return;
  while (samples_.size() > 1 && now - samples_.front().time > kWindow)
    samples_.pop_front();
  Sample sample{now, {}};
  for (const CaptureShare& each : state.containers)
    sample.containers.emplace(each.container_id, Times{each.total, each.stopped, each.unseen});
  samples_.push_back(std::move(sample));
}

void StatusReport::note_losses(CollectorStatus& status, std::int64_t now_ns) {
  const std::uint64_t lost = status.records_lost();
  if (lost > lost_) {
    if (loss_began_ns_ == 0 || now_ns - loss_ended_ns_ > kCalmNs) loss_began_ns_ = now_ns;
    loss_ended_ns_ = now_ns;
    lost_ = lost;
  }
  status.loss_began_ns = loss_began_ns_;
  status.loss_ended_ns = loss_ended_ns_;
}

}  // namespace da
