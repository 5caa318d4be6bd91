#include "analyzer/operate/habits_report.h"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/model/habits/habit_object.h"
#include "analyzer/model/words.h"
#include "analyzer/notify/mask_secrets.h"
#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kInText = 12;
constexpr std::size_t kInJson = 200;
constexpr std::size_t kWidth = 90;

/// A command's arguments may hold a secret, though their values are told by class alone.
std::string safe(const std::string& words) {
  return described_text(mask_secrets(words), 300);
}

std::string state_of(const Habits& habits, Habit habit) {
  if (habits.settled(habit)) return "settled: judged";
  const Settling settling = habits.settling(habit);
  if (settling.settled) return "settles with the next look";
  // It begins with the name, which stands beside it.
  const std::string name = std::string(habits.name_of(habit)) + ": ";
  return settling.missing.starts_with(name) ? settling.missing.substr(name.size()) : settling.missing;
}

std::string pace_seen(const Habits& habits, std::size_t most) {
  std::string text;
  std::size_t told = 0;
  for (const auto& [key, histogram] : habits.pace().learned()) {
    if (told++ == most) return text + " and " + grouped(habits.pace().learned().size() - most) + " more";
    text += (text.empty() ? "" : ", ") + words_of(key) + ' ' + grouped(histogram.highest());
  }
  return text.empty() ? "nothing"
                      : "at most, within " +
                            duration_words(std::chrono::nanoseconds(habits.pace().window_ns())) + ": " + text;
}

}  // namespace

std::string habits_text(const Habits& habits) {
  std::string text;
  for (std::size_t i = 0; i < kHabits; ++i) {
    const auto habit = static_cast<Habit>(i);
    text += fmt::format("  {:<19}  {}\n", habits.name_of(habit),
                        wrap(safe(state_of(habits, habit)), kWidth, "    "));
    if (!habits.options().watches(habit)) continue;
    const bool is_pace = habit == Habit::pace;
    const std::string seen = is_pace ? pace_seen(habits, kInText) : habits.seen_words(habit, kInText);
    const std::string times =
        is_pace ? "" : counted(habits.object_habit(habit).observations(), "time") + ": ";
    text += "    " + wrap(times + safe(seen), kWidth, "    ") + '\n';
  }
  return text;
}

Json habits_json(const Habits& habits) {
  Json list = Json::array();
  for (std::size_t i = 0; i < kHabits; ++i) {
    const auto habit = static_cast<Habit>(i);
    Json json;
    json["feature"] = to_string(habit);
    json["what"] = habits.name_of(habit);
    json["watched"] = habits.options().watches(habit);
    json["settled"] = habits.settled(habit);
    json["missing"] = habits.settled(habit) ? "" : safe(state_of(habits, habit));
    if (habit == Habit::pace) {
      json["window_seconds"] = static_cast<double>(habits.pace().window_ns()) / 1e9;
      json["highest"] = Json::array();
      for (const auto& [key, histogram] : habits.pace().learned()) {
        json["highest"].push_back(
            {{"what", words_of(key)}, {"amount", histogram.highest()}, {"windows", histogram.total()}});
      }
    } else {
      json["observations"] = habits.object_habit(habit).observations();
      json["objects"] = Json::array();
      for (const auto& [words, count] : habits.object_habit(habit).seen(kInJson, true))
        json["objects"].push_back({{"object", safe(words)}, {"count", count}});
    }
    list.push_back(std::move(json));
  }
  return list;
}

std::vector<std::string> objects_only_in(const Habits& habits, const Habits& other) {
  std::vector<std::string> only;
  for (std::size_t i = 0; i < kObjectHabits; ++i) {
    const auto habit = static_cast<Habit>(i);
    std::set<std::string> theirs;
    for (const auto& [words, count] : other.object_habit(habit).seen(SIZE_MAX, true))
      theirs.insert(words);
    for (const auto& [words, count] : habits.object_habit(habit).seen(SIZE_MAX, true)) {
      if (!theirs.contains(words)) only.push_back(std::string(habits.name_of(habit)) + ' ' + safe(words));
    }
  }
  return only;
}

}  // namespace da
