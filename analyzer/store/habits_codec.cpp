#include "analyzer/store/habits_codec.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include <msgpack.hpp>

#include "analyzer/model/habits/habit_object.h"
#include "analyzer/store/profile_fields.h"
#include "analyzer/store/teacher_column.h"

namespace da {
namespace {

using profile_fields::as_arch;
using profile_fields::as_time;
using profile_fields::Fields;
using profile_fields::guarded;
using profile_fields::Item;
using profile_fields::Malformed;
using profile_fields::pack_bytes;
using profile_fields::Packer;

constexpr std::array<Habit, kObjectHabits> kTrees = {Habit::reads, Habit::changes, Habit::reaches,
                                                     Habit::runs};
constexpr std::size_t kItemsOfNode = 4;
/// Of a whole: those of all its parts.
constexpr std::size_t kMostSavedSpans = 1 + 2 * 64 * ObservedTime::kMostSpans;
constexpr std::size_t kMostOpenItems = Pace::kMostProcesses * (3 + 4 * Pace::kMostKeysInWindow);
constexpr std::size_t kMostHabitsBytes = std::size_t{4} << 20U;
constexpr std::size_t kMostPaceItems =
    Pace::kMostKeys * (4 + 2 * (std::size_t{LogHistogram::kMostBucket} + 1));

const char* field_of(Habit habit) {
  return to_string(habit).data();  // of literals, which end with a NUL
}

constexpr std::size_t kMostTeacherBytes = std::size_t{1} << 20U;

void pack_tree(Packer& packer, const PrefixTree& tree) {
  packer.pack_array(static_cast<std::uint32_t>(1 + kItemsOfNode * tree.size()));
  packer.pack_uint64(tree.depth());
  tree.for_each([&packer](std::size_t depth, const PrefixTree::Node& node) {
    packer.pack_uint64(depth);
    pack_bytes(packer, node.name);
    packer.pack_uint64(node.seen.count);
    packer.pack_int64(node.seen.first_ns);
  });
}

PrefixTree read_tree(const Fields& fields, const char* name, const PrefixTree::Limits& limits,
                     TeacherReader& teachers) {
  const auto items = fields.items(name, 1 + kItemsOfNode * limits.nodes);
  if (items.size() % kItemsOfNode != 1) throw Malformed(name);
  const std::uint64_t depth = items[0].as_number();
  if (depth == 0 || depth > Trail::kMostNames) throw Malformed(name);
  PrefixTree::Builder builder(limits, depth);
  for (std::size_t i = 1; i < items.size(); i += kItemsOfNode) {
    const Seen seen{items[i + 2].as_number(), as_time(items[i + 3].as_number(), name), teachers.next()};
    if (!builder.add(items[i].as_number(), items[i + 1].as_bytes(Trail::kMostBytes), seen))
      throw Malformed(name);
  }
  return std::move(builder).take();
}

void pack_pace(Packer& packer, const Pace& pace) {
  std::size_t items = 0;
  for (const auto& [key, histogram] : pace.learned())
    items += 4 + 2 * histogram.buckets().size();
  packer.pack_array(static_cast<std::uint32_t>(items));
  for (const auto& [key, histogram] : pace.learned()) {
    packer.pack_uint32(static_cast<std::uint32_t>(key.kind));
    packer.pack_uint32(static_cast<std::uint32_t>(key.call));
    packer.pack_uint32(key.error);
    packer.pack_uint64(histogram.buckets().size());
    for (const auto& [bucket, seen] : histogram.buckets()) {
      packer.pack_uint32(bucket);
      packer.pack_uint64(seen.count);
    }
  }
}

std::map<PaceKey, LogHistogram> read_pace(const Fields& fields, TeacherReader& teachers) {
  const auto numbers = fields.numbers("pace", kMostPaceItems);
  std::map<PaceKey, LogHistogram> learned;
  std::size_t at = 0;
  const auto next = [&](std::uint64_t most) {
    if (at == numbers.size() || numbers[at] > most) throw Malformed("pace");
    return numbers[at++];
  };
  while (at < numbers.size()) {
    PaceKey key;
    key.kind = static_cast<PaceKind>(next(static_cast<std::uint64_t>(PaceKind::accepted)));
    key.call = static_cast<CallId>(next(UINT32_MAX));
    key.error = static_cast<std::uint16_t>(next(UINT16_MAX));
    if (!learned.empty() && !(learned.rbegin()->first < key)) throw Malformed("pace");
    if (learned.size() == Pace::kMostKeys) throw Malformed("pace");
    LogHistogram& histogram = learned[key];
    for (std::uint64_t left = next(std::uint64_t{LogHistogram::kMostBucket} + 1); left > 0; --left) {
      const auto bucket = static_cast<std::uint8_t>(next(LogHistogram::kMostBucket));
      if (!histogram.buckets().empty() && histogram.buckets().rbegin()->first >= bucket)
        throw Malformed("pace");
      const std::uint64_t times = next(UINT32_MAX);  // bounded, so that sums cannot overflow
      const std::uint16_t teacher = teachers.next();
      const std::uint32_t unit = teacher == Lessons::kUnknown ? 0 : teachers.next_unit();
      histogram.add_bucket(bucket, {times, Lessons::begin_of(unit), teacher});
    }
  }
  return learned;
}

void pack_open(Packer& packer, const std::vector<Pace::Open>& windows) {
  std::size_t items = 0;
  for (const Pace::Open& window : windows)
    items += 3 + 4 * window.amounts.size();
  packer.pack_array(static_cast<std::uint32_t>(items));
  for (const Pace::Open& window : windows) {
    packer.pack_uint64(window.process);
    packer.pack_int64(window.number);
    packer.pack_uint64(window.amounts.size());
    for (const auto& [key, amount] : window.amounts) {
      packer.pack_uint32(static_cast<std::uint32_t>(key.kind));
      packer.pack_uint32(static_cast<std::uint32_t>(key.call));
      packer.pack_uint32(key.error);
      packer.pack_uint64(amount);
    }
  }
}

std::vector<Pace::Open> read_open(const Fields& fields, TeacherReader& teachers) {
  const auto numbers = fields.numbers("open", kMostOpenItems);
  std::vector<Pace::Open> windows;
  std::size_t at = 0;
  const auto next = [&](std::uint64_t most) {
    if (at == numbers.size() || numbers[at] > most) throw Malformed("open");
    return numbers[at++];
  };
  while (at < numbers.size()) {
    if (windows.size() == Pace::kMostProcesses) throw Malformed("open");
    const std::uint64_t process = next(UINT64_MAX);
    if (!windows.empty() && windows.back().process >= process) throw Malformed("open");
    Pace::Open& window = windows.emplace_back();
    window.process = process;
    window.number = static_cast<std::int64_t>(next(ObservedTime::kLatest));
    window.teacher = teachers.next();
    for (std::uint64_t left = next(Pace::kMostKeysInWindow); left > 0; --left) {
      PaceKey key;
      key.kind = static_cast<PaceKind>(next(static_cast<std::uint64_t>(PaceKind::accepted)));
      key.call = static_cast<CallId>(next(UINT32_MAX));
      key.error = static_cast<std::uint16_t>(next(UINT16_MAX));
      window.amounts.emplace_back(key, next(UINT64_MAX));
    }
  }
  return windows;
}

void pack_time(Packer& packer, const ObservedTime& time) {
  packer.pack_array(static_cast<std::uint32_t>(1 + 2 * time.spans().size()));
  packer.pack_int64(time.forgotten_ns());
  for (const ObservedTime::Span& span : time.spans()) {
    packer.pack_int64(span.begin);
    packer.pack_int64(span.end);
  }
}

ObservedTime read_time(const Fields& fields, const HabitOptions& options) {
  const auto numbers = fields.numbers("seen", kMostSavedSpans);
  if (numbers.size() % 2 != 1) throw Malformed("seen");
  std::vector<ObservedTime::Span> spans;
  for (std::size_t i = 1; i < numbers.size(); i += 2) {
    const ObservedTime::Span span{as_time(numbers[i], "seen"), as_time(numbers[i + 1], "seen")};
    if (span.end < span.begin || span.end > ObservedTime::kLatest) throw Malformed("seen");
    spans.push_back(span);
  }
  ObservedTime time(options.pause());
  time.restore(as_time(numbers[0], "seen"), spans);
  return time;
}

std::array<bool, kHabits> read_flags(const Fields& fields, const char* name) {
  std::array<bool, kHabits> flags{};
  const auto saved = fields.exactly(name, kHabits);
  for (std::size_t i = 0; i < kHabits; ++i) {
    if (saved[i] > 1) throw Malformed(name);
    flags[i] = saved[i] == 1;
  }
  return flags;
}

std::string encode_teachers(const Habits& habits) {
  TeacherWriter writer(habits.teachers());
  for (const Habit habit : kTrees) {
    habits.object_habit(habit).tree().for_each(
        [&](std::size_t, const PrefixTree::Node& node) { writer.add(node.seen.teacher); });
  }
  for (const auto& [key, histogram] : habits.pace().learned()) {
    for (const auto& [bucket, seen] : histogram.buckets()) {
      writer.add(seen.teacher);
      if (seen.teacher != Lessons::kUnknown) writer.add_unit(Lessons::unit_of(seen.first_ns));
    }
  }
  for (const Pace::Open& window : habits.pace().open())
    writer.add(window.teacher);
  return std::move(writer).take();
}

ProfileKey key_of(const Fields& fields) {
  return {fields.bytes("image"), fields.bytes("exe"), as_arch(fields.number("arch"))};
}

}  // namespace

std::string encode_habits(const Habits& habits) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(14);
  packer.pack("v").pack_uint32(kHabitsVersion);
  packer.pack("kind").pack("habits");
  for (const Habit habit : kTrees) {
    packer.pack(field_of(habit));
    pack_tree(packer, habits.object_habit(habit).tree());
  }
  packer.pack("pace");
  pack_pace(packer, habits.pace());
  packer.pack("pace_full").pack_uint32(habits.pace().full() ? 1 : 0);
  packer.pack("seen");
  pack_time(packer, habits.time());
  packer.pack("open");
  pack_open(packer, habits.pace().open());
  std::vector<std::uint64_t> serving = habits.serving().all();
  std::sort(serving.begin(), serving.end());
  packer.pack("serving").pack_array(static_cast<std::uint32_t>(serving.size()));
  for (const std::uint64_t process : serving)
    packer.pack_uint64(process);
  packer.pack("settled").pack_array(kHabits);
  for (std::size_t i = 0; i < kHabits; ++i)
    packer.pack_uint32(habits.settled(static_cast<Habit>(i)) ? 1 : 0);
  packer.pack("began_settled").pack_array(kHabits);
  for (const bool began_settled : habits.began_settled())
    packer.pack_uint32(began_settled ? 1 : 0);
  packer.pack("teachers");
  pack_bytes(packer, encode_teachers(habits));
  return {buffer.data(), buffer.size()};
}

Result<Habits> decode_habits(std::string_view blob, const HabitOptions& options) {
  return guarded<Habits>(blob, "habits", [&](const Fields& fields) -> Result<Habits> {
    if (fields.number("v") > kHabitsVersion) return fail("saved by a newer version");
    Habits habits(options);
    const std::size_t most = kTrees.size() * options.max_names + kMostPaceItems + Pace::kMostProcesses;
    const std::string taught = fields.has("teachers") ? fields.bytes("teachers", kMostTeacherBytes) : "";
    TeacherReader teachers(taught, most, habits.teachers());
    for (const Habit habit : kTrees) {
      ObjectHabit& object_habit = habits.object_habit(habit);
      object_habit.restore(read_tree(fields, field_of(habit), object_habit.tree().limits(), teachers));
    }
    Pace pace(options.window);
    pace.restore(read_pace(fields, teachers), fields.flag("pace_full"));
    pace.reopen(read_open(fields, teachers));
    teachers.end();
    const bool says_how_it_began = fields.has("began_settled");
    habits.restore(std::move(pace), read_time(fields, options), read_flags(fields, "settled"),
                   fields.numbers("serving", ServingProcesses::kMost),
                   says_how_it_began ? read_flags(fields, "began_settled") : std::array<bool, kHabits>{});
    return habits;
  });
}

std::string encode_program_habits(const ProfileKey& key, const ProgramHabits& habits) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(7);
  packer.pack("v").pack_uint32(kHabitsVersion);
  packer.pack("kind").pack("program habits");
  packer.pack("image");
  pack_bytes(packer, key.image);
  packer.pack("exe");
  pack_bytes(packer, key.executable);
  packer.pack("arch").pack_uint32(static_cast<std::uint32_t>(key.arch));
  packer.pack("generation").pack_uint32(habits.generation());
  packer.pack("habits");
  pack_bytes(packer, encode_habits(habits.habits()));
  return {buffer.data(), buffer.size()};
}

Result<SavedHabits> decode_program_habits(std::string_view blob, const HabitOptions& options) {
  return guarded<SavedHabits>(blob, "program habits", [&](const Fields& fields) -> Result<SavedHabits> {
    if (fields.number("v") > kHabitsVersion) return fail("saved by a newer version");
    auto habits = decode_habits(fields.bytes("habits", kMostHabitsBytes), options);
    if (!habits) return tl::unexpected(habits.error());
    SavedHabits saved{key_of(fields), std::make_shared<ProgramHabits>(options)};
    saved.habits->restore(*std::move(habits), fields.small_number_or("generation", 0));
    return saved;
  });
}

Result<std::vector<std::string>> teachers_of_habits(std::string_view blob) {
  using Ids = std::vector<std::string>;
  const auto inner = guarded<std::string>(
      blob, "program habits",
      [](const Fields& fields) -> Result<std::string> { return fields.bytes("habits", kMostHabitsBytes); });
  if (!inner) return tl::unexpected(inner.error());
  return guarded<Ids>(*inner, "habits", [](const Fields& fields) -> Result<Ids> {
    if (!fields.has("teachers")) return Ids{};
    return containers_of_teachers(fields.bytes("teachers", kMostTeacherBytes));
  });
}

Result<ProfileKey> habits_key_of(std::string_view blob) {
  return guarded<ProfileKey>(blob, "program habits",
                             [](const Fields& fields) -> Result<ProfileKey> { return key_of(fields); });
}

}  // namespace da
