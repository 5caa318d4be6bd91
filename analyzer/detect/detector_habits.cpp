// The detector's part in habits: each record is shown to those of its program, and what they find becomes
// alerts.
#include <array>

#include "analyzer/detect/alert_builder.h"
#include "analyzer/detect/detector.h"
#include "analyzer/detect/detector_work.h"
#include "analyzer/model/call_class.h"
#include "analyzer/model/habits/habit_object.h"
#include "proto/fnv1a.h"

namespace da {
/// Unique among those of a shard, which has all of a process.
std::uint64_t Detector::Work::process_of(const Segment& segment) {
  if (!process) {
    process =
        fnv1a_of(static_cast<std::uint32_t>(to_raw(segment.pid)), fnv1a_of(to_raw(batch.header.epoch), host));
  }
  return *process;
}

/// A start does what is not done later.
void Detector::look_for_start(Work& work, const Thread& thread, const Segment& segment) {
  const std::int64_t now = ObservedTime::in_range(work.now());
  const bool begins = is_exec(work.batch.calls[work.record]) && work.batch.results[work.record] == 0;
  if (!begins && !(thread.attached && thread.gap)) return;
  const ProgramHabits* habits = thread.habits();
  const bool known = habits == nullptr || habits->knows_start(options_.life.min_starts);
  starts_.note(work.process_of(segment), {{now, begins}, known}, now);
}

std::optional<ProcessStart> Detector::start_of(Work& work, const Segment& segment) {
  const std::int64_t now = ObservedTime::in_range(work.now());
  // What a starting program forks may come to any shard, which knows nothing of its parent: but that it never
  // saw the container before.
  const std::uint64_t container = fnv1a(detector_work::container_of(work.origin_of(segment), work.batch));
  const ProcessStart first{starts_.first_seen(container, now), true};
  if (const auto* start = starts_.find(work.process_of(segment), now)) return *start;
  return first.is_recent(now, options_.life.start_grace.count()) ? std::optional(first) : std::nullopt;
}

void Detector::watch_habits(Work& work, const Thread& thread, ProgramHabits& habits, const Segment& segment) {
  const SyscallBatch& batch = work.batch;
  const std::size_t index = work.record;
  const std::int64_t time_ns = batch.times_ns[index];
  std::array<CapturedArg, kMaxCallArgs> captured;
  std::size_t count = 0;
  for (const BatchCapture& capture : work.captures_of(index))
    captured[count++] = {capture.arg, capture.kind, capture.truncated, capture.bytes};
  const SyscallRecord record{batch.calls[index],   batch.arg_counts[index], batch.args[index],
                             batch.results[index], batch.times_ns[index],   {captured.data(), count}};
  const std::uint64_t process = work.process_of(segment);
  // A start reads what nothing reads later; until some were seen, none is judged, whoever made it.
  const auto* start = starts_.find(process, ObservedTime::in_range(time_ns));
  const auto finding = habits.observe(record, process, start == nullptr || start->known_to_habits);
  if (finding) tell(work, thread, segment, record, *finding);
}

void Detector::tell(Work& work, const Thread& thread, const Segment& segment, const SyscallRecord& record,
                    const HabitFinding& finding) {
  using detector_work::kSeparator;
  const Origin& origin = work.origin_of(segment);
  // Not to be taken for a program or who started it: no path is empty.
  const std::string place = detector_work::container_of(origin, work.batch) + kSeparator + kSeparator +
                            thread.executable + kSeparator;
  if (!told_.tell(place + finding.object, record.time_ns)) return;
  if (!habit_watch_.has_room(place + std::string(to_string(finding.habit)), record.time_ns)) return;
  work.alerts.push_back(build_alert(thread, finding, record, work.batch.header.records_before + work.record,
                                    work.batch.header.host, origin, segment));
}

}  // namespace da
