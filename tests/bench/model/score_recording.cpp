// How scores of sequences do on a recording of real services (`analyzer record`): learned, thresholds set,
// then judged.
//
//   score_recording RECORDING LEARN_SECONDS HELD_OUT_SECONDS [ATTACK_NS [MARGIN]]
//
// Each program of each image is learned for LEARN_SECONDS of records, its threads are then scored for
// HELD_OUT_SECONDS, the highest score (plus MARGIN of it, default 0.1) is the threshold, and all is learned;
// from there on each episode whose highest score is above its threshold is an alarm: a false one before
// ATTACK_NS (since 1970), found after. An episode is a thread's life, or 1,024 of its calls. Scores:
// departures in a frame of 20 calls (what the detector has), surprisal in such a frame (bits, a call at most
// 8), and the combined score of threads (docs/model.md).
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analyzer/intake/sequence_check.h"
#include "analyzer/model/behaviour_model.h"
#include "analyzer/model/call_class.h"
#include "analyzer/model/feature_scale.h"
#include "analyzer/model/thread_score.h"
#include "analyzer/model/thread_window.h"
#include "analyzer/replay/recording.h"
#include "proto/codec.h"

namespace {

using namespace da;

constexpr std::size_t kFrame = 20;
constexpr std::uint32_t kEpisode = 1024;
constexpr std::size_t kOrder = 6;  // of departures

enum Score : std::size_t { departures, frame_bits, combined, kScores };
constexpr std::array<const char*, kScores> kNames = {"departures", "frame surprisal", "combined"};
using Scores = std::array<double, kScores>;

enum class Phase { learn, held_out, judge };

struct Program {
  std::string name;
  BehaviourCounts counts;
  std::unique_ptr<BehaviourModel> model;
  NgramCounter sequences{kOrder, 1U << 20U};  // for departures: as the detector has them
  FeatureScale scale;
  struct Episode {
    std::int64_t time_ns = 0;
    Features features;  // at its end
    Scores highest{};
    std::vector<Features> checkpoints;
  };
  std::vector<Episode> held_out;
  Scores threshold{};
  std::array<std::uint64_t, kScores> alarms{};
  std::array<std::vector<std::pair<std::int64_t, double>>, kScores> times;
  std::uint64_t judged = 0;
  std::uint64_t calls = 0;
};

struct Thread {
  Program* program = nullptr;
  Ngram window = kEmptyNgram;
  ThreadScore score;
  ThreadWindow phrases;
  std::deque<double> frame;
  double bits = 0;
  std::uint32_t calls = 0;
  Program::Episode episode;
  bool whole = false;

  void restart() {
    window = kEmptyNgram;
    score.restart();
    phrases.start_anew();
    frame.clear();
    bits = 0;
  }
};

class Trial {
 public:
  Trial(double learn, double held_out, std::int64_t attack, double margin)
      : learn_ns_(static_cast<std::int64_t>(learn * 1e9)),
        held_out_ns_(static_cast<std::int64_t>(held_out * 1e9)),
        attack_ns_(attack),
        margin_(margin) {}

  void take(const SyscallBatch& batch, bool continuous) {
    if (!continuous)
      for (auto& [task, thread] : threads_)
        thread.restart();
    std::size_t record = 0;
    for (const Segment& segment : batch.segments) {
      const Origin& origin = batch.origins[segment.origin];
      Thread& thread = threads_[{batch.header.host, to_raw(segment.task)}];
      Program& program = program_of(origin);
      if (thread.program != &program || segment.has(SegmentFlag::exec)) {
        if (thread.program != nullptr) end(thread);
        thread = Thread{};
        thread.program = &program;
      }
      if (segment.has(SegmentFlag::gap)) thread.restart();
      for (std::uint32_t i = 0; i < segment.record_count; ++i, ++record)
        call(thread, batch.calls[record], batch.times_ns[record]);
      if (segment.has(SegmentFlag::exit)) {
        end(thread);
        threads_.erase({batch.header.host, to_raw(segment.task)});
      }
    }
  }

  void report() {
    for (auto& [name, program] : programs_) {
      if (program.judged == 0) continue;
      fmt::print("{}: {} calls, {} n-grams, {} footprints, {} held-out episodes, {} judged\n", name,
                 program.calls, program.counts.ngrams.size(), program.counts.footprints.size(),
                 program.held_out.size(), program.judged);
      for (std::size_t score = 0; score < kScores; ++score) {
        fmt::print("  {:16} threshold {:7.2f}: {} false alarms", kNames[score], program.threshold[score],
                   program.alarms[score]);
        std::size_t shown = 0;
        for (const auto& [time, value] : program.times[score]) {
          const bool attack = attack_ns_ != 0 && time >= attack_ns_;
          if (++shown > 12 && !attack) continue;
          fmt::print(" {}{:.1f}s({:.1f})", attack ? "ATTACK+" : "@",
                     static_cast<double>(attack ? time - attack_ns_ : time - first_ns_) * 1e-9, value);
        }
        fmt::print("\n");
      }
    }
  }

 private:
  Program& program_of(const Origin& origin) {
    const std::string name = origin.image + " " + origin.executable;
    Program& program = programs_[name];
    program.name = name;
    return program;
  }

  void call(Thread& thread, CallId id, std::int64_t time_ns) {
    if (class_of(id) == CallClass::scheduling) return;
    const Symbol symbol = symbol_of(id);
    if (!thread.phrases.push(symbol)) return;
    if (first_ns_ == 0) first_ns_ = time_ns;
    advance(time_ns);
    Program& program = *thread.program;
    ++program.calls;
    thread.window = append(thread.window, symbol);
    ++thread.calls;
    thread.episode.time_ns = time_ns;
    if (phase_ == Phase::learn || program.model == nullptr) {
      learn(thread, symbol);
    } else {
      judge(thread, symbol);
    }
    if (thread.calls == kEpisode) end_episode(thread, false);
  }

  void learn(Thread& thread, Symbol symbol) {
    Program& program = *thread.program;
    program.counts.ngrams.add(thread.window);
    program.sequences.add(suffix(thread.window, kOrder));
    static const CompiledModel kNone;
    thread.score.push(kNone, symbol);  // for the footprint
  }

  void judge(Thread& thread, Symbol symbol) {
    Program& program = *thread.program;
    const auto step = thread.score.push(program.model->sequences, symbol);
    const double bits = std::min(step.surprisal / kUnitsPerBit, 8.0);
    thread.frame.push_back(bits);
    thread.bits += bits;
    if (thread.frame.size() > kFrame) {
      thread.bits -= thread.frame.front();
      thread.frame.pop_front();
    }
    thread.phrases.mark(!program.sequences.knows(thread.phrases.phrase(kOrder)), kFrame);
    auto& highest = thread.episode.highest;
    highest[departures] = std::max<double>(highest[departures], thread.phrases.score());
    highest[frame_bits] = std::max(highest[frame_bits], thread.bits);
    if (phase_ == Phase::held_out) {
      program.counts.ngrams.add(thread.window);
      later_.push_back({&program, suffix(thread.window, kOrder)});
    }
    const bool checkpoint = thread.calls >= 64 && (thread.calls & (thread.calls - 1)) == 0;
    if (checkpoint) thread.episode.checkpoints.push_back(thread.score.features(program.model->footprints));
    if (phase_ == Phase::judge) alarm(program, thread, checkpoint);
  }

  void alarm(Program& program, Thread& thread, bool checkpoint) {
    const auto tell = [&](Score score, double value) {
      if (value <= program.threshold[score] || told_[&thread][score]) return;
      told_[&thread][score] = true;
      const std::int64_t time = thread.episode.time_ns;
      if (attack_ns_ == 0 || time < attack_ns_) ++program.alarms[score];
      program.times[score].emplace_back(time, value);
    };
    tell(departures, thread.phrases.score());
    tell(frame_bits, thread.bits);
    if (checkpoint && program.scale.threads() > 0)
      tell(combined, program.scale.score(thread.episode.checkpoints.back(), kCombinedWeights));
  }

  void end_episode(Thread& thread, bool last) {
    Program& program = *thread.program;
    if (program.model != nullptr) {
      thread.episode.features = thread.score.features(program.model->footprints);
      if (phase_ == Phase::held_out) program.held_out.push_back(thread.episode);
      if (phase_ == Phase::judge) {
        ++program.judged;
        thread.episode.checkpoints.push_back(thread.episode.features);
        alarm(program, thread, true);
      }
    }
    if (phase_ != Phase::judge || program.model == nullptr)
      program.counts.footprints.add(thread.score.footprint());
    told_.erase(&thread);
    thread.calls = 0;
    thread.episode = {};
    if (!last) thread.score.fade();
  }
  void end(Thread& thread) {
    if (thread.calls > 0) end_episode(thread, true);
  }

  void advance(std::int64_t time_ns) {
    if (phase_ == Phase::learn && time_ns - first_ns_ >= learn_ns_) {
      phase_ = Phase::held_out;
      compile();
    } else if (phase_ == Phase::held_out && time_ns - first_ns_ >= learn_ns_ + held_out_ns_) {
      phase_ = Phase::judge;
      for (const auto& [program, ngram] : later_)
        program->sequences.add(ngram);
      for (auto& [name, program] : programs_)
        set_thresholds(program);
      compile();
    }
  }
  void set_thresholds(Program& program) {
    for (const auto& episode : program.held_out)
      program.scale.add(episode.features);
    for (const auto& episode : program.held_out) {
      Scores highest = episode.highest;
      highest[combined] = program.scale.score(episode.features, kCombinedWeights);
      for (const Features& features : episode.checkpoints)
        highest[combined] = std::max(highest[combined], program.scale.score(features, kCombinedWeights));
      for (std::size_t score = 0; score < kScores; ++score)
        program.threshold[score] = std::max(program.threshold[score], highest[score]);
    }
    program.threshold[departures] = std::max(program.threshold[departures] + 2, 4.0);
    program.threshold[frame_bits] *= 1 + margin_;
    program.threshold[combined] += std::abs(program.threshold[combined]) * margin_;
  }
  void compile() {
    for (auto& [name, program] : programs_) {
      if (program.calls < 500) continue;
      program.model = std::make_unique<BehaviourModel>(program.counts);
    }
    for (auto& [task, thread] : threads_) {
      if (thread.program == nullptr || thread.program->model == nullptr) continue;
      thread.score.resume(thread.program->model->sequences, thread.window);
      // What was counted while nothing was known is not comparable.
      ThreadScore fresh;
      fresh.resume(thread.program->model->sequences, thread.window);
      thread.score = fresh;
      thread.calls = 0;
      thread.episode = {};
      thread.frame.clear();
      thread.bits = 0;
    }
  }

  std::int64_t learn_ns_;
  std::int64_t held_out_ns_;
  std::int64_t attack_ns_;
  double margin_;
  Phase phase_ = Phase::learn;
  std::int64_t first_ns_ = 0;
  std::map<std::string, Program> programs_;
  std::map<std::pair<std::string, std::uint64_t>, Thread> threads_;
  std::map<const Thread*, std::array<bool, kScores>> told_;
  std::vector<std::pair<Program*, Ngram>> later_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr,
               "usage: score_recording RECORDING LEARN_SECONDS HELD_OUT_SECONDS [ATTACK_NS [MARGIN]]\n");
    return 2;
  }
  auto reader = RecordingReader::open(argv[1]);
  if (!reader) {
    fmt::print(stderr, "{}\n", reader.error().message());
    return 1;
  }
  Trial trial(std::atof(argv[2]), std::atof(argv[3]), argc > 4 ? std::atoll(argv[4]) : 0,
              argc > 5 ? std::atof(argv[5]) : 0.1);
  std::map<ShardId, SequenceCheck> checks;
  while (const auto recorded = reader->next()) {
    const Decoded batch = decode(recorded->payload);
    if (!batch) continue;
    const auto verdict = checks[recorded->shard].judge(batch->header, batch->record_count());
    if (verdict.kind == SequenceVerdict::Kind::duplicate) continue;
    trial.take(*batch, verdict.continuous() || verdict.kind == SequenceVerdict::Kind::new_epoch);
  }
  trial.report();
  return 0;
}
