#include "analyzer/model/profile.h"

#include <algorithm>

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
  if (life_.learns() || life_.learned().starts >= options_.min_starts) return;
  if (time_ns < INT64_MAX - options_.start_grace.count()) {
    thread.grace_until_ns = time_ns + options_.start_grace.count();
  }
}

Observation Profile::observe(ThreadState& thread, CallId call, std::int64_t time_ns) {
  Observation seen;
  const CallClass call_class = class_of(call);
  if (call_class == CallClass::scheduling) return seen;

  const bool learns = life_.learns();
  Symbol symbol = symbols_.find(call);
  seen.new_call = symbol == kNoSymbol && !symbols_.overflowed();
  if (symbol == kNoSymbol) symbol = learns ? symbols_.learn(call) : kOtherSymbol;
  if (!thread.window.push(symbol)) {
    seen.repeats = true;
    return seen;
  }
  seen.counted = true;

  // Before the n-gram is learned, so that shadow judges by what was known.
  const Ngram phrase = thread.window.phrase(score_.order);
  seen.departs = !counter_.knows(phrase);
  const Ngram ngram = suffix(thread.window.ngram(), score_.order);
  Added added;
  if (learns) {
    added = counter_.add(ngram, life_.block());
    changed_ = true;
    life_.on_call(added, time_ns);
  }
  seen.phrase = phrase;
  thread.window.mark(seen.departs, score_.frame);
  seen.score = thread.window.score();

  if (life_.state() != ProfileState::learning && time_ns >= thread.grace_until_ns) {
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
  for (const Continuation& next : WittenBell(counter_, symbols_.size()).likeliest(context, limit)) {
    if (next.symbol <= symbols_.size()) calls.push_back({symbols_.call_of(next.symbol), next.probability});
  }
  return calls;
}

std::string Profile::description() const {
  const LearningEvidence& learned = life_.learned();
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
  std::string text = life_.reason();
  if (counter_.dropped() > 0)
    append_clause(text, "full: behaviour too varied for " + counted(counter_.size(), "n-gram"));
  if (symbols_.overflowed()) append_clause(text, "more than 254 distinct calls: new ones cannot be told");
  return text;
}

void Profile::merge(const SymbolTable& symbols, const NgramCounter& counter) {
  std::array<Symbol, 256> translate{};
  for (std::size_t i = 0; i < symbols.size(); ++i)
    translate[i + 1] = symbols_.learn(symbols.calls()[i]);
  translate[kOtherSymbol] = kOtherSymbol;
  if (symbols.overflowed()) symbols_.set_overflowed();
  counter_.merge(counter, translate);
  changed_ = true;
}

void Profile::restore(SymbolTable symbols, NgramCounter counter, const LifeCycle::Saved& life) {
  symbols_ = std::move(symbols);
  counter_ = std::move(counter);
  life_.restore(life);
  changed_ = false;
}

}  // namespace da
