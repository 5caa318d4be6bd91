#include "analyzer/detect/detector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "analyzer/detect/alert_builder.h"
#include "analyzer/detect/detector_work.h"
#include "analyzer/detect/thread_codec.h"
#include "analyzer/model/call_class.h"
#include "proto/fnv1a.h"

namespace da {
namespace {

/// How many calls after the one that raised an alert its evidence waits for, within its segment.
constexpr std::uint64_t kCallsAfter = 12;

/// As a collector tells that a process's parent belongs to the container's runtime.
constexpr std::string_view kRuntimeParent = "[container runtime]";

using detector_work::container_of;
using detector_work::kSeparator;

}  // namespace

Detector::Detector(const DetectorOptions& options, const KnownModels& known)
    : options_(options),
      catalogue_(options.life, options.score, options.catalogue, known),
      threads_(options.max_threads,
               [](Thread& thread) {
                 if (Profile* profile = thread.profile()) profile->end(thread.state);
               }),
      told_(options.new_executable_repeat.count()),
      starts_(options.life.start_grace.count()),
      habit_watch_(options.new_executable_repeat.count()) {}

std::vector<Alert> Detector::process(const SyscallBatch& batch, const BatchContinuity& continuity) {
  Work work{batch, fnv1a(batch.header.host), {}, 0, 0, 0, {}};
  work.origins.resize(batch.origins.size());
  apply_continuity(work, continuity);
  for (const Segment& segment : batch.segments)
    process_segment(work, segment);
  counters_.records += batch.record_count();
  counters_.alerts += work.alerts.size();
  grow_old(batch);
  return std::move(work.alerts);
}

void Detector::grow_old(const SyscallBatch& batch) {
  const std::int64_t last = batch.record_count() > 0 ? batch.times_ns.back() : batch.header.start_ns;
  catalogue_.tidy(clock_.observe(fnv1a(batch.header.host), ObservedTime::in_range(last)));
  const auto left = catalogue_.take_left();
  if (left.empty()) return;
  threads_.for_each([&](Thread& thread) {
    const auto is_its = [&](const auto& image) { return image.get() == thread.image; };
    if (std::ranges::none_of(left, is_its)) return;
    thread.image = nullptr;
    thread.program = nullptr;
    thread.changed = true;
  });
}

void Detector::apply_continuity(const Work& work, const BatchContinuity& continuity) {
  const Epoch epoch = work.batch.header.epoch;
  if (continuity.new_epoch) {
    threads_.erase_if(
        [&](const Thread& thread) { return thread.key.host == work.host && thread.key.epoch != epoch; });
  }
  counters_.records_lost += continuity.records_lost;
  if (!continuity.gap) return;
  threads_.for_each([&](Thread& thread) {
    if (thread.key.host != work.host || thread.key.epoch != epoch) return;
    thread.gap = true;
    thread.changed = true;
  });
}

void Detector::process_segment(Work& work, const Segment& segment) {
  const ThreadKey key{work.host, work.batch.header.epoch, segment.task};
  Thread* known = threads_.find(key);
  Thread& thread = known != nullptr ? *known : threads_.make(key);
  thread.changed = true;
  if (known == nullptr) {
    thread.unborn = segment.has(SegmentFlag::start) && !segment.has(SegmentFlag::gap);
    thread.gap = !thread.unborn;
    // The collector says gap where it attached late; a task this analyzer merely has not met yet runs on.
    thread.attached = segment.has(SegmentFlag::gap) && as_tid(segment.pid) == segment.tid;
  }
  if (segment.has(SegmentFlag::gap) || segment.lost > 0) {
    thread.gap = true;
    thread.lost += segment.lost;
    counters_.records_lost += segment.lost;
    counters_.lost_at_collector += segment.lost;
  }

  work.process.reset();
  enter(work, thread, segment);
  const std::size_t end = work.record + segment.record_count;
  if (segment.record_count > 0) {
    look_for_start(work, thread, segment);
    begin_window(work, thread, segment);
    const std::string& container = work.origin_of(segment).container_id;
    if (Profile* profile = thread.profile()) profile->taught_by(thread.state, container);
    if (ProgramHabits* habits = thread.habits()) habits->taught_by(container);
    for (; work.record < end; ++work.record) {
      take_record(work, thread, segment, work.record);
      ProgramHabits* habits = thread.habits();
      if (habits == nullptr) continue;
      if (Habits::concerns(work.batch.calls[work.record], work.batch.results[work.record])) {
        watch_habits(work, thread, *habits, segment);
      } else {
        habits->see_running(work.batch.times_ns[work.record]);
      }
    }
    const unsigned highest = std::exchange(work.highest_score, 0);
    if (auto* live = live_count_of(work, segment))
      live->add(segment.record_count, highest, thread.profile(), work.batch.times_ns[end - 1]);
  }
  if (segment.has(SegmentFlag::exit)) finish(work, thread, segment);
  flush(work, thread, segment);

  if (thread.program != nullptr) {
    const std::int64_t last = end > 0 ? work.batch.times_ns[end - 1] : work.now();
    if (segment.record_count > 0) thread.image->observe(*thread.program, segment.record_count, last);
  }
  if (thread.profile() == nullptr) ++counters_.unprofiled;
  if (segment.has(SegmentFlag::exit)) {
    if (Profile* profile = thread.profile()) profile->end_run(thread.state);
    threads_.erase(key);
  }
}

void Detector::enter(Work& work, Thread& thread, const Segment& segment) {
  const Origin& origin = work.origin_of(segment);
  auto& resolved = work.origins[segment.origin];
  if (!resolved) {
    resolved.emplace();
    resolved->image = catalogue_.image_of(origin);
    if (resolved->image != nullptr) resolved->program = catalogue_.program_of(*resolved->image, origin);
  }
  const bool exec = segment.has(SegmentFlag::exec);
  std::string executable = bounded_path(origin.executable);
  const bool first = thread.programs == 0;
  if (!first && !exec && thread.image == resolved->image &&
      (thread.ignored || thread.program == resolved->program) && thread.executable == executable)
    return;

  // Who executed it: the program that this same task ran before. Unlike the parent's path in /proc, it
  // cannot be a process that only adopted the task.
  const bool parent_sure = exec && (!first || segment.has(SegmentFlag::start));
  const bool parent_learned = first || thread.program != nullptr;
  if (exec) finish(work, thread, segment);
  std::string parent = first ? bounded_path(origin.parent_executable) : std::move(thread.executable);
  if (Profile* before = thread.profile()) {
    if (exec) {
      before->end_run(thread.state);
    } else {
      before->end(thread.state);
    }
  }
  thread.image = resolved->image;
  thread.program = resolved->program;
  thread.executable = std::move(executable);
  thread.arch = origin.arch;
  thread.state = ThreadState{};
  thread.ignored = false;
  ++thread.programs;

  if (exec) {
    thread.unborn = false;
    if (Profile* profile = thread.profile()) profile->begin(thread.state, Beginning::program, work.now());
  } else if (!first) {
    thread.gap = true;  // another program without an exec: the exec must have been lost
  }
  if (first && thread.unborn) return;  // met with its first record, which tells whether it came from outside
  if (!parent_sure) parent.clear();
  meet_program(work, thread, segment, parent, parent_learned);
}

void Detector::meet_program(Work& work, Thread& thread, const Segment& segment, const std::string& parent,
                            bool parent_learned) {
  Image* image = thread.image;
  if (image == nullptr || thread.executable.empty()) return;
  const bool rejected = image->rejects({thread.executable, thread.arch});
  if (!image->armed() && !rejected) {
    if (thread.program != nullptr && parent_learned && !parent.empty())
      image->learn_start(parent, thread.executable, work.now());
    return;
  }

  AlertKind kind = AlertKind::new_executable;
  std::string words;
  std::string what = container_of(work.origin_of(segment), work.batch) + kSeparator + thread.executable;
  if (thread.program == nullptr) {
    words = thread.executable +
            (parent == kOutside ? " was started " + std::string(kFromOutside) + " and" : "") +
            (rejected ? " was rejected by an operator; " : " was never seen; ") + known_programs(*image);
  } else if (parent_learned && !parent.empty() && !image->knows_start(parent, thread.executable)) {
    kind = AlertKind::new_start;
    words = thread.executable + " is known in this image, but was never started " +
            (parent == kOutside ? kFromOutside : "by " + parent);
    what += kSeparator + parent;
  } else {
    return;
  }
  if (!told_.tell(what, work.now())) return;
  raise(work, thread, segment,
        {kind, thread.ring.pushed(), work.batch.header.records_before + work.record, work.now(), 0,
         std::move(words), parent});
}

void Detector::meet_outside(Work& work, Thread& thread, const Segment& segment) {
  Image* image = thread.image;
  // An image that saw none such while it learned (it was learned by an earlier version) cannot tell them
  // apart.
  if (image == nullptr || thread.executable.empty() || (image->armed() && !image->knows_parent(kOutside)))
    return meet_program(work, thread, segment, {}, true);
  const ProgramKey key{thread.executable, thread.arch};
  const bool known = thread.program != nullptr && image->knows_start(kOutside, thread.executable);
  const OutsideRule rule = options_.outside.of(image->name());
  const bool decided =
      image->rejects(key) ||
      (image->decisions() != nullptr && image->decisions()->rejects_start(kOutside, thread.executable));
  if (!image->armed() || known || decided || rule == OutsideRule::alert)
    return meet_program(work, thread, segment, kOutside, true);
  if (rule == OutsideRule::learn) {
    thread.program = catalogue_.learn_program(*image, key);
    work.origins[segment.origin]->program = thread.program;
    if (thread.program != nullptr) image->learn_start(kOutside, thread.executable, work.now());
    return;
  }
  thread.program = nullptr;
  thread.ignored = true;
}

void Detector::begin_window(Work& work, Thread& thread, const Segment& segment) {
  bool outside = false;
  if (thread.unborn) {
    // A container's first program, and docker exec, begin with the successful exec that made them.
    outside = is_exec(work.batch.calls[work.record]) && work.batch.results[work.record] == 0;
    if (outside) {
      meet_outside(work, thread, segment);
    } else {
      meet_program(work, thread, segment, {}, true);
    }
  } else if (thread.attached && thread.image != nullptr && !thread.image->armed() &&
             work.origin_of(segment).parent_executable == kRuntimeParent) {
    meet_program(work, thread, segment, kOutside, true);
  }
  Profile* profile = thread.profile();
  if (thread.unborn) {
    thread.unborn = false;
    if (profile != nullptr) {
      const Beginning beginning = outside                              ? Beginning::outside_program
                                  : as_tid(segment.pid) == segment.tid ? Beginning::fork
                                                                       : Beginning::birth;
      profile->begin(thread.state, beginning, work.now(), 0, start_of(work, segment));
    }
  }
  if (thread.gap) {
    ++counters_.gaps;
    const Beginning beginning = thread.attached ? Beginning::attached : Beginning::gap;
    if (profile != nullptr)
      profile->begin(thread.state, beginning, work.now(), thread.lost, start_of(work, segment));
    thread.attached = false;
    thread.ring_gap = true;
    thread.gap = false;
    thread.lost = 0;
  }
}

void Detector::take_record(Work& work, Thread& thread, const Segment& segment, std::size_t index) {
  const SyscallBatch& batch = work.batch;
  const CallId call = batch.calls[index];
  Profile* profile = thread.profile();
  Observation seen;
  if (profile != nullptr) {
    seen = profile->observe(thread.state, call, batch.times_ns[index]);
  } else {
    seen.counted = class_of(call) != CallClass::scheduling;
  }
  if (!seen.counted && !seen.repeats) return;
  work.highest_score = std::max(work.highest_score, seen.score);

  Evidence& evidence =
      seen.repeats && thread.ring.size() > 0 ? thread.ring.replace_newest() : thread.ring.push();
  evidence.take(batch, index, segment.tid);
  keep_captures(work, evidence, index);
  if (!seen.counted) return;

  evidence.program = thread.programs;
  evidence.after_gap = std::exchange(thread.ring_gap, false);
  if (profile != nullptr) {
    evidence.ngram = seen.phrase;
    // What a profile did not know while it learned is nothing to point at.
    evidence.unseen = !profile->life().learns() && (seen.departs || seen.new_call);
  }
  if (seen.finding != Finding::none) {
    const auto kind = seen.finding == Finding::new_call ? AlertKind::new_call : AlertKind::unseen_sequence;
    raise(work, thread, segment,
          {kind,
           thread.ring.pushed() - 1,
           batch.header.records_before + index,
           batch.times_ns[index],
           seen.score,
           {}});
  } else if (seen.unusual) {
    raise_unusual(work, thread, segment, seen.unusual, index);
  } else if (thread.pending && thread.ring.pushed() - thread.pending->evidence > kCallsAfter) {
    flush(work, thread, segment);
  }
}

void Detector::keep_captures(Work& work, Evidence& evidence, std::size_t index) {
  for (const BatchCapture& capture : work.captures_of(index)) {
    evidence.captures.push_back({capture.arg, capture.kind,
                                 capture.truncated || capture.bytes.size() > kMaxCapturedBytes,
                                 capture.bytes.substr(0, kMaxCapturedBytes)});
  }
}

/// The thread ends, or what it does next is another program's.
void Detector::finish(Work& work, Thread& thread, const Segment& segment) {
  Profile* profile = thread.profile();
  if (profile == nullptr || thread.gap) return;
  const Symbol last = newest(thread.state.window.ngram());
  const bool by_itself = segment.has(SegmentFlag::exec) || (last != kNoSymbol && is_exit(call_of(last)));
  const auto unusual = profile->finish(thread.state, by_itself);
  if (!unusual) return;
  raise_unusual(work, thread, segment, unusual, work.record > 0 ? work.record - 1 : 0);
  flush(work, thread, segment);
}

void Detector::raise_unusual(Work& work, Thread& thread, const Segment& segment,
                             const std::shared_ptr<const ThreadVerdict>& verdict, std::size_t record) {
  const SyscallBatch& batch = work.batch;
  const std::int64_t time = record < batch.record_count() ? batch.times_ns[record] : work.now();
  raise(work, thread, segment,
        {AlertKind::unusual_thread,
         thread.ring.pushed() - 1,
         batch.header.records_before + record,
         time,
         0,
         {},
         {},
         verdict});
}

void Detector::raise(Work& work, Thread& thread, const Segment& segment, PendingAlert alert) {
  flush(work, thread, segment);
  thread.pending = std::move(alert);
}

void Detector::flush(Work& work, Thread& thread, const Segment& segment) {
  if (!thread.pending) return;
  Alert alert =
      build_alert(thread, *thread.pending, work.batch.header.host, work.origin_of(segment), segment);
  if (auto* live = live_count_of(work, segment)) {
    live->add_alert();
    note_scores(alert, live->scores());
  }
  work.alerts.push_back(std::move(alert));
  thread.pending.reset();
}

LiveCounts::Count* Detector::live_count_of(Work& work, const Segment& segment) {
  auto& resolved = *work.origins[segment.origin];  // since enter()
  if (resolved.live == nullptr) resolved.live = live_.of(work.origin_of(segment), work.batch.header.host);
  return resolved.live;
}

void Detector::follow(const std::string& image) {
  if (!catalogue_.follow(image)) return;
  threads_.for_each([&](Thread& thread) {
    if (thread.program == nullptr || thread.image->id() != image) return;
    thread.program = thread.image->find({thread.executable, thread.arch});
    thread.changed = true;
  });
}

std::vector<SavedThread> Detector::take_changed_threads() {
  std::vector<SavedThread> changed;
  for (const ThreadKey& key : threads_.take_left())
    changed.push_back({thread_id(key), std::nullopt});
  threads_.for_each([&](Thread& thread) {
    if (!std::exchange(thread.changed, false)) return;
    thread.saved = true;
    changed.push_back({thread_id(thread.key), encode_thread(thread)});
  });
  if (told_.take_changed()) changed.push_back({std::string(kToldId), encode_told(told_)});
  return changed;
}

Result<> Detector::load_thread(std::string_view id, std::string_view blob) {
  if (id == kToldId) return decode_told(blob, told_);
  const auto key = thread_key_from(id);
  if (!key || threads_.find(*key) != nullptr) return fail("no thread's id");
  Thread saved;
  const auto program = decode_thread(blob, saved);
  if (!program) return tl::unexpected(program.error());
  Thread& thread = threads_.make(*key);
  saved.key = *key;
  saved.changed = false;
  saved.saved = true;
  if (!program->image_id.empty())
    saved.image = catalogue_.image_named(program->image_id, program->image_name);
  if (saved.image != nullptr && program->arch)
    saved.program = saved.image->find({saved.executable, *program->arch});
  thread = std::move(saved);
  return {};
}

DetectorCounters& DetectorCounters::operator+=(const DetectorCounters& other) noexcept {
  records += other.records;
  alerts += other.alerts;
  gaps += other.gaps;
  records_lost += other.records_lost;
  lost_at_collector += other.lost_at_collector;
  unprofiled += other.unprofiled;
  threads += other.threads;
  evicted += other.evicted;
  return *this;
}

DetectorCounters Detector::counters() const {
  DetectorCounters counters = counters_;
  counters.threads = threads_.size();
  counters.evicted = threads_.evicted();
  return counters;
}

}  // namespace da
