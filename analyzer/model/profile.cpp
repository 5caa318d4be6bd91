#include "analyzer/model/profile.h"

#include <algorithm>
#include <utility>

#include "analyzer/model/decisions.h"
#include "analyzer/model/stide.h"
#include "analyzer/model/words.h"

namespace da {

Profile::Profile(ProfileKey key, const LifeCycleOptions& options, const ScoreOptions& score)
    : key_(std::move(key)),
      options_(options),
      score_(score.finalized()),
      counter_(score_.order, options.max_ngrams),
      life_(options, score_) {}

void Profile::begin(ThreadState& thread, Beginning beginning, std::int64_t time_ns, std::uint64_t lost,
                    std::optional<ProcessStart> process) {
  const std::int64_t now = ObservedTime::in_range(time_ns);
  switch (beginning) {
    case Beginning::birth:
    case Beginning::fork:
      thread = ThreadState{};
      thread.whole.begin(beginning == Beginning::fork ? ThreadOrigin::process : ThreadOrigin::thread,
                         process);
      break;
    case Beginning::program:
    case Beginning::outside_program:
      thread = ThreadState{};
      thread.whole.begin(ThreadOrigin::process, ProcessStart{now, true});
      if (beginning == Beginning::outside_program) grant_start_grace(thread, time_ns);
      thread.whole_run = true;
      life_.on_start();
      break;
    case Beginning::attached:
      thread.window.start_anew();
      thread.whole.cut_off();
      thread.whole.process = ProcessStart{now, false};
      grant_start_grace(thread, time_ns);
      thread.whole_run = false;
      life_.on_gap(lost);
      break;
    case Beginning::gap:
      thread.window.start_anew();
      thread.whole_run = false;
      thread.whole.cut_off();
      if (process) thread.whole.process = process;
      life_.on_gap(lost);
      break;
  }
  if (life_.learns()) changed_ = true;
}

void Profile::grant_start_grace(ThreadState& thread, std::int64_t time_ns) const noexcept {
  // Programs that were attached to in mid-life were never, or not wholly, seen starting. When one is
  // started from outside again, that is not judged; one started from within the container is.
  if (life_.learns() || knows_starts()) return;
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
  if (!thread.window.push(symbol)) {
    seen.repeats = true;
    return seen;
  }
  seen.counted = true;

  // Before the n-gram is learned, so that shadow judges by what was known.
  const Ngram ngram = suffix(thread.window.ngram(), score_.order);
  const bool by_phrases = score_.call_score() == CallScore::departures;
  const Ngram phrase = by_phrases ? thread.window.phrase(score_.order) : ngram;
  seen.departs = by_phrases ? !knows(phrase) : departs(ngram);
  // Whoever knows a phrase knows its calls.
  seen.new_call = (seen.departs || !by_phrases) && !knows(append(kEmptyNgram, symbol));
  const bool learns = life_.learns();
  if (learns) {
    const Added added = counter_.add(ngram, life_.block(), {thread.container, time_ns});
    const bool is_new = added.complete && added.before == 0;
    const bool known_elsewhere = is_new && whole_ && whole_->counter_.knows(ngram);
    if (is_new && !known_elsewhere) note_new(thread, seen.new_call && call_class == CallClass::ordinary);
    life_.on_call(added, time_ns, known_elsewhere);
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
  if (score_.judges_threads()) {
    take_into_whole(thread, symbol, time_ns);
    WholeThread& whole = thread.whole;
    if (seen.finding != Finding::none || thread.told_sequence || thread.told_call) whole.explained = true;
    if (whole.is_due()) seen.unusual = observe_whole(whole);
    if (whole.is_over()) whole.next_window();
  }
  return seen;
}

/// By STIDE or t-STIDE.
bool Profile::departs(Ngram ngram) const noexcept {
  if (length_of(ngram) < score_.order) return false;
  if (!knows(ngram)) return true;
  if (score_.call_score() != CallScore::t_stide) return false;
  const NgramCounter& all = best().counter_;
  return std::max(counter_.count(ngram), all.count(ngram)) <
         Stide::least_count(all, score_.order, score_.rare);
}

const BehaviourModel* Profile::thread_model() {
  if (life_.state() == ProfileState::learning) return nullptr;
  SharedModel& shared = *model_;
  if (!shared.model) {
    shared.model = std::make_unique<BehaviourModel>(best().counter_, best().footprints_);
    shared.calls = best().life_.learned().calls;
  }
  return shared.model.get();
}

void Profile::take_into_whole(ThreadState& thread, Symbol symbol, std::int64_t time_ns) {
  WholeThread& whole = thread.whole;
  const Ngram history = context_of(thread.window.ngram());
  const std::int64_t now = ObservedTime::in_range(time_ns);
  if (whole.outlives_start(now, options_.start_grace.count())) whole.next_window();
  if (whole.calls == 0) {
    const auto kind = whole.kind_at(now, options_.start_grace.count());
    if (!kind) whole.complete = whole.first = false;
    whole.open(kind.value_or(ThreadKind::later), whole.complete ? thread_model() : nullptr, model_->id,
               history);
  }
  ++whole.calls;
  if (whole.model != 0 && (whole.model != model_->id || life_.state() == ProfileState::learning))
    whole.model = 0;
  const BehaviourModel* model = whole.model == 0 ? nullptr : thread_model();
  if (std::exchange(whole.interrupted, false)) whole.go_on(model, history);
  if (model == nullptr) {
    whole.score.mark(symbol);
  } else {
    whole.score.push(model->sequences, symbol);
  }
}

std::shared_ptr<const ThreadVerdict> Profile::observe_whole(WholeThread& whole) {
  if (!whole.complete) return nullptr;
  std::shared_ptr<const ThreadVerdict> unusual;
  if (whole.model != 0 && whole.model == model_->id && life_.state() != ProfileState::learning) {
    const BehaviourModel& model = *thread_model();
    // As they are kept: a threshold set from rounded ones is one for rounded ones.
    const Features features =
        HeldOutSample::features_of(HeldOutSample::round_up(whole.score.features(model.footprints)));
    if (life_.state() == ProfileState::shadow) {
      life_.on_thread(whole.kind, features);
    } else {
      unusual = judge_whole(whole, model, features);
    }
  }
  if (life_.learns()) {
    footprints_.add(whole.score.footprint());
    changed_ = true;
  }
  return unusual;
}

std::shared_ptr<const ThreadVerdict> Profile::judge_whole(WholeThread& whole, const BehaviourModel& model,
                                                          const Features& features) const {
  const Fitted* fitted = life_.thread_bounds().of(whole.kind);
  if (fitted == nullptr) return nullptr;
  const double score = fitted->scale.score(features, kCombinedWeights);
  if (!(score > fitted->threshold)) {
    whole.told = false;
    return nullptr;
  }
  const Footprint& footprint = whole.score.footprint();
  const std::set<Footprint>& accepted = best().accepted_;
  const bool is_accepted = std::any_of(accepted.begin(), accepted.end(),
                                       [&](const Footprint& known) { return footprint.is_within(known); });
  if (is_accepted || whole.explained || std::exchange(whole.told, true)) return nullptr;
  auto verdict = std::make_shared<ThreadVerdict>();
  verdict->kind = whole.kind;
  verdict->score = score;
  verdict->threshold = fitted->threshold;
  verdict->calls = whole.calls;
  verdict->features = features;
  for (std::size_t i = 0; i < kFeatures; ++i)
    verdict->z.values[i] = fitted->scale.z(static_cast<Feature>(i), features.values[i]);
  verdict->footprint = footprint;
  const auto nearest = model.footprints.nearest_calls(footprint);
  for (std::size_t i = 0; i < nearest.size(); ++i)
    verdict->strange_calls[i] = footprint.calls[i] & ~nearest[i];
  return verdict;
}

std::shared_ptr<const ThreadVerdict> Profile::finish(ThreadState& thread, bool by_itself) {
  if (!score_.judges_threads() || !thread.whole.is_due_at_end(by_itself)) return nullptr;
  auto unusual = observe_whole(thread.whole);
  thread.whole.cut_off();
  return unusual;
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

void Profile::note_new(ThreadState& thread, bool loud_call) noexcept {
  if (thread.new_ngrams < kMaxOrder) ++thread.new_ngrams;
  thread.new_call = thread.new_call || loud_call;
}

/// As many new n-grams as one call at a new place makes: fewer departures than that are no alert.
bool Profile::showed_something_new(const ThreadState& thread) const noexcept {
  return thread.new_call || thread.new_ngrams >= score_.order;
}

void Profile::end_run(ThreadState& thread) {
  end(thread);
  if (!life_.learns()) return;
  const bool fresh = showed_something_new(thread);
  if (thread.whole_run) {
    life_.on_run_end(fresh);
  } else if (fresh) {
    life_.on_fresh_elsewhere();
  }
  thread.whole_run = thread.new_call = false;
  thread.new_ngrams = 0;
  changed_ = true;
}

std::optional<Step> Profile::advance() {
  auto step = life_.advance();
  if (step) {
    changed_ = true;
    share_model(model_->id + 1, nullptr);
  }
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
                     counted(learned.episodes, "episode") +
                     (best().life_.by_runs() ? ", in " + counted(learned.runs, "run") + "," : "") + " in " +
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
    footprints_.merge(part->footprints_);
    for (const Footprint& footprint : part->accepted_) {
      if (accepted_.size() < kMostAcceptedFootprints) accepted_.insert(footprint);
    }
    life_.merge(part->life_);
  }
  life_.recount(counter_);
  changed_ = true;
}

void Profile::follow(std::shared_ptr<const Profile> whole) {
  whole_ = std::move(whole);
  if (!whole_) return;
  life_.follow(whole_->life_);
  model_ = whole_->model_;
}

void Profile::share_model(std::uint64_t content, const Profile* before) {
  const SharedModel* known = before == nullptr ? nullptr : before->model_.get();
  const bool in_shadow = life_.state() == ProfileState::shadow;
  const bool still_good = known != nullptr && known->model && before->generation_ == generation_ &&
                          before->life_.state() == life_.state() &&
                          (known->id == content || (in_shadow && before->life_.round() == life_.round() &&
                                                    life_.learned().calls - known->calls < known->calls / 2));
  if (still_good) {
    model_ = before->model_;
    return;
  }
  model_ = std::make_shared<SharedModel>();
  model_->id = std::max<std::uint64_t>(1, content);
}

void Profile::teach(const std::set<Ngram>& accepted, const std::set<Footprint>& footprints) {
  constexpr std::uint32_t kFew = 3;       // no singleton, and not pruned from a compiled model
  constexpr std::uint32_t kMany = 1'000;  // not rare among a hundred million
  const std::uint32_t times = score_.call_score() == CallScore::t_stide ? kMany : kFew;
  for (const Footprint& footprint : footprints) {
    footprints_.add(footprint, kFew);
    if (accepted_.size() < kMostAcceptedFootprints) accepted_.insert(footprint);
  }
  for (const Ngram ngram : accepted) {
    for (std::size_t length = 1; length <= std::min(length_of(ngram), counter_.order()); ++length)
      counter_.add_count(suffix(ngram, length), times, life_.block());
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

Profile Profile::successor(const std::string& image) const {
  Profile begun({image, key_.executable, key_.arch}, options_, score_);
  NgramCounter counts(counter_.order(), options_.max_ngrams);
  const std::uint32_t least = counter_.size() > options_.max_ngrams / 2 ? 2 : 1;
  counter_.for_each([&](const NgramCounter::Entry& entry) {
    if (entry.count >= least) counts.add_count(entry.ngram(), entry.count, 0);
  });
  begun.restore(std::move(counts), life_.successor(), 0, footprints_, accepted_);
  return begun;
}

void Profile::restore(NgramCounter counter, const LifeCycle::Saved& life, std::uint32_t generation,
                      FootprintSet footprints, std::set<Footprint> accepted) {
  generation_ = generation;
  counter_ = std::move(counter);
  footprints_ = std::move(footprints);
  accepted_ = std::move(accepted);
  life_.restore(life);
  changed_ = false;
}

}  // namespace da
