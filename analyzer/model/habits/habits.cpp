#include "analyzer/model/habits/habits.h"

#include <algorithm>
#include <utility>

#include "analyzer/model/habits/habit_object.h"
#include "analyzer/model/habits/path_object.h"
#include "analyzer/model/words.h"

namespace da {
namespace {

PrefixTree::Limits limits_of(const HabitOptions& options, std::array<std::uint16_t, 4> names,
                             bool (*keep)(std::string_view) noexcept) {
  PrefixTree::Limits limits;
  std::copy(names.begin(), names.end(), limits.names);
  limits.nodes = options.max_names;
  limits.keep = keep;
  return limits;
}

ObjectHabit make_habit(Habit habit, const HabitOptions& options) {
  const auto paths = limits_of(options, {64, 32, 16, 8}, &is_secret_name);
  switch (habit) {
    case Habit::reads:
      return {{"directories read", paths, &familiar_path}, options};
    case Habit::changes:
      return {{"directories changed", paths, &familiar_path}, options};
    case Habit::reaches:
      return {{"addresses", limits_of(options, {8, 16, 32, 16}, nullptr), &familiar_address, 0, ' '},
              options};
    case Habit::runs:
    case Habit::pace:
      break;
  }
  return {
      {"arguments", limits_of(options, {16, 16, 12, 8}, nullptr), &familiar_command, options.min_runs, ' '},
      options};
}

/// The highest of fewer says little.
constexpr std::int64_t kLeastWindows = 5;

/// As often as a network must have been used for others beside it to be told; no singleton, either.
constexpr std::uint64_t kTimesAccepted = 1000;

/// Of memory, about: a node of a hash table.
constexpr std::size_t kBytesOfServing = 32;

}  // namespace

Habits::Habits(const HabitOptions& options)
    : options_(options),
      objects_{make_habit(Habit::reads, options), make_habit(Habit::changes, options),
               make_habit(Habit::reaches, options), make_habit(Habit::runs, options)},
      pace_(options.window),
      time_(options.pause()) {}

Settling Habits::settling(Habit habit) const {
  if (!options_.watches(habit)) return {false, std::string(name_of(habit)) + ": not looked at"};
  if (habit != Habit::pace)
    return objects_[static_cast<std::size_t>(habit)].settling(time_, wanted_time(habit));
  const std::int64_t least_ns = kLeastWindows * pace_.window_ns();
  const std::int64_t missing_ns = std::max(wanted_time(habit).count(), least_ns) - time_.total_ns();
  if (missing_ns <= 0) return {true, {}};
  return {false, "pace: needs " + duration_words(std::chrono::nanoseconds(missing_ns)) + " more"};
}

/// The version before showed what comes but once a day.
std::chrono::nanoseconds Habits::wanted_time(Habit habit) const noexcept {
  const bool began_settled = began_settled_[static_cast<std::size_t>(habit)];
  return began_settled ? std::min(options_.recent, options_.min_time) : options_.min_time;
}

std::string Habits::evidence(const HabitFinding& finding) const {
  if (finding.habit == Habit::pace) return finding.words;
  return finding.words + "; seen: " + seen_words(finding.habit);
}

std::string Habits::seen_words(Habit habit, std::size_t most) const {
  return habit == Habit::pace ? "" : best().objects_[static_cast<std::size_t>(habit)].seen_words(most);
}

bool Habits::accept(const HabitFinding& finding, std::int64_t time_ns) {
  const auto object = habit_object_from(finding.object);
  if (!object) return false;
  if (object->habit == Habit::pace) {
    pace_.learn(object->pace, finding.amount);
  } else {
    recent_.forget();
    objects_[static_cast<std::size_t>(object->habit)].learn(
        object->trail, {kTimesAccepted, ObservedTime::in_range(time_ns)});
  }
  return true;
}

void Habits::reject(const std::map<std::string, std::uint64_t>& objects) {
  rejected_.clear();
  recent_.forget();
  std::map<PaceKey, std::uint64_t> paces;
  for (const auto& [object, amount] : objects) {
    const auto about = habit_object_from(object);
    if (!about) continue;
    if (about->habit == Habit::pace) {
      paces[about->pace] = amount;
    } else {
      rejected_.insert(object);
    }
  }
  pace_.reject(std::move(paces));
}

void Habits::unlearn(const std::map<std::string, std::int64_t>& containers) {
  std::map<std::uint16_t, std::uint32_t> since;
  for (const auto& [id, time_ns] : containers) {
    if (const std::uint16_t number = teachers_.find(id)) since[number] = Lessons::unit_of(time_ns);
  }
  if (since.empty()) return;
  const auto drop = [&](const Seen& seen) {
    const auto found = since.find(seen.teacher);
    return found != since.end() && Lessons::unit_of(seen.first_ns) >= found->second;
  };
  for (ObjectHabit& habit : objects_)
    habit.take_away(drop);
  pace_.take_away(drop);
  recent_.forget();
}

void Habits::settle() {
  for (std::size_t i = 0; i < kHabits; ++i)
    settled_[i] = settled_[i] || settling(static_cast<Habit>(i)).settled;
}

void Habits::settle_as(const Habits& other) noexcept {
  for (std::size_t i = 0; i < kHabits; ++i)
    settled_[i] = settled_[i] || other.settled_[i];
}

bool Habits::all_settled() const noexcept {
  for (std::size_t i = 0; i < kHabits; ++i)
    if (options_.watched[i] && !settled_[i]) return false;
  return true;
}

bool Habits::ready() const {
  return reason().empty();
}

std::string Habits::reason() const {
  std::string text;
  for (std::size_t i = 0; i < kHabits; ++i) {
    const auto habit = static_cast<Habit>(i);
    // A server is run once in a while: its arguments are judged if they can be, and hold up nothing.
    if (settled_[i] || habit == Habit::runs || !options_.watches(habit)) continue;
    const Settling state = settling(habit);
    if (!state.settled) append_clause(text, state.missing);
  }
  return text;
}

std::string Habits::description() const {
  std::string text;
  append_clause(text, "reads " + objects_[0].seen_words());
  append_clause(text, "changes " + objects_[1].seen_words());
  append_clause(text, objects_[2].seen_words());
  append_clause(text, "runs as " + objects_[3].seen_words());
  return text;
}

void Habits::merge(const Habits& part) {
  recent_.forget();
  for (std::size_t i = 0; i < kObjectHabits; ++i)
    objects_[i].merge(part.objects_[i]);
  pace_.merge(part.pace_);
  time_.merge(part.time_);
  for (std::size_t i = 0; i < kHabits; ++i)
    began_settled_[i] = began_settled_[i] || part.began_settled_[i];
}

Habits Habits::successor() const {
  Habits begun(options_);
  for (std::size_t i = 0; i < kObjectHabits; ++i)
    begun.objects_[i] = objects_[i].successor();
  begun.pace_.restore(pace_.learned(), pace_.full());
  begun.began_settled_ = settled_;
  return begun;
}

void Habits::restore(Pace pace, const ObservedTime& time, const std::array<bool, kHabits>& settled,
                     const std::vector<std::uint64_t>& serving,
                     const std::array<bool, kHabits>& began_settled) {
  pace_ = std::move(pace);
  serving_ = ServingProcesses(serving);
  time_ = time;
  settled_ = settled;
  began_settled_ = began_settled;
}

const char* Habits::name_of(Habit habit) const noexcept {
  return habit == Habit::pace ? "pace" : objects_[static_cast<std::size_t>(habit)].objects();
}

std::size_t Habits::bytes() const noexcept {
  std::size_t sum = sizeof *this + serving_.size() * kBytesOfServing + pace_.bytes() + recent_.bytes();
  for (const ObjectHabit& habit : objects_)
    sum += habit.tree().bytes();
  for (const std::string& object : rejected_)
    sum += object.size();
  return sum;
}

}  // namespace da
