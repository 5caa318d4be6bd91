// When a profile knows enough: learning -> shadow -> armed, on evidence and never on the clock alone.
//
// Used by profile. What it counts of several streams adds up (merge); what follows from that is decided in
// one place, by whoever has it all (advance), and taken over by the others (follow). Learning takes
// everything in. Shadow scores each call first and takes it in after, so its scores are those of held-out
// data; it must pass without anything that would have been mailed. Armed judges and learns no more. Pure:
// time is that of the records.
//
//   LifeCycle cycle(options, score_options);
//   cycle.on_call(...);  if (auto step = cycle.advance()) log(*step);
//   cycle.reason()   // "needs 112 more calls; unseen mass 0.8 %, bound 0.1 %"
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/model/habits/habit_options.h"
#include "analyzer/model/novelty.h"
#include "analyzer/model/observed_time.h"
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

  std::chrono::nanoseconds shadow_time = std::chrono::hours(1);
  std::uint64_t shadow_calls = 10'000;
  double shadow_unseen = 0.002;  ///< most unseen n-grams per n-gram; above it, back to learning
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
  HeldOutScores scores;
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
  void on_episode_end(unsigned highest_score) noexcept;
  void on_start() noexcept;
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

  [[nodiscard]] ProfileState state() const noexcept { return state_; }
  [[nodiscard]] bool learns() const noexcept { return state_ != ProfileState::armed && !frozen_; }
  /// See LifeCycleOptions::settle_time. It goes on learning, and may settle later all the same.
  [[nodiscard]] bool cannot_settle() const noexcept;
  /// The bound a score must exceed: while not armed, the one that shadow tells "would alert" by.
  [[nodiscard]] unsigned threshold() const noexcept { return threshold_; }
  [[nodiscard]] std::uint32_t block() const noexcept { return novelty_.block(); }
  [[nodiscard]] const LearningEvidence& learned() const noexcept { return learned_; }
  [[nodiscard]] const ShadowEvidence& shadow() const noexcept { return shadow_; }
  [[nodiscard]] const RecentNovelty& novelty() const noexcept { return novelty_; }
  [[nodiscard]] std::uint32_t extensions() const noexcept { return extensions_; }
  /// Counts how often shadow began; its evidence is of this round.
  [[nodiscard]] std::uint32_t round() const noexcept { return round_; }

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
    std::uint32_t block = 0;
    std::array<RecentNovelty::Block, RecentNovelty::kBlocks> blocks{};
  };
  [[nodiscard]] Saved save() const;
  void restore(const Saved& saved);

 private:
  [[nodiscard]] std::string state_and_missing() const;
  [[nodiscard]] bool ready_for_shadow() const noexcept;
  [[nodiscard]] bool ready_for_armed() const noexcept;
  [[nodiscard]] std::string missing_for_shadow() const;
  [[nodiscard]] std::string missing_for_armed() const;
  [[nodiscard]] bool too_much_unseen() const noexcept;
  [[nodiscard]] std::uint64_t calls_wanted() const noexcept;
  std::optional<Step> leave_shadow();
  void restart_shadow() noexcept;
  Step move_to(ProfileState to, std::string why);

  LifeCycleOptions options_;
  ScoreOptions score_;
  ProfileState state_ = ProfileState::learning;
  LearningEvidence learned_;
  ShadowEvidence shadow_;
  RecentNovelty novelty_;
  std::uint32_t extensions_ = 0;
  std::uint32_t round_ = 0;
  unsigned threshold_;
  bool frozen_ = false;
};

}  // namespace da
