#include "analyzer/model/habits/program_habits.h"

#include <array>
#include <utility>

namespace da {

std::optional<HabitFinding> ProgramHabits::observe(const SyscallRecord& record, std::uint64_t process,
                                                   bool judges) {
  using Taking = Habits::Taking;
  const std::size_t serving = habits_.serving().size();
  auto finding = habits_.observe(record, process,
                                 !learns_ ? Taking::judge
                                 : judges ? Taking::judge_and_learn
                                          : Taking::learn);
  changed_ = changed_ || learns_ || habits_.serving().size() != serving;
  if (!judges) finding.reset();
  return finding;
}

void ProgramHabits::obey(const ProgramDecisions* decided, bool frozen) {
  const std::uint32_t generation = decided == nullptr ? 0 : decided->generation;
  if (generation != generation_) {
    habits_ = Habits(HabitOptions(habits_.options()));
    generation_ = generation;
    changed_ = true;
  }
  frozen_ = frozen;
  habits_.reject(decided == nullptr ? std::map<std::string, std::uint64_t>{} : decided->rejected_objects);
  look_whether_it_learns();
}

void ProgramHabits::follow(const std::shared_ptr<const ProgramHabits>& whole) {
  const bool fits = whole && whole->generation_ == generation_;
  habits_.follow(fits ? std::shared_ptr<const Habits>(whole, &whole->habits_) : nullptr);
  look_whether_it_learns();
}

void ProgramHabits::accept(const std::map<std::string, std::uint64_t>& objects) {
  for (const auto& [object, amount] : objects) {
    // Long ago: it is not new.
    static_cast<void>(habits_.accept({Habit::reads, object, {}, amount}, 0));
  }
}

std::string ProgramHabits::advance() {
  if (frozen_) return {};
  std::array<bool, kHabits> before{};
  for (std::size_t i = 0; i < kHabits; ++i)
    before.at(i) = habits_.settled(static_cast<Habit>(i));
  habits_.settle();
  std::string settled;
  for (std::size_t i = 0; i < kHabits; ++i) {
    const auto habit = static_cast<Habit>(i);
    if (before.at(i) || !habits_.settled(habit)) continue;
    settled += (settled.empty() ? "" : ", ") + std::string(habits_.name_of(habit));
  }
  return settled;
}

void ProgramHabits::restore(Habits habits, std::uint32_t generation) {
  habits_ = std::move(habits);
  generation_ = generation;
  changed_ = false;
  look_whether_it_learns();
}

}  // namespace da
