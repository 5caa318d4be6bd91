#include "analyzer/model/profile.h"

#include <algorithm>

#include "analyzer/model/decisions.h"
#include "analyzer/model/words.h"

namespace da {

Profile::Profile(ProfileKey key, const LifeCycleOptions& options, const ScoreOptions& score)
    : key_(std::move(key)),
      options_(options),
      score_(score.finalized()),
      counter_(score_.order, options.max_ngrams),
      life_(options, score_) {}

void Profile::begin(ThreadState& thread, Beginning beginning, std::int64_t time_ns, std::uint64_t lost) {
  switch (beginning) {
    case Beginning::birth:
      thread = ThreadState{};
      break;
    case Beginning::program:
    case Beginning::outside_program:
      thread = ThreadState{};
      if (beginning == Beginning::outside_program) grant_start_grace(thread, time_ns);
      life_.on_start();
      break;
    case Beginning::attached:
      thread.window.start_anew();
      grant_start_grace(thread, time_ns);
      life_.on_gap(lost);
      break;
    case Beginning::gap:
      thread.window.start_anew();
      life_.on_gap(lost);
      break;
  }
  if (life_.learns()) changed_ = true;
}

void Profile::grant_start_grace(ThreadState& thread, std::int64_t time_ns) const noexcept {
  // Programs that were attached to in mid-life were never, or not wholly, seen starting. When one is
  // started from outside again, that is not judged; one started from within the container is.
  if (life_.learns() || best().life_.learned().starts >= options_.min_starts) return;
  thread.grace_until_ns = ObservedTime::in_range(time_ns) + options_.start_grace.count();
}

bool Profile::in_start_grace(const ThreadState& thread, std::int64_t time_ns) const noexcept {
  // Long before it was granted: the clock was set back since.
  const std::int64_t until = thread.grace_until_ns;
  const std::int64_t time = ObservedTime::in_range(time_ns);
  return time < until && until - time <= 2 * options_.start_grace.count();
}

Observation Profile::observe(ThreadState& thread, CallId call, std::int64_t time_ns) {
  Observation seen;
  const CallClass call_class = class_of(call);
  if (call_class == CallClass::scheduling) return seen;

  const Symbol symbol = symbol_of(call);
  seen.new_call = !knows(append(kEmptyNgram, symbol));
  if (!thread.window.push(symbol)) {
    seen.repeats = true;
    return seen;
  }
  seen.counted = true;

  // Before the n-gram is learned, so that shadow judges by what was known.
  const Ngram phrase = thread.window.phrase(score_.order);
  seen.departs = !knows(phrase);
  const Ngram ngram = suffix(thread.window.ngram(), score_.order);
  const bool learns = life_.learns();
  if (learns) {
    const bool in_shadow = life_.state() == ProfileState::shadow;
    const bool known_elsewhere = in_shadow && whole_ && whole_->counter_.knows(ngram);
    life_.on_call(counter_.add(ngram, life_.block(), {thread.container, time_ns}), time_ns, known_elsewhere);
    changed_ = true;
  }
  seen.phrase = phrase;
  thread.window.mark(seen.departs, score_.frame);
  seen.score = thread.window.score();

  if (life_.state() != ProfileState::learning && !in_start_grace(thread, time_ns)) {
    seen.finding = judge(thread, seen.new_call && call_class == CallClass::ordinary, seen.score);
    if (life_.state() == ProfileState::shadow) {
      life_.on_score(seen.score);
      if (seen.finding != Finding::none) life_.on_would_alert();
      seen.finding = Finding::none;
    }
  }
  if (learns) count_episode(thread, seen.score);
  return seen;
}

Finding Profile::judge(ThreadState& thread, bool loud_call, unsigned score) const noexcept {
  if (thread.window.quiet() >= score_.frame) thread.told_sequence = thread.told_call = false;
  if (loud_call && !thread.told_call) {
    // A never-seen call is told even if the sequence already was; not the other way round.
    thread.told_call = thread.told_sequence = true;
    return Finding::new_call;
  }
  if (score > life_.threshold() && !thread.told_sequence) {
    thread.told_sequence = true;
    return Finding::unseen_sequence;
  }
  return Finding::none;
}

void Profile::count_episode(ThreadState& thread, unsigned score) {
  thread.episode_highest = std::max(thread.episode_highest, score);
  if (++thread.episode_calls < options_.episode_calls) return;
  life_.on_episode_end(thread.episode_highest);
  thread.episode_calls = 0;
  thread.episode_highest = 0;
}

void Profile::end(ThreadState& thread) {
  if (thread.episode_calls == 0 || !life_.learns()) return;
  life_.on_episode_end(thread.episode_highest);
  thread.episode_calls = 0;
  changed_ = true;
}

std::optional<Step> Profile::advance() {
  auto step = life_.advance();
  if (step) changed_ = true;
  return step;
}

std::vector<ExpectedCall> Profile::expected(Ngram context, std::size_t limit) const {
  std::vector<ExpectedCall> calls;
  for (const Continuation& next : WittenBell(best().counter_).likeliest(context, limit))
    calls.push_back({call_of(next.symbol), next.probability});
  return calls;
}

std::string Profile::description() const {
  const LearningEvidence& learned = best().life_.learned();
  std::string text = "learned " + counted(learned.calls, "call") + " of " +
                     counted(learned.episodes, "episode") + " in " +
                     duration_words(std::chrono::nanoseconds(learned.time.total_ns()));
  if (learned.gaps == 0) {
    append_clause(text, "no records lost");
  } else if (learned.lost == 0) {
    append_clause(text, counted(learned.gaps, "gap") + " of unknown size");  // attached in mid-life
  } else {
    append_clause(text,
                  counted(learned.gaps, "gap") + ", at least " + counted(learned.lost, "record") + " lost");
  }
  return text;
}

std::string Profile::reason() const {
  std::string text = best().life_.reason();
  if (best().generation_ > 0)
    append_clause(text, "begun anew by an operator " + counted(best().generation_, "time"));
  const NgramCounter& counter = best().counter_;
  if (counter.dropped() > 0)
    append_clause(text, "full: behaviour too varied for " + counted(counter.size(), "n-gram"));
  return text;
}

void Profile::merge(const std::vector<const Profile*>& parts) {
  for (const Profile* part : parts) {
    counter_.merge(part->counter_, life_.novelty().later(part->life_.novelty()));
    life_.merge(part->life_);
  }
  life_.recount(counter_);
  changed_ = true;
}

void Profile::follow(std::shared_ptr<const Profile> whole) {
  whole_ = std::move(whole);
  if (whole_) life_.follow(whole_->life_);
}

void Profile::teach(const std::set<Ngram>& accepted) {
  constexpr std::uint32_t kTimes = 3;  // no singleton, and not pruned from a compiled model
  for (const Ngram ngram : accepted) {
    for (std::size_t length = 1; length <= std::min(length_of(ngram), counter_.order()); ++length)
      counter_.add_count(suffix(ngram, length), kTimes, life_.block());
  }
}

void Profile::leave_out(const std::set<Ngram>& rejected) {
  if (rejected.empty()) return;
  keep(counter_.without(
      [&](const NgramCounter::Entry& entry) { return contains_any(entry.ngram(), rejected); }));
}

bool Profile::unlearn(const std::map<std::string, std::int64_t>& containers) {
  const Lessons& lessons = counter_.lessons();
  std::map<std::uint16_t, std::uint32_t> since;
  for (const auto& [id, time_ns] : containers) {
    if (const std::uint16_t number = lessons.find(id)) since[number] = Lessons::unit_of(time_ns);
  }
  if (since.empty()) return false;
  const bool had_any = counter_.size() > 0;
  keep(counter_.without([&](const NgramCounter::Entry& entry) {
    return std::ranges::any_of(
        since, [&](const auto& one) { return lessons.is_of(entry.lesson, one.first, one.second); });
  }));
  return had_any && counter_.size() == 0;
}

void Profile::keep(NgramCounter kept) {
  if (kept.size() == counter_.size()) return;
  counter_ = std::move(kept);
  life_.recount(counter_);
  changed_ = true;
}

void Profile::set_generation(std::uint32_t generation) {
  if (generation == generation_) return;
  // Threads go on, and have their containers' numbers.
  Lessons lessons = std::move(counter_.lessons());
  *this = Profile(ProfileKey(key_), LifeCycleOptions(options_), ScoreOptions(score_));
  counter_.lessons() = std::move(lessons);
  generation_ = generation;
}

void Profile::restore(NgramCounter counter, const LifeCycle::Saved& life, std::uint32_t generation) {
  generation_ = generation;
  counter_ = std::move(counter);
  life_.restore(life);
  changed_ = false;
}

}  // namespace da
