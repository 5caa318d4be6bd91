#include "analyzer/model/habits/habit_object.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "analyzer/model/habits/object_habit.h"
#include "proto/syscalls/describe.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

std::optional<std::uint64_t> number_from(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > most) return {};
  return number;
}

std::optional<PaceKey> pace_key_from(const Trail& names) {
  if (names.size() != 3) return {};
  const auto kind = number_from(names[0], static_cast<std::uint64_t>(PaceKind::accepted));
  const auto call = number_from(names[1], UINT32_MAX);
  const auto error = number_from(names[2], UINT16_MAX);
  if (!kind || !call || !error) return {};
  return PaceKey{static_cast<PaceKind>(*kind), static_cast<CallId>(*call),
                 static_cast<std::uint16_t>(*error)};
}

}  // namespace

std::string object_of(Habit habit, const Trail& trail) {
  std::string object(to_string(habit));
  for (std::size_t i = 0; i < trail.size(); ++i)
    (object += '\0') += trail[i];
  return object;
}

std::string object_of(const PaceKey& key) {
  std::string object(to_string(Habit::pace));
  for (const std::uint64_t number :
       {static_cast<std::uint64_t>(key.kind), static_cast<std::uint64_t>(key.call), std::uint64_t{key.error}})
    object += '\0' + std::to_string(number);
  return object;
}

std::optional<HabitObject> habit_object_from(std::string_view object) {
  if (object.size() > HabitObject::kMostBytes) return {};
  std::string_view rest = object;
  const auto next = [&rest] {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return name;
  };
  const std::string_view feature = next();
  HabitObject found;
  // The last name may be empty: "/" is one.
  for (bool more = object.size() > feature.size(); more; more = !rest.empty())
    if (!found.trail.push(next())) return {};
  if (found.trail.empty()) return {};
  for (std::size_t i = 0; i < kObjectHabits; ++i) {
    found.habit = static_cast<Habit>(i);
    if (feature == to_string(found.habit)) return found;
  }
  const auto key = pace_key_from(found.trail);
  if (feature != to_string(Habit::pace) || !key) return {};
  found.habit = Habit::pace;
  found.pace = *key;
  return found;
}

std::string words_of(const HabitObject& object) {
  if (object.habit == Habit::pace) return words_of(object.pace);
  const bool is_path = object.habit == Habit::reads || object.habit == Habit::changes;
  return object_words(object.trail, is_path ? '/' : ' ');
}

std::string words_of(const PaceKey& key) {
  switch (key.kind) {
    case PaceKind::failures: {
      const std::string_view error = errno_name(key.error);
      return "calls of " + call_name(key.call) + " failed with " +
             (error.empty() ? std::to_string(key.error) : std::string(error));
    }
    case PaceKind::calls_sending:
      return "calls that send";
    case PaceKind::bytes_sent:
      return "bytes sent";
    case PaceKind::accepted:
      return "connections accepted";
  }
  return "calls";
}

std::string_view to_string(Habit habit) noexcept {
  constexpr std::array<std::string_view, kHabits> kNames = {"reads", "changes", "reaches", "runs", "pace"};
  return kNames[static_cast<std::size_t>(habit)];
}

}  // namespace da
