#include "collector/shipping/batcher.h"

#include <algorithm>

#include "proto/codec.h"

namespace da {
namespace {

constexpr std::size_t kMostRecords = 6'000;

constexpr std::uint8_t bit(SegmentFlag flag) {
  return static_cast<std::uint8_t>(flag);
}

}  // namespace

Batcher::Batcher(OriginTable& origins, std::string host, Epoch epoch, BatchLimits limits, Sink sink)
    : origins_(origins),
      host_(std::move(host)),
      epoch_(epoch),
      limits_(limits),
      sink_(std::move(sink)),
      shards_(std::max<std::uint16_t>(limits.shards, 1)) {
  if (host_.size() > WireLimits::text_bytes) host_.resize(WireLimits::text_bytes);
  // Captures are reckoned, records are not: at the very worst each takes the most that it may.
  static_assert(kMostRecords * OpenBatch::kMostRecordBytes <= WireLimits::payload_bytes / 2);
  limits_.payload_bytes = std::clamp<std::size_t>(limits_.payload_bytes, 1, WireLimits::payload_bytes / 8);
  limits_.records = std::clamp<std::size_t>(limits_.records, 1, kMostRecords);
}

Batcher::~Batcher() {
  for (const auto& [serial, task] : tasks_)
    origins_.release(task.origin);
}

void Batcher::add(const CaptureEvent& event, Time now) {
  counters_.lost += event.lost;
  if (event.kind == EventKind::start) return on_start(event, now);
  Task* const task = find(event);
  if (task == nullptr) {
    ++counters_.unknown_task;
    if (event.kind == EventKind::exec) origins_.release(event.origin);
    return;
  }
  switch (event.kind) {
    case EventKind::call:
      return on_call(*task, event, now);
    case EventKind::exec:
      return on_exec(*task, event, now);
    case EventKind::exit:
      return on_exit(*task, event, now);
    case EventKind::start:
      return;
  }
}

void Batcher::flush_due(Time now) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Shard& shard = shards_[i];
    if (!shard.open.empty() && now - shard.opened >= limits_.max_age) flush(static_cast<std::uint16_t>(i));
  }
}

void Batcher::flush_all() {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (!shards_[i].open.empty()) flush(static_cast<std::uint16_t>(i));
  }
}

void Batcher::on_start(const CaptureEvent& event, Time now) {
  const auto [it, is_new] = tasks_.try_emplace(to_raw(event.task));
  Task& task = it->second;
  task.tid = event.tid;
  task.pid = event.pid;
  if (is_new) {
    task.origin = event.origin;
    task.program = origins_.find(event.origin);
    const std::string_view container = task.program ? std::string_view(task.program->container_id) : "";
    task.shard = to_raw(shard_of(container, event.pid, static_cast<std::uint16_t>(shards_.size())));
  } else {
    set_origin(task, event.origin);  // a second start of one task: it stays where it is
  }
  const bool from_birth = is_new && event.from_birth;
  open_segment(event.task, task, bit(from_birth ? SegmentFlag::start : SegmentFlag::gap), event.lost, now);
  flush_if_full(task.shard);
}

void Batcher::on_exec(Task& task, const CaptureEvent& event, Time now) {
  // What was lost was the old program's: its last segment says so, the new one begins whole.
  if (event.lost != 0) open_segment(event.task, task, 0, event.lost, now);
  task.tid = event.tid;  // an exec by another thread moves it to the leader's tid
  task.pid = event.pid;
  set_origin(task, event.origin);
  open_segment(event.task, task, bit(SegmentFlag::exec), 0, now);
  flush_if_full(task.shard);
}

void Batcher::on_call(Task& task, const CaptureEvent& event, Time now) {
  if (event.lost != 0 || event.gap || !has_segment(task)) {
    open_segment(event.task, task, event.gap ? bit(SegmentFlag::gap) : 0, event.lost, now);
  }
  shards_[task.shard].open.add_record(task.segment, event.record);
  flush_if_full(task.shard);
}

void Batcher::on_exit(Task& task, const CaptureEvent& event, Time now) {
  if (event.lost != 0 || event.gap || !has_segment(task)) {
    open_segment(event.task, task, event.gap ? bit(SegmentFlag::gap) : 0, event.lost, now);
  }
  const std::uint16_t shard = task.shard;
  shards_[shard].open.segment(task.segment).set(SegmentFlag::exit);
  origins_.release(task.origin);
  if (last_task_ == &task) last_task_ = nullptr;
  tasks_.erase(to_raw(event.task));
  flush_if_full(shard);
}

Batcher::Task* Batcher::find(const CaptureEvent& event) {
  if (last_task_ != nullptr && last_serial_ == event.task) return last_task_;
  const auto it = tasks_.find(to_raw(event.task));
  if (it == tasks_.end()) return nullptr;
  last_serial_ = event.task;
  last_task_ = &it->second;  // elements of an unordered_map do not move
  return last_task_;
}

void Batcher::set_origin(Task& task, OriginId id) {
  // The program is held by itself: an open batch may need it after the table has dropped it.
  task.program = origins_.find(id);
  origins_.release(task.origin);
  task.origin = id;
}

void Batcher::open_segment(TaskSerial serial, Task& task, std::uint8_t flags, std::uint64_t lost, Time now) {
  static const Origin kUnknown;
  Shard& shard = shards_[task.shard];
  if (!task.program) ++counters_.unknown_origin;
  if (shard.open.empty()) shard.opened = now;
  Segment segment;
  segment.task = serial;
  segment.tid = task.tid;
  segment.pid = task.pid;
  segment.flags = flags;
  segment.lost = lost;
  if (lost != 0) segment.set(SegmentFlag::gap);
  task.segment = shard.open.add_segment(segment, task.origin, task.program ? *task.program : kUnknown,
                                        has_segment(task) ? task.segment : OpenBatch::kNone);
  task.batch = shard.sequence;
}

void Batcher::flush_if_full(std::uint16_t shard) {
  const OpenBatch& open = shards_[shard].open;
  if (open.estimated_bytes() >= limits_.payload_bytes || open.record_count() >= limits_.records ||
      open.at_wire_limit()) {
    flush(shard);
  }
}

void Batcher::flush(std::uint16_t number) {
  Shard& shard = shards_[number];
  shard.open.finish(finished_);
  finished_.header.host = host_;
  finished_.header.epoch = epoch_;
  finished_.header.sequence = shard.sequence++;
  finished_.header.records_before = shard.records_before;
  shard.records_before += finished_.record_count();
  ++counters_.batches;
  counters_.records += finished_.record_count();
  shard.open.learn_size(sink_(ShardId{number}, finished_));
}

}  // namespace da
