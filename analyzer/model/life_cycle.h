// When a profile knows enough: learning -> shadow -> armed, on evidence and never on the clock alone.
//
// Used by profile. What it counts of several streams adds up (merge); what follows from that is decided in
// one place, by whoever has it all (advance), and taken over by the others (follow). Learning takes
// everything in. Shadow scores each call first and takes it in after, so its scores are those of held-out
// data; it must pass without anything that would have been mailed. Armed judges and learns no more. Pure:
// time is that of the records.
//
// Of a program whose runs are short a run is one observation, and not each of its calls: its evidence is
// counted by runs (by_runs). Runs are short if they made fewer than min_calls on average, so that a program
// which goes on running is soon counted by its calls again, however often it was restarted.
//
//   LifeCycle cycle(options, score_options);
//   cycle.on_call(...);  if (auto step = cycle.advance()) log(*step);
//   cycle.reason()   // "needs 112 more calls; unseen mass 0.8 %, bound 0.1 %"
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/model/habits/habit_options.h"
#include "analyzer/model/held_out_threads.h"
#include "analyzer/model/novelty.h"
#include "analyzer/model/observed_time.h"
#include "analyzer/model/recent_runs.h"
#include "analyzer/model/threshold.h"

namespace da {

enum class ProfileState : std::uint8_t { learning, shadow, armed };
[[nodiscard]] std::string_view to_string(ProfileState state) noexcept;

/// Defaults are for production; a demo sets seconds and hundreds. Calls are those that sequences count.
struct LifeCycleOptions {
  std::chrono::nanoseconds min_time = std::chrono::hours(1);  ///< seen running, pauses cut short
  std::uint64_t min_calls = 20'000;
  std::uint64_t min_episodes = 20;  ///< threads that ended, or ran for another `episode_calls` calls
  std::uint64_t episode_calls = 1'000;
  double unseen_mass = 0.001;           ///< Good-Turing bound over the recent n-grams
  std::uint64_t recent_calls = 10'000;  ///< how many n-grams are recent; at most min_calls
  std::uint64_t min_runs = 50;          ///< by runs, in place of calls, episodes and as many recent n-grams
  double unseen_runs = 0.05;  ///< by runs: largest share of the last min_runs that showed something new

  std::chrono::nanoseconds shadow_time = std::chrono::hours(1);
  std::uint64_t shadow_calls = 10'000;
  std::uint64_t shadow_runs = 50;  ///< by runs, in place of calls
  double shadow_unseen = 0.002;    ///< most unseen n-grams per n-gram; above it, back to learning
  /// Shadow starts again this often when it would have sent something; then the threshold moves instead.
  std::uint32_t max_extensions = 3;

  /// A profile that learned for so long, and enough calls, and is not armed, cannot settle: its image no
  /// longer waits for it.
  std::chrono::nanoseconds settle_time = std::chrono::hours(24);

  /// Programs whose start was learned less often than this are not judged while they start.
  std::uint64_t min_starts = 3;
  std::chrono::nanoseconds start_grace = std::chrono::seconds(30);
  std::chrono::nanoseconds longest_pause = std::chrono::seconds(60);

  /// An image arms when nothing new (executable, "A starts B") came for this long, min_time has passed
  /// and every busy profile is armed: one that made at least `busy_share` of the image's calls.
  std::chrono::nanoseconds image_quiet = std::chrono::hours(1);
  double busy_share = 0.1;

  /// A new image begins from the counts of another of its repository.
  bool from_predecessor = true;

  /// An image is forgotten when its streams ran for so long without a record of it; 0: never. When there is
  /// no room for new ones, one that is away for `least_absence` makes room.
  std::chrono::nanoseconds forget_after = std::chrono::hours(30 * 24);
  [[nodiscard]] std::chrono::nanoseconds least_absence() const noexcept {
    return std::min<std::chrono::nanoseconds>(forget_after, std::chrono::hours(24));
  }

  std::size_t max_ngrams = 131'072;  ///< distinct n-grams of a profile, all orders; 24 bytes each

  HabitOptions habits;  ///< which have a life of their own
};

/// What was learned from so far; kept for the record when armed.
struct LearningEvidence {
  explicit LearningEvidence(std::chrono::nanoseconds longest_pause) noexcept : time(longest_pause) {}
  void merge(const LearningEvidence& other);

  ObservedTime time;
  std::uint64_t calls = 0;
  std::uint64_t episodes = 0;
  std::uint64_t starts = 0;  ///< programs seen from their exec
  std::uint64_t runs = 0;    ///< of them, those seen to their end without a gap
  std::uint64_t gaps = 0;    ///< windows broken by lost records
  std::uint64_t lost = 0;    ///< records known to be lost
};

struct ShadowEvidence {
  explicit ShadowEvidence(std::chrono::nanoseconds longest_pause) noexcept : time(longest_pause) {}
  void merge(const ShadowEvidence& other);

  ObservedTime time;
  std::uint64_t calls = 0;
  std::uint64_t ngrams = 0;
  std::uint64_t unseen = 0;
  std::uint64_t would_alert = 0;  ///< alerts it would have raised
  std::uint64_t runs = 0;
  HeldOutScores scores;
  HeldOutThreads threads;  ///< what whole threads measured
};

/// A change of state, for the log.
struct Step {
  ProfileState from{};
  ProfileState to{};
  std::string why;
};

class LifeCycle {
 public:
  LifeCycle(const LifeCycleOptions& options, const ScoreOptions& score);

  /// One counted call; `added`: what the counter made of it. `known_elsewhere`: its n-gram of the highest
  /// order was learned from another stream.
  void on_call(const Added& added, std::int64_t time_ns, bool known_elsewhere = false);
  /// Shadow only: a score of held-out calls, and an alert that would have been mailed.
  void on_score(unsigned score) noexcept {
    if (learns()) shadow_.scores.observe(score);
  }
  void on_would_alert() noexcept {
    if (learns()) ++shadow_.would_alert;
  }
  /// Shadow only: what a held-out thread measured as a whole.
  void on_thread(ThreadKind kind, const Features& features) {
    if (learns()) shadow_.threads.add(kind, features);
  }
  void on_episode_end(unsigned highest_score) noexcept;
  void on_start() noexcept;
  /// A run that was seen whole has ended; `fresh`: it showed something new.
  void on_run_end(bool fresh) noexcept;
  /// Something new was shown by a thread that is no run of its own: the next run to end answers for it.
  void on_fresh_elsewhere() noexcept {
    if (learns()) fresh_elsewhere_ = true;
  }
  void on_gap(std::uint64_t lost) noexcept;

  /// Adds what another stream taught. The state stays; evidence of another round of shadow does not count.
  void merge(const LifeCycle& part);
  /// After the last merge(): see RecentNovelty::recount().
  void recount(const NgramCounter& merged) { novelty_.recount(merged); }
  /// Takes over the state that was decided by the evidence of all streams. A new round of shadow begins with
  /// no evidence.
  void follow(const LifeCycle& whole);

  /// By an operator's order: the state stays as it is, and nothing is learned.
  void set_frozen(bool frozen) noexcept { frozen_ = frozen; }
  [[nodiscard]] bool frozen() const noexcept { return frozen_; }

  /// Takes the next step if it is due.
  std::optional<Step> advance();
  /// What the next step waits for, or why there is none.
  [[nodiscard]] std::string reason() const;
  /// Of one kind of whole threads: "3 of 100 observations", which is too few; once armed "above 6.3 (812
  /// observations; not certified: needs 2,188 more, 2.7 days of them)".
  [[nodiscard]] std::string about(ThreadKind kind) const;

  [[nodiscard]] ProfileState state() const noexcept { return state_; }
  [[nodiscard]] bool learns() const noexcept { return state_ != ProfileState::armed && !frozen_; }
  /// See LifeCycleOptions::settle_time. It goes on learning, and may settle later all the same.
  [[nodiscard]] bool cannot_settle() const noexcept;
  /// The bound a score must exceed: while not armed, the one that shadow tells "would alert" by.
  [[nodiscard]] unsigned threshold() const noexcept { return threshold_; }
  /// By what whole threads are judged once armed.
  [[nodiscard]] const ThreadBounds& thread_bounds() const noexcept { return bounds_; }
  [[nodiscard]] std::uint32_t block() const noexcept { return novelty_.block(); }
  [[nodiscard]] const LearningEvidence& learned() const noexcept { return learned_; }
  [[nodiscard]] const ShadowEvidence& shadow() const noexcept { return shadow_; }
  [[nodiscard]] const RecentNovelty& novelty() const noexcept { return novelty_; }
  [[nodiscard]] const RecentRuns& recent_runs() const noexcept { return recent_runs_; }
  [[nodiscard]] bool by_runs() const noexcept {
    return learned_.runs > 0 && learned_.calls / learned_.runs < options_.min_calls;
  }
  [[nodiscard]] std::uint32_t extensions() const noexcept { return extensions_; }
  /// Counts how often shadow began; its evidence is of this round.
  [[nodiscard]] std::uint32_t round() const noexcept { return round_; }

  /// Of one that begins from what this one learned: in shadow if this one passed it, with no evidence of its
  /// own.
  struct Saved;
  [[nodiscard]] Saved successor() const;

  /// All of it, for the codec.
  struct Saved {
    explicit Saved(std::chrono::nanoseconds longest_pause) noexcept
        : learned(longest_pause), shadow(longest_pause) {}

    ProfileState state{};
    LearningEvidence learned;
    ShadowEvidence shadow;
    std::uint32_t extensions = 0;
    std::uint32_t round = 0;
    unsigned threshold = 0;
    CallScore call_score = CallScore::departures;  ///< that it is a threshold of
    ThreadBounds bounds;
    std::uint32_t block = 0;
    std::array<RecentNovelty::Block, RecentNovelty::kBlocks> blocks{};
    std::array<RecentRuns::Block, RecentRuns::kBlocks> runs{};
    bool fresh_elsewhere = false;
  };
  [[nodiscard]] Saved save() const;
  /// Its threshold is of no use for another score of calls: then shadow begins anew.
  void restore(const Saved& saved);

 private:
  [[nodiscard]] std::string state_and_missing() const;
  [[nodiscard]] std::string about_threads() const;
  [[nodiscard]] bool ready_for_shadow() const noexcept;
  [[nodiscard]] bool ready_for_armed() const noexcept;
  [[nodiscard]] std::string missing_for_shadow() const;
  [[nodiscard]] std::string missing_for_armed() const;
  [[nodiscard]] bool too_much_unseen() const noexcept;
  [[nodiscard]] std::uint64_t calls_wanted() const noexcept;
  [[nodiscard]] double unseen_mass() const noexcept;
  [[nodiscard]] std::string too_new_runs() const;
  std::optional<Step> leave_shadow();
  void restart_shadow() noexcept;
  Step move_to(ProfileState to, std::string why);

  LifeCycleOptions options_;
  ScoreOptions score_;
  ProfileState state_ = ProfileState::learning;
  LearningEvidence learned_;
  ShadowEvidence shadow_;
  RecentNovelty novelty_;
  RecentRuns recent_runs_;
  bool fresh_elsewhere_ = false;
  std::uint32_t extensions_ = 0;
  std::uint32_t round_ = 0;
  unsigned threshold_;
  ThreadBounds bounds_;
  bool frozen_ = false;
};

}  // namespace da
