#include "analyzer/model/image.h"

#include <algorithm>

#include "analyzer/model/words.h"

namespace da {
namespace {

/// For logs and terminals as it is: the name of an image is text of others.
std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string safe(text.substr(0, kMost));
  for (char& c : safe) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return safe;
}

}  // namespace

Image::Image(std::string id, std::string name, const LifeCycleOptions& options, const ScoreOptions& score)
    : id_(std::move(id)),
      name_(std::move(name)),
      options_(options),
      score_(score),
      time_(options.longest_pause) {}

Program* Image::find(const ProgramKey& key) {
  if (rejects(key)) return nullptr;
  const auto found = programs_.find(key);
  if (found != programs_.end()) return &found->second;
  if (!whole_) return nullptr;
  const auto known = whole_->programs_.find(key);
  if (known == whole_->programs_.end()) return nullptr;
  // That the whole has no profile of it may only mean that it has not been read yet.
  Program& part = make_program(key, known->second.profile != nullptr || learns());
  if (known->second.profile) part.profile->follow(known->second.profile);
  if (part.habits) part.habits->follow(known->second.habits);
  return &part;
}

Program& Image::make_program(const ProgramKey& key, bool with_profile) {
  Program& program = programs_[key];
  if (with_profile)
    program.profile = std::make_shared<Profile>(ProfileKey{id_, key.executable, key.arch}, options_, score_);
  if (const ProgramDecisions* decided = decisions() == nullptr ? nullptr : decisions()->find(key)) {
    program.generation = decided->generation;
    if (program.profile) program.profile->set_generation(decided->generation);
  }
  if (program.profile && decisions() != nullptr) program.profile->set_frozen(decisions()->is_frozen(key));
  if (with_profile) program.habits = std::make_shared<ProgramHabits>(options_.habits);
  if (program.habits && decisions() != nullptr)
    program.habits->obey(decisions()->find(key), decisions()->is_frozen(key));
  return program;
}

Program* Image::learn_program(const ProgramKey& key, bool with_profile) {
  if (Program* known = find(key)) return known;
  changed_ = true;
  if (programs_.size() >= kMaxPrograms) {
    full_ = true;
    return nullptr;
  }
  return &make_program(key, with_profile);
}

bool Image::knows_start(const std::string& parent, const std::string& child) const {
  if (decisions() != nullptr && decisions()->rejects_start(parent, child)) return false;
  return starts_.contains({parent, child}) || (whole_ && whole_->starts_.contains({parent, child}));
}

bool Image::knows_parent(const std::string& parent) const {
  const auto in = [&](const Starts& starts) {
    const auto first = starts.lower_bound({parent, {}});
    return first != starts.end() && first->first.first == parent;
  };
  return in(starts_) || (whole_ && in(whole_->starts_));
}

void Image::learn_start(const std::string& parent, const std::string& child, std::int64_t time_ns) {
  const std::pair relation(parent, child);
  const std::int64_t time = std::clamp<std::int64_t>(time_ns, 1, ObservedTime::kLatest);
  // Shards are not equally far: the whole may know it from a later time, and the earliest must not depend on
  // that.
  const auto has_earlier = [&](const Starts& starts) {
    const auto known = starts.find(relation);
    return known != starts.end() && known->second <= time;
  };
  if (has_earlier(starts_) || (whole_ && has_earlier(whole_->starts_))) return;
  const bool is_known = knows_start(parent, child);
  if (starts_.size() >= kMaxStarts && !starts_.contains(relation)) {
    if (is_known) return;
    changed_ = true;
    full_ = true;
    return;
  }
  changed_ = true;
  look_at_clock(time);
  starts_.insert_or_assign(relation, time);
}

void Image::observe(Program& program, std::uint64_t calls, std::int64_t time_ns) {
  if (!learns()) return;
  const std::int64_t time = std::clamp<std::int64_t>(time_ns, 1, ObservedTime::kLatest);
  look_at_clock(time);
  time_.observe(time);
  program.calls += calls;
  if (program.first_seen_ns == 0) program.first_seen_ns = time;
  program.last_seen_ns = std::max(program.last_seen_ns, time);
  changed_ = true;
}

/// After a clock was set back, what was seen in its future was seen until now: else the image would wait
/// until that future is past.
void Image::look_at_clock(std::int64_t time_ns) {
  if (newest_ns_ - time_ns <= ObservedTime::kSetBack) {
    newest_ns_ = std::max(newest_ns_, time_ns);
    return;
  }
  newest_ns_ = time_ns;
  for (auto& [key, program] : programs_) {
    program.first_seen_ns = std::min(program.first_seen_ns, time_ns);
    program.last_seen_ns = std::min(program.last_seen_ns, time_ns);
  }
  for (auto& [relation, first_seen_ns] : starts_)
    first_seen_ns = std::min(first_seen_ns, time_ns);
}

void Image::see(std::int64_t clock_ns) {
  seen_at_ = clock_ns;
  if (unseen_ns_ == 0 && !crowded_) return;
  unseen_ns_ = 0;
  crowded_ = false;
  changed_ = true;
}

void Image::look_at_age(std::int64_t clock_ns, std::int64_t step_ns) {
  // One that was just loaded is as old as it was.
  seen_at_ = std::min(seen_at_, clock_ns - unseen_ns_);
  const std::int64_t unseen = (clock_ns - seen_at_) / step_ns * step_ns;
  if (std::exchange(unseen_ns_, unseen) != unseen) changed_ = true;
}

std::optional<std::string> Image::advance() {
  if (!learns() || !ready()) return std::nullopt;
  armed_ = true;
  changed_ = true;
  return reason();
}

bool Image::ready() const {
  if (full_ || time_.total_ns() < options_.min_time.count() || quiet_ns() < options_.image_quiet.count())
    return false;
  const std::uint64_t total = all_calls();
  bool any_settled = false;
  for (const auto& [key, program] : programs_) {
    const bool settled = is_settled(program);
    any_settled = any_settled || settled;
    if (!settled && busy(program, total)) return false;
  }
  return any_settled;
}

/// Seen running since something new came.
std::int64_t Image::quiet_ns() const noexcept {
  std::int64_t newest = 0;
  for (const auto& [key, program] : programs_)
    newest = std::max(newest, program.first_seen_ns);
  for (const auto& [relation, first_seen_ns] : starts_)
    newest = std::max(newest, first_seen_ns);
  return time_.total_since(newest);
}

std::string Image::reason() const {
  const std::string frozen = decisions() != nullptr && decisions()->frozen ? "frozen by an operator; " : "";
  if (armed_) {
    std::string text = frozen + "armed: " + counted(programs_.size(), "program") + ", " +
                       counted(starts_.size(), "relation") + " of parent and child";
    const auto unsettled =
        static_cast<std::uint64_t>(std::count_if(programs_.begin(), programs_.end(), [](const auto& entry) {
          return entry.second.profile && entry.second.profile->life().cannot_settle();
        }));
    if (unsettled > 0) text += "; " + counted(unsettled, "profile") + " cannot settle";
    if (!began_from_.empty()) text += "; began from " + began_from_;
    return text + absence();
  }
  std::string text;
  if (full_) append_clause(text, "too many different programs to learn them all");
  const auto time_left = options_.min_time.count() - time_.total_ns();
  if (time_left > 0)
    append_clause(text, "needs " + duration_words(std::chrono::nanoseconds(time_left)) + " more");
  const auto quiet_left = options_.image_quiet.count() - quiet_ns();
  if (quiet_left > 0) {
    append_clause(text, "needs " + duration_words(std::chrono::nanoseconds(quiet_left)) +
                            " more without a new program");
  }
  const std::uint64_t total = all_calls();
  std::uint64_t waiting = 0;
  bool any_settled = false;
  for (const auto& [key, program] : programs_) {
    const bool settled = is_settled(program);
    any_settled = any_settled || settled;
    if (!settled && busy(program, total)) ++waiting;
  }
  if (waiting > 0) {
    append_clause(text, "waits for " + counted(waiting, "busy profile"));
  } else if (!any_settled) {
    append_clause(text, "no profile is armed yet");
  }
  if (!began_from_.empty()) append_clause(text, "began from " + began_from_);
  if (generation_ > 0 && decisions() != nullptr && decisions()->forgotten > 0) {
    append_clause(text, decisions()->forgotten == generation_
                            ? "forgotten, since no record of it came for long"
                            : "begun anew by an operator");
  } else if (generation_ > 0) {
    append_clause(text, "begun anew by an operator " + counted(generation_, "time"));
  }
  return frozen + "learning: " + text + absence();
}

/// If that is long enough to be told.
std::string Image::absence() const {
  const std::chrono::nanoseconds unseen(unseen_ns_);
  if (unseen.count() == 0 || unseen < options_.least_absence()) return {};
  std::string text = "; no record of it for " + duration_words(unseen);
  const bool stays =
      options_.forget_after.count() == 0 || (decisions() != nullptr && decisions()->freezes_any());
  if (!stays) text += ", is forgotten after " + duration_words(options_.forget_after);
  return text;
}

/// Not to be waited for: armed, or never will be.
bool Image::is_settled(const Program& program) noexcept {
  if (!program.profile) return false;
  const LifeCycle& life = program.profile->life();
  return !life.learns() || life.cannot_settle();
}

bool Image::busy(const Program& program, std::uint64_t total) const noexcept {
  // A job that once made many calls and is gone (a migration at the start) holds nothing up.
  const bool recent = time_.total_since(program.last_seen_ns) < options_.image_quiet.count();
  return recent && static_cast<double>(program.calls) >= options_.busy_share * static_cast<double>(total);
}

std::uint64_t Image::all_calls() const noexcept {
  std::uint64_t total = 0;
  for (const auto& [key, program] : programs_)
    total += program.calls;
  return total;
}

void Image::set_decisions(std::shared_ptr<const Decisions> decisions) {
  decisions_ = std::move(decisions);
  generation_ = decisions_ ? decisions_->generation : 0;
}

void Image::rule() {
  if (!decisions_) return;
  for (const auto& [key, decided] : decisions_->programs) {
    if (decided.ruling == Ruling::accepted && programs_.size() < kMaxPrograms) programs_[key];
    if (decided.ruling == Ruling::rejected) programs_.erase(key);
  }
  for (const auto& [start, ruling] : decisions_->starts) {
    if (ruling == Ruling::accepted && starts_.size() < kMaxStarts) starts_.emplace(start, 1);
    if (ruling == Ruling::rejected) starts_.erase(start);
  }
}

void Image::merge(const Image& part) {
  if (part.generation_ != generation_) return;
  time_.merge(part.time_);
  full_ = full_ || part.full_;
  if (began_from_.empty()) began_from_ = part.began_from_;
  changed_ = true;
  for (const auto& [key, theirs] : part.programs_) {
    const ProgramDecisions* decided = decisions_ ? decisions_->find(key) : nullptr;
    if (decided != nullptr && theirs.generation < decided->known_since) continue;
    const bool known = programs_.contains(key);
    if (!known && programs_.size() >= kMaxPrograms) {
      full_ = true;
      continue;
    }
    Program& ours = programs_[key];
    ours.calls += theirs.calls;
    if (ours.first_seen_ns == 0 || (theirs.first_seen_ns != 0 && theirs.first_seen_ns < ours.first_seen_ns))
      ours.first_seen_ns = theirs.first_seen_ns;
    ours.last_seen_ns = std::max(ours.last_seen_ns, theirs.last_seen_ns);
  }
  for (const auto& [relation, first_seen_ns] : part.starts_) {
    const auto known = starts_.find(relation);
    if (known != starts_.end()) {
      known->second = std::min(known->second, first_seen_ns);
    } else if (starts_.size() < kMaxStarts) {
      starts_.emplace(relation, first_seen_ns);
    } else {
      full_ = true;
    }
  }
}

void Image::follow(std::shared_ptr<const Image> whole) {
  whole_ = std::move(whole);
  if (!whole_) return;
  armed_ = whole_->armed_;
  const Decisions* decided = whole_->decisions_.get();
  if (decided != nullptr) obey(*decided);
  const bool newly_decided = std::exchange(obeyed_, whole_->decisions_) != whole_->decisions_;
  std::vector<ProgramKey> unlearned;
  for (auto& [key, program] : programs_) {
    if (!program.profile) continue;
    const auto known = whole_->programs_.find(key);
    const bool learned = program.profile->life().learns();
    if (known != whole_->programs_.end() && known->second.profile)
      program.profile->follow(known->second.profile);
    const bool judges_more =
        program.habits &&
        program.habits->follow(known == whole_->programs_.end() ? nullptr : known->second.habits);
    // Rarely, since it goes through all n-grams; while it learns, it may take rejected ones in again.
    const bool stops_learning = learned && !program.profile->life().learns();
    const ProgramDecisions* ruled = decided == nullptr ? nullptr : decided->find(key);
    if (ruled != nullptr && (newly_decided || stops_learning)) program.profile->leave_out(ruled->rejected);
    if (decided != nullptr && program.habits && (newly_decided || judges_more))
      program.habits->unlearn(decided->unlearned);
    if (decided != nullptr && (newly_decided || stops_learning) &&
        program.profile->unlearn(decided->unlearned))
      unlearned.push_back(key);
  }
  for (const ProgramKey& key : unlearned)
    unlearn(key);
}

/// Of a part: a program that only containers showed whose lessons do not count.
void Image::unlearn(const ProgramKey& key) {
  programs_.erase(key);
  forgotten_.push_back(key);
  std::erase_if(starts_, [&](const auto& start) { return start.first.second == key.executable; });
  changed_ = true;
}

/// Of a part: forgets what is to be forgotten, freezes what is frozen.
void Image::obey(const Decisions& decisions) {
  if (decisions.generation != generation_) forget_all(decisions.generation);
  for (auto at = programs_.begin(); at != programs_.end();) {
    auto& [key, program] = *at;
    const ProgramDecisions* decided = decisions.find(key);
    if (decided != nullptr && program.generation < decided->known_since) {
      forgotten_.push_back(key);
      changed_ = true;
      at = programs_.erase(at);
      continue;
    }
    if (program.profile) {
      if (decided != nullptr) program.profile->set_generation(decided->generation);
      program.profile->set_frozen(decisions.is_frozen(key));
    }
    if (program.habits) program.habits->obey(decided, decisions.is_frozen(key));
    ++at;
  }
}

void Image::forget_all(std::uint32_t generation) {
  for (const auto& [key, program] : programs_)
    forgotten_.push_back(key);
  programs_.clear();
  starts_.clear();
  time_ = ObservedTime(options_.longest_pause);
  newest_ns_ = 0;
  full_ = false;
  generation_ = generation;
  changed_ = true;
}

Image::Saved Image::save() const {
  Saved saved{id_, name_,   armed_,      full_,       time_.forgotten_ns(), time_.spans(),
              {},  starts_, generation_, began_from_, unseen_ns_,           crowded_};
  for (const auto& [key, program] : programs_)
    saved.programs.push_back(
        {key, program.calls, program.first_seen_ns, program.last_seen_ns, program.generation});
  return saved;
}

Image::Saved Image::successor(const std::string& id, const std::string& name) const {
  Saved begun;
  begun.id = id;
  begun.name = name;
  begun.began_from = printable(name_);
  for (const auto& [key, program] : programs_)
    begun.programs.push_back({key, 0, 1, 1, 0});
  for (const auto& [relation, first_seen_ns] : starts_)
    begun.starts.emplace(relation, 1);
  return begun;
}

void Image::restore(const Saved& saved, std::size_t room_for_profiles) {
  for (const Saved::SavedProgram& entry : saved.programs) {
    const bool known = programs_.contains(entry.key);
    Program* program = learn_program(entry.key, room_for_profiles > 0);
    if (program == nullptr) break;
    if (!known && program->profile) --room_for_profiles;
    program->calls = entry.calls;
    program->first_seen_ns = entry.first_seen_ns;
    program->last_seen_ns = entry.last_seen_ns;
    program->generation = entry.generation;
  }
  generation_ = saved.generation;
  unseen_ns_ = saved.unseen_ns;
  crowded_ = saved.crowded;
  starts_ = saved.starts;
  newest_ns_ = 0;
  for (const auto& [key, program] : programs_)
    newest_ns_ = std::max(newest_ns_, program.last_seen_ns);
  for (const auto& [relation, first_seen_ns] : starts_)
    newest_ns_ = std::max(newest_ns_, first_seen_ns);
  name_ = saved.name;
  armed_ = saved.armed;
  full_ = saved.full;
  began_from_ = printable(saved.began_from);
  time_.restore(saved.forgotten_ns, saved.spans);
  changed_ = false;
}

}  // namespace da
