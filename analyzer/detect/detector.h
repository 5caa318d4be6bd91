// Learns from the batches of one shard and finds the calls that depart from what all shards taught.
//
// Used by the analyzer's wiring, one batch after the other. Pure: no I/O and no clock, time is that of
// the records; the same batches give the same alerts with the same ids.
//
//   Detector detector(options, known_models);
//   for (auto& [id, blob] : saved) detector.load(id, blob);
//   for (Alert& alert : detector.process(batch, {.gap = verdict.gap})) notifier.submit(alert);
//   for (auto& blob : detector.take_changed()) checkpoint(blob);
//   for (const auto& image : known_models.take_changed()) detector.follow(image);
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/batch_continuity.h"
#include "analyzer/detect/catalogue.h"
#include "analyzer/detect/habit_watch.h"
#include "analyzer/detect/live_counts.h"
#include "analyzer/detect/outside_rules.h"
#include "analyzer/detect/process_starts.h"
#include "analyzer/detect/recent_executables.h"
#include "analyzer/detect/stream_clock.h"
#include "analyzer/detect/thread_table.h"
#include "analyzer/notify/alert.h"
#include "common/result.h"
#include "proto/syscall_batch.h"

namespace da {

struct DetectorOptions {
  LifeCycleOptions life;
  ScoreOptions score;
  CatalogueLimits catalogue;
  OutsideRules outside;
  std::size_t max_threads = 16'384;  ///< of one shard
  /// A new executable, and what is new to a program's habits, is told once per container in this time.
  std::chrono::nanoseconds new_executable_repeat = std::chrono::hours(1);
};

/// A thread's window and what goes with it, without the evidence.
struct SavedThread {
  std::string id;
  std::optional<std::string> blob;  ///< nothing: forget it
};

struct DetectorCounters {
  std::uint64_t records = 0;
  std::uint64_t alerts = 0;
  std::uint64_t gaps = 0;               ///< windows that had to start anew
  std::uint64_t records_lost = 0;       ///< told by segments and by missing batches
  std::uint64_t lost_at_collector = 0;  ///< of them, told by segments
  std::uint64_t unprofiled = 0;         ///< segments of programs without a profile
  std::uint64_t threads = 0;            ///< followed now
  std::uint64_t evicted = 0;            ///< threads that had to make room

  DetectorCounters& operator+=(const DetectorCounters& other) noexcept;
};

class Detector {
 public:
  /// `known` outlives it.
  Detector(const DetectorOptions& options, const KnownModels& known);
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  /// Precondition: the batch is consistent, as decode() promises. Alerts in the order they were raised.
  [[nodiscard]] std::vector<Alert> process(const SyscallBatch& batch, const BatchContinuity& continuity);

  /// The checkpoint: all that changed since the last call, and its way back.
  [[nodiscard]] std::vector<SavedBlob> take_changed() { return catalogue_.take_changed(); }
  [[nodiscard]] Result<> load(std::string_view id, std::string_view blob) {
    return catalogue_.load(id, blob);
  }

  void follow(const std::string& image);

  /// The threads that changed since the last call, and those that are gone (without a blob); and their way
  /// back.
  [[nodiscard]] std::vector<SavedThread> take_changed_threads();
  [[nodiscard]] Result<> load_thread(std::string_view id, std::string_view blob);

  [[nodiscard]] std::vector<Transition> take_transitions() { return catalogue_.take_transitions(); }
  [[nodiscard]] std::vector<ProfileStatus> profiles() const { return catalogue_.profiles(); }
  [[nodiscard]] std::vector<ImageStatus> images() const { return catalogue_.images(); }
  [[nodiscard]] DetectorCounters counters() const;
  /// How each program is doing, since the last call, which was `seconds` ago.
  [[nodiscard]] std::vector<LiveRow> take_live(double seconds) { return live_.take(seconds); }

 private:
  /// What one call of process() works on.
  struct Work;

  void grow_old(const SyscallBatch& batch);
  void apply_continuity(const Work& work, const BatchContinuity& continuity);
  void process_segment(Work& work, const Segment& segment);
  void enter(Work& work, Thread& thread, const Segment& segment);
  /// `parent`: who executed the program, or kOutside, if that is sure; `parent_learned`: not itself a program
  /// never seen.
  void meet_program(Work& work, Thread& thread, const Segment& segment, const std::string& parent,
                    bool parent_learned);
  /// A program that the container's runtime started: the container's own, `docker exec`, a health check.
  void meet_outside(Work& work, Thread& thread, const Segment& segment);
  void begin_window(Work& work, Thread& thread, const Segment& segment);
  void take_record(Work& work, Thread& thread, const Segment& segment, std::size_t index);
  static void keep_captures(Work& work, Evidence& evidence, std::size_t index);
  void finish(Work& work, Thread& thread, const Segment& segment);
  void raise_unusual(Work& work, Thread& thread, const Segment& segment,
                     const std::shared_ptr<const ThreadVerdict>& verdict, std::size_t record);
  /// With the first record of a segment, before its window begins: notes a process that begins to run a
  /// program.
  void look_for_start(Work& work, const Thread& thread, const Segment& segment);
  /// When that was, or when its container was first seen, if that was lately.
  [[nodiscard]] std::optional<ProcessStart> start_of(Work& work, const Segment& segment);
  // Habits, in detector_habits.cpp.
  /// Of a record that concerns them: the one that the work is at.
  void watch_habits(Work& work, const Thread& thread, ProgramHabits& habits, const Segment& segment);
  void tell(Work& work, const Thread& thread, const Segment& segment, const SyscallRecord& record,
            const HabitFinding& finding);
  void raise(Work& work, Thread& thread, const Segment& segment, PendingAlert alert);
  void flush(Work& work, Thread& thread, const Segment& segment);
  /// Null: no room.
  LiveCounts::Count* live_count_of(Work& work, const Segment& segment);

  DetectorOptions options_;
  Catalogue catalogue_;
  ThreadTable threads_;
  RecentExecutables told_;
  StreamClock clock_;
  ProcessStarts starts_;
  HabitWatch habit_watch_;
  LiveCounts live_;
  DetectorCounters counters_;
};

}  // namespace da
