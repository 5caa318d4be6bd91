#include "analyzer/model/image.h"

#include <algorithm>

#include "analyzer/model/words.h"

namespace da {

Image::Image(std::string id, std::string name, const LifeCycleOptions& options, const ScoreOptions& score)
    : id_(std::move(id)), name_(std::move(name)), options_(options), score_(score) {}

Program* Image::find(const ProgramKey& key) {
  const auto found = programs_.find(key);
  return found == programs_.end() ? nullptr : &found->second;
}

Program* Image::learn_program(const ProgramKey& key, bool with_profile) {
  if (Program* known = find(key)) return known;
  changed_ = true;
  if (programs_.size() >= kMaxPrograms) {
    full_ = true;
    return nullptr;
  }
  Program& program = programs_[key];
  if (with_profile)
    program.profile = std::make_unique<Profile>(ProfileKey{id_, key.executable, key.arch}, options_, score_);
  program.last_seen_ns = last_new_ns_ = time_.total_ns();
  return &program;
}

bool Image::knows_start(const std::string& parent, const std::string& child) const {
  return starts_.contains({parent, child});
}

void Image::learn_start(const std::string& parent, const std::string& child) {
  if (knows_start(parent, child)) return;
  changed_ = true;
  last_new_ns_ = time_.total_ns();
  if (starts_.size() >= kMaxStarts) {
    full_ = true;
    return;
  }
  starts_.emplace(parent, child);
}

void Image::observe(Program& program, std::uint64_t calls, std::int64_t time_ns) {
  if (armed_) return;
  time_.observe(time_ns, options_.longest_pause.count());
  program.calls += calls;
  program.last_seen_ns = time_.total_ns();
  changed_ = true;
}

std::optional<std::string> Image::advance() {
  if (armed_ || !ready()) return std::nullopt;
  armed_ = true;
  changed_ = true;
  return reason();
}

bool Image::ready() const {
  if (full_ || time_.total_ns() < options_.min_time.count() ||
      time_.total_ns() - last_new_ns_ < options_.image_quiet.count())
    return false;
  const std::uint64_t total = all_calls();
  bool any_armed = false;
  for (const auto& [key, program] : programs_) {
    const bool armed = program.profile && !program.profile->life().learns();
    any_armed = any_armed || armed;
    if (!armed && busy(program, total)) return false;
  }
  return any_armed;
}

std::string Image::reason() const {
  if (armed_) {
    return "armed: " + counted(programs_.size(), "program") + ", " + counted(starts_.size(), "relation") +
           " of parent and child";
  }
  std::string text;
  if (full_) append_clause(text, "too many different programs to learn them all");
  const auto time_left = options_.min_time.count() - time_.total_ns();
  if (time_left > 0)
    append_clause(text, "needs " + duration_words(std::chrono::nanoseconds(time_left)) + " more");
  const auto quiet_left = options_.image_quiet.count() - (time_.total_ns() - last_new_ns_);
  if (quiet_left > 0) {
    append_clause(text, "needs " + duration_words(std::chrono::nanoseconds(quiet_left)) +
                            " more without a new program");
  }
  const std::uint64_t total = all_calls();
  std::uint64_t waiting = 0;
  bool any_armed = false;
  for (const auto& [key, program] : programs_) {
    const bool armed = program.profile && !program.profile->life().learns();
    any_armed = any_armed || armed;
    if (!armed && busy(program, total)) ++waiting;
  }
  if (waiting > 0) {
    append_clause(text, "waits for " + counted(waiting, "busy profile"));
  } else if (!any_armed) {
    append_clause(text, "no profile is armed yet");
  }
  return "learning: " + text;
}

bool Image::busy(const Program& program, std::uint64_t total) const noexcept {
  // A job that once made many calls and is gone (a migration at the start) holds nothing up.
  const bool recent = time_.total_ns() - program.last_seen_ns < options_.image_quiet.count();
  return recent && static_cast<double>(program.calls) >= options_.busy_share * static_cast<double>(total);
}

std::uint64_t Image::all_calls() const noexcept {
  std::uint64_t total = 0;
  for (const auto& [key, program] : programs_)
    total += program.calls;
  return total;
}

Image::Saved Image::save() const {
  Saved saved{
      id_, name_, armed_, full_, time_.total_ns(), last_new_ns_, {}, {starts_.begin(), starts_.end()}};
  for (const auto& [key, program] : programs_)
    saved.programs.push_back({key, program.calls, program.last_seen_ns});
  return saved;
}

void Image::restore(const Saved& saved, std::size_t room_for_profiles) {
  for (const Saved::SavedProgram& entry : saved.programs) {
    const bool known = find(entry.key) != nullptr;
    Program* program = learn_program(entry.key, room_for_profiles > 0);
    if (program == nullptr) break;
    if (!known && program->profile) --room_for_profiles;
    program->calls = entry.calls;
    program->last_seen_ns = entry.last_seen_ns;
  }
  for (const auto& [parent, child] : saved.starts)
    learn_start(parent, child);
  name_ = saved.name;
  armed_ = saved.armed;
  full_ = saved.full;
  time_.restore(saved.time_ns);
  last_new_ns_ = saved.last_new_ns;
  changed_ = false;
}

}  // namespace da
