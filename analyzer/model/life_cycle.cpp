#include "analyzer/model/life_cycle.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "analyzer/model/words.h"

namespace da {
namespace {

std::uint64_t add_bounded(std::uint64_t a, std::uint64_t b) noexcept {
  return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/// " (12 a day)"; nothing if that says no more.
std::string a_day(std::uint64_t count, std::int64_t time_ns) {
  constexpr double kDayNs = 86'400e9;
  if (count == 0 || time_ns <= 0) return {};
  const double rate = static_cast<double>(count) * kDayNs / static_cast<double>(time_ns);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, rate < 10.0 ? " (%.1f a day)" : " (%.0f a day)", rate);
  return buffer;
}

}  // namespace

std::string_view to_string(ProfileState state) noexcept {
  switch (state) {
    case ProfileState::learning:
      return "learning";
    case ProfileState::shadow:
      return "shadow";
    case ProfileState::armed:
      return "armed";
  }
  return "unknown";
}

LifeCycle::LifeCycle(const LifeCycleOptions& options, const ScoreOptions& score)
    : options_(options),
      score_(score.finalized()),
      learned_(options.longest_pause),
      shadow_(options.longest_pause),
      novelty_(std::min(options.recent_calls, options.min_calls)),
      recent_runs_(options.min_runs),
      threshold_(score_.minimum) {}

void LifeCycle::on_call(const Added& added, std::int64_t time_ns, bool known_elsewhere) {
  if (!learns()) return;
  learned_.time.observe(time_ns);
  ++learned_.calls;
  novelty_.count(added);
  if (state_ != ProfileState::shadow) return;
  shadow_.time.observe(time_ns);
  ++shadow_.calls;
  if (!added.complete) return;
  ++shadow_.ngrams;
  if (added.before == 0 && !known_elsewhere) ++shadow_.unseen;
}

void LifeCycle::on_episode_end(unsigned highest_score) noexcept {
  if (!learns()) return;
  ++learned_.episodes;
  if (state_ == ProfileState::shadow) shadow_.scores.end_episode(highest_score);
}

void LifeCycle::on_start() noexcept {
  if (learns()) ++learned_.starts;
}

void LifeCycle::on_run_end(bool fresh) noexcept {
  if (!learns()) return;
  ++learned_.runs;
  recent_runs_.count(std::exchange(fresh_elsewhere_, false) || fresh);
  if (state_ == ProfileState::shadow) ++shadow_.runs;
}

void LifeCycle::on_gap(std::uint64_t lost) noexcept {
  if (!learns()) return;
  ++learned_.gaps;
  learned_.lost = add_bounded(learned_.lost, lost);
}

void LearningEvidence::merge(const LearningEvidence& other) {
  time.merge(other.time);
  calls = add_bounded(calls, other.calls);
  episodes = add_bounded(episodes, other.episodes);
  starts = add_bounded(starts, other.starts);
  runs = add_bounded(runs, other.runs);
  gaps = add_bounded(gaps, other.gaps);
  lost = add_bounded(lost, other.lost);
}

void ShadowEvidence::merge(const ShadowEvidence& other) {
  time.merge(other.time);
  calls = add_bounded(calls, other.calls);
  ngrams = add_bounded(ngrams, other.ngrams);
  unseen = add_bounded(unseen, other.unseen);
  would_alert = add_bounded(would_alert, other.would_alert);
  runs = add_bounded(runs, other.runs);
  scores.merge(other.scores);
  threads.merge(other.threads);
}

void LifeCycle::merge(const LifeCycle& part) {
  learned_.merge(part.learned_);
  novelty_.merge(part.novelty_);
  recent_runs_.merge(part.recent_runs_);
  if (part.round_ == round_) shadow_.merge(part.shadow_);
}

void LifeCycle::follow(const LifeCycle& whole) {
  if (round_ != whole.round_) shadow_ = ShadowEvidence(options_.longest_pause);
  state_ = whole.state_;
  extensions_ = whole.extensions_;
  round_ = whole.round_;
  threshold_ = whole.threshold_;
  bounds_ = whole.bounds_;
}

std::optional<Step> LifeCycle::advance() {
  if (frozen_) return std::nullopt;
  switch (state_) {
    case ProfileState::learning:
      if (!ready_for_shadow()) return std::nullopt;
      restart_shadow();
      return move_to(ProfileState::shadow,
                     "learned " + counted(learned_.calls, "call") + " of " +
                         (by_runs() ? counted(learned_.runs, "run") : counted(learned_.episodes, "episode")) +
                         "; unseen mass " + percent(unseen_mass()));
    case ProfileState::shadow:
      return leave_shadow();
    case ProfileState::armed:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Step> LifeCycle::leave_shadow() {
  if (too_much_unseen()) {
    return move_to(ProfileState::learning,
                   counted(shadow_.unseen, "unseen n-gram") + " in shadow: learns on");
  }
  if (!ready_for_armed()) return std::nullopt;
  const unsigned threshold = threshold_from(shadow_.scores, score_);
  const bool noisy = shadow_.would_alert > 0 && extensions_ < options_.max_extensions;
  if (noisy || !threshold_is_usable(threshold, score_)) {
    ++extensions_;
    const auto would_alert = shadow_.would_alert;
    restart_shadow();
    return Step{ProfileState::shadow, ProfileState::shadow,
                "would have alerted " + counted(would_alert, "time") + ": shadow starts again"};
  }
  threshold_ = threshold;
  bounds_ =
      score_.judges_threads() ? shadow_.threads.fit(score_.budget, shadow_.time.total_ns()) : ThreadBounds{};
  std::string why = "shadow of " +
                    (by_runs() ? counted(shadow_.runs, "run") : counted(shadow_.calls, "call")) +
                    " passed, highest score " + std::to_string(shadow_.scores.highest()) + "; threshold " +
                    std::to_string(threshold_);
  if (score_.judges_threads()) append_clause(why, about_threads());
  return move_to(ProfileState::armed, std::move(why));
}

/// Of a profile that is armed: "whole threads: threads above 6.3 (...); not judged: starts (3 of 100
/// observations), later windows (12)".
std::string LifeCycle::about_threads() const {
  std::string judged;
  std::string others;
  for (std::size_t i = 0; i < kThreadKinds; ++i) {
    const auto kind = static_cast<ThreadKind>(i);
    const std::string name(to_string(kind));
    if (bounds_.of(kind) != nullptr) {
      judged += (judged.empty() ? "" : ", ") + name + ' ' + about(kind);
    } else if (others.empty()) {
      others = name + " (" + about(kind) + ')';
    } else {
      others += ", " + name + " (" + grouped(shadow_.threads.of(kind).observations()) + ')';
    }
  }
  if (judged.empty()) return "whole threads not judged: " + others;
  return "whole threads: " + judged + (others.empty() ? "" : "; not judged: " + others);
}

std::string LifeCycle::about(ThreadKind kind) const {
  const std::uint64_t observations = shadow_.threads.of(kind).observations();
  const Fitted* fitted = bounds_.of(kind);
  if (fitted == nullptr && observations >= HeldOutThreads::kFewest)
    return counted(observations, "observation");
  if (fitted == nullptr)
    return grouped(observations) + " of " + grouped(HeldOutThreads::kFewest) + " observations";
  char threshold[32];
  std::snprintf(threshold, sizeof threshold, "above %.1f (", fitted->threshold);
  std::string text = threshold + counted(fitted->observations, "observation") + "; ";
  if (fitted->certified) return text + "certified)";
  text += "not certified: needs " + grouped(fitted->missing) + " more";
  if (observations > 0) {
    const double each_ns = static_cast<double>(shadow_.time.total_ns()) / static_cast<double>(observations);
    constexpr double kMostNs = 1e18;
    const double wait_ns = std::min(each_ns * static_cast<double>(fitted->missing), kMostNs);
    text += ", " + duration_words(std::chrono::nanoseconds(static_cast<std::int64_t>(wait_ns))) + " of them";
  }
  return text + ")";
}

std::string LifeCycle::reason() const {
  return frozen_ ? "frozen by an operator; " + state_and_missing() : state_and_missing();
}

std::string LifeCycle::state_and_missing() const {
  const std::string unsettled =
      cannot_settle() ? " (cannot settle; programs never seen are told all the same)" : "";
  switch (state_) {
    case ProfileState::learning:
      return "learning" + unsettled + ": " + missing_for_shadow();
    case ProfileState::shadow: {
      std::string text = "shadow" + unsettled + ": would have alerted " +
                         counted(shadow_.would_alert, "time") +
                         a_day(shadow_.would_alert, shadow_.time.total_ns());
      if (extensions_ > 0) append_clause(text, "extended " + counted(extensions_, "time"));
      if (shadow_.threads.observations() > 0)
        append_clause(text, "observed whole threads " + counted(shadow_.threads.observations(), "time"));
      const std::string missing = missing_for_armed();
      if (!missing.empty()) append_clause(text, missing);
      return text;
    }
    case ProfileState::armed: {
      const char* what = score_.call_score() == CallScore::departures ? " departures among "
                         : score_.call_score() == CallScore::stide    ? " unseen n-grams among "
                                                                      : " unseen or rare n-grams among ";
      std::string text = "armed: alerts above " + std::to_string(threshold_) + what +
                         std::to_string(score_.frame) + " calls";
      if (score_.judges_threads()) append_clause(text, about_threads());
      return text;
    }
  }
  return {};
}

std::string LifeCycle::missing_for_shadow() const {
  std::string text;
  const auto left = options_.min_time.count() - learned_.time.total_ns();
  if (left > 0) append_clause(text, "needs " + duration_words(std::chrono::nanoseconds(left)) + " more");
  if (by_runs()) {
    if (!recent_runs_.full())
      append_clause(text, "needs " + counted(recent_runs_.needed() - recent_runs_.runs(), "more run"));
    if (recent_runs_.new_share() > options_.unseen_runs) append_clause(text, too_new_runs());
  } else {
    if (learned_.calls < calls_wanted())
      append_clause(text, "needs " + counted(calls_wanted() - learned_.calls, "more call"));
    if (learned_.episodes < options_.min_episodes)
      append_clause(text, "needs " + counted(options_.min_episodes - learned_.episodes, "more episode"));
    if (!novelty_.full())
      append_clause(text, "needs " + counted(novelty_.needed() - novelty_.ngrams(), "more recent n-gram"));
  }
  if (unseen_mass() > options_.unseen_mass)
    append_clause(text, "unseen mass " + percent(unseen_mass()) + ", bound " + percent(options_.unseen_mass));
  return text;
}

std::string LifeCycle::missing_for_armed() const {
  std::string text;
  const auto left = options_.shadow_time.count() - shadow_.time.total_ns();
  if (left > 0) append_clause(text, "needs " + duration_words(std::chrono::nanoseconds(left)) + " more");
  if (by_runs()) {
    if (shadow_.runs < options_.shadow_runs)
      append_clause(text, "needs " + counted(options_.shadow_runs - shadow_.runs, "more run"));
    if (recent_runs_.new_share() > options_.unseen_runs) append_clause(text, too_new_runs());
  } else if (shadow_.calls < options_.shadow_calls) {
    append_clause(text, "needs " + counted(options_.shadow_calls - shadow_.calls, "more call"));
  }
  return text;
}

/// "4 of the last 52 runs showed something new, bound 5 %"
std::string LifeCycle::too_new_runs() const {
  return std::to_string(recent_runs_.fresh()) + " of the last " + counted(recent_runs_.runs(), "run") +
         " showed something new, bound " + percent(options_.unseen_runs);
}

bool LifeCycle::ready_for_shadow() const noexcept {
  if (learned_.time.total_ns() < options_.min_time.count() || unseen_mass() > options_.unseen_mass)
    return false;
  if (by_runs()) return recent_runs_.full() && recent_runs_.new_share() <= options_.unseen_runs;
  return learned_.calls >= calls_wanted() && learned_.episodes >= options_.min_episodes && novelty_.full();
}

/// By runs, those of a small program may all be fewer than what is recent of another: what they lack was
/// quiet.
double LifeCycle::unseen_mass() const noexcept {
  const double mass = novelty_.unseen_mass();
  if (!by_runs() || novelty_.full()) return mass;
  return mass * static_cast<double>(novelty_.ngrams()) / static_cast<double>(novelty_.needed());
}

bool LifeCycle::cannot_settle() const noexcept {
  return learns() && options_.settle_time.count() > 0 &&
         learned_.time.total_ns() >= options_.settle_time.count() && learned_.calls >= options_.min_calls;
}

/// What was lost has to be made up for: it may have been what is rare.
std::uint64_t LifeCycle::calls_wanted() const noexcept {
  return add_bounded(options_.min_calls, learned_.lost);
}

bool LifeCycle::ready_for_armed() const noexcept {
  if (shadow_.time.total_ns() < options_.shadow_time.count()) return false;
  if (!by_runs()) return shadow_.calls >= options_.shadow_calls;
  return shadow_.runs >= options_.shadow_runs && recent_runs_.new_share() <= options_.unseen_runs;
}

bool LifeCycle::too_much_unseen() const noexcept {
  // Judged against the whole shadow phase from its first call on: one slow path is not a verdict.
  const auto seen = static_cast<double>(std::max(shadow_.ngrams, options_.shadow_calls));
  return static_cast<double>(shadow_.unseen) > options_.shadow_unseen * seen;
}

void LifeCycle::restart_shadow() noexcept {
  shadow_ = ShadowEvidence(options_.longest_pause);
  ++round_;
}

Step LifeCycle::move_to(ProfileState to, std::string why) {
  Step step{state_, to, std::move(why)};
  state_ = to;
  return step;
}

LifeCycle::Saved LifeCycle::save() const {
  Saved saved(options_.longest_pause);
  saved.state = state_;
  saved.learned = learned_;
  saved.shadow = shadow_;
  saved.extensions = extensions_;
  saved.round = round_;
  saved.threshold = threshold_;
  saved.call_score = score_.call_score();
  saved.bounds = bounds_;
  saved.block = novelty_.block();
  saved.blocks = novelty_.blocks();
  saved.runs = recent_runs_.blocks();
  saved.fresh_elsewhere = fresh_elsewhere_;
  return saved;
}

LifeCycle::Saved LifeCycle::successor() const {
  Saved begun(options_.longest_pause);
  begun.state = state_ == ProfileState::armed ? ProfileState::shadow : ProfileState::learning;
  begun.round = begun.state == ProfileState::shadow ? 1 : 0;
  begun.learned.starts = learned_.starts;
  begun.threshold = score_.minimum;
  begun.block = RecentNovelty::kBlocks;  // what was first seen in block 0 is none of the recent ones
  return begun;
}

void LifeCycle::restore(const Saved& saved) {
  state_ = saved.state;
  learned_ = saved.learned;
  shadow_ = saved.shadow;
  extensions_ = saved.extensions;
  round_ = saved.round;
  threshold_ = saved.threshold;
  bounds_ = saved.bounds;
  novelty_.restore(saved.block, saved.blocks);
  recent_runs_.restore(saved.runs);
  fresh_elsewhere_ = saved.fresh_elsewhere;
  if (saved.call_score == score_.call_score() || state_ == ProfileState::learning) return;
  state_ = ProfileState::shadow;
  threshold_ = score_.minimum;
  bounds_ = {};
  extensions_ = 0;
  restart_shadow();
}

}  // namespace da
