// The hot path of habits: what a record is about, whether that is known, and that it is counted.
#include <algorithm>
#include <utility>

#include "analyzer/model/habits/address_object.h"
#include "analyzer/model/habits/command_shape.h"
#include "analyzer/model/habits/habit_object.h"
#include "analyzer/model/habits/habits.h"
#include "analyzer/model/habits/path_object.h"
#include "analyzer/model/words.h"
#include "proto/syscalls/describe.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

// The kernel's numbers, which do not depend on where this is built.
constexpr std::uint64_t kAccessMode = 3;                     // O_ACCMODE; O_RDONLY is 0
constexpr std::uint64_t kCreates = 0100U | 01000U | 02000U;  // O_CREAT, O_TRUNC, O_APPEND
constexpr std::uint64_t kTemporaryFile = 020000000U;         // O_TMPFILE without O_DIRECTORY
constexpr std::int32_t kCurrentDirectory = -100;             // AT_FDCWD
constexpr int kEINTR = 4;
constexpr int kETIMEDOUT = 110;
constexpr int kECONNREFUSED = 111;
constexpr int kEINPROGRESS = 115;

std::uint64_t directory_flag(Arch arch) noexcept {
  return arch == Arch::aarch64 ? 040000U : 0200000U;  // O_DIRECTORY
}

/// An address was reached for even if nobody answered: a scan is refused more often than not.
bool was_reached_for(int error) noexcept {
  return error == 0 || error == kEINPROGRESS || error == kECONNREFUSED || error == kETIMEDOUT ||
         error == kEINTR;
}

// What is meant by raw bytes, for those that come again.
constexpr std::uint8_t kReaches = 0x40;
constexpr std::uint8_t kListens = 0x80;

/// `any_name`: the directory of the path stands for all in it.
std::uint8_t tag_of(const PathUse& use, bool any_name) noexcept {
  return static_cast<std::uint8_t>((any_name ? 1U : 0U) | (use.truncated ? 2U : 0U) |
                                   (use.relative_to_fd ? 4U : 0U) | (use.writes ? 8U : 0U) |
                                   (use.is_directory ? 16U : 0U) | (use.serving && !any_name ? 32U : 0U));
}

std::string pace_words(const Pace::Beyond& beyond, std::int64_t window_ns) {
  return "more than " + grouped(beyond.limit) + ' ' + words_of(beyond.key) + " within " +
         duration_words(std::chrono::nanoseconds(window_ns)) + "; before at most " + grouped(beyond.highest);
}

/// Of an address, a command line or a path, as the program gave it.
constexpr std::size_t kMostRaw = 120;

std::string object_found(Habit habit, std::string_view verb, std::string_view raw, bool rejected) {
  std::string words(verb);
  words += ' ';
  if (habit == Habit::reaches) {
    words += describe_sockaddr(raw);
  } else {
    for (const char byte : raw.substr(0, kMostRaw))
      byte == '\0' ? words.push_back(' ') : append_printable(words, {&byte, 1});
    if (raw.size() > kMostRaw) words += "...";
  }
  return words + (rejected ? ", which an operator rejected" : ", never seen");
}

}  // namespace

struct Habits::RawObject {
  std::uint8_t use;
  std::string_view bytes;
};

struct Habits::Taken {
  const SyscallRecord& record;
  std::uint64_t process;
  bool learns;
  bool judges;
  std::optional<HabitFinding> finding;

  [[nodiscard]] const CapturedArg* captured(std::uint8_t arg, CapturedKind kind) const noexcept {
    if (arg >= record.arg_count) return nullptr;
    const CapturedArg* found = find_captured(record, arg);
    return found != nullptr && found->kind == kind ? found : nullptr;
  }
  [[nodiscard]] std::uint64_t arg(std::uint8_t index) const noexcept {
    return index < record.arg_count ? record.args[index] : 0;
  }
};

std::optional<HabitFinding> Habits::observe(const SyscallRecord& record, std::uint64_t process,
                                            Taking taking) {
  const bool learns = taking != Taking::judge;
  if (learns) see_running(record.time_ns);
  if (!concerns(record.call, record.result) || record.result == kNoResult) return {};

  Taken taken{record, process, learns, taking != Taking::learn, {}};
  const CallRole& role = role_of(record.call);
  const std::int64_t result = signed_result(record);
  const int error = error_of(result);
  if (error != 0 && !is_ordinary_error(error))
    take_pace(taken, {PaceKind::failures, record.call, static_cast<std::uint16_t>(error)}, 1);
  if (role.use == CallUse::reaches && was_reached_for(error)) take_address(taken, role);
  if (error != 0) return std::move(taken.finding);

  const auto amount = static_cast<std::uint64_t>(result);
  switch (role.use) {
    case CallUse::none:
    case CallUse::reaches:
      break;
    case CallUse::opens: {
      const std::uint64_t flags = taken.arg(role.flags);
      const bool writes = (flags & kAccessMode) != 0 || (flags & (kCreates | kTemporaryFile)) != 0;
      take_path(taken, role.path, role.directory, writes,
                (flags & directory_flag(arch_of(record.call))) != 0);
      break;
    }
    case CallUse::opens_somehow:
      take_path(taken, role.path, role.directory, false, false);
      break;
    case CallUse::creates:
      take_path(taken, role.path, role.directory, true, false);
      break;
    case CallUse::enters:
      take_path(taken, role.path, role.directory, false, true);
      break;
    case CallUse::changes:
      take_path(taken, role.path, role.directory, true, false);
      take_path(taken, role.other_path, role.other_directory, true, false);
      break;
    case CallUse::sends:
      take_address(taken, role);
      take_pace(taken, {PaceKind::calls_sending, {}, 0}, 1);
      take_pace(taken, {PaceKind::bytes_sent, {}, 0}, amount);
      break;
    case CallUse::sends_many:
      take_address(taken, role);
      take_pace(taken, {PaceKind::calls_sending, {}, 0}, amount);
      break;
    case CallUse::sends_file:
      take_pace(taken, {PaceKind::bytes_sent, {}, 0}, amount);
      break;
    case CallUse::listens:
      take_address(taken, role);
      break;
    case CallUse::accepts:
      take_pace(taken, {PaceKind::accepted, {}, 0}, 1);
      serving_.insert(process);
      break;
    case CallUse::runs:
      serving_.erase(process);
      take_command(taken, role);
      break;
  }
  return std::move(taken.finding);
}

void Habits::take_path(Taken& taken, std::uint8_t path_arg, std::uint8_t directory_arg, bool writes,
                       bool is_directory) {
  const CapturedArg* path = taken.captured(path_arg, CapturedKind::path);
  if (path == nullptr || path->bytes.empty()) return;
  const bool from_fd =
      directory_arg != CallRole::kNoArg &&
      static_cast<std::int32_t>(static_cast<std::uint32_t>(taken.arg(directory_arg))) != kCurrentDirectory;
  const Habit habit = writes ? Habit::changes : Habit::reads;
  const PathUse use{path->bytes, path->truncated, from_fd,
                    writes,      is_directory,    serving_.contains(taken.process)};
  const std::size_t name_at = use.path.rfind('/') + 1;  // npos + 1 is 0
  const RawObject directory{tag_of(use, true), use.path.substr(0, name_at)};
  const bool ordinary = !use.truncated && !use.is_directory && is_ordinary_name(use.path.substr(name_at));
  if (ordinary && take_known(taken, habit, directory)) return;
  const RawObject whole{tag_of(use, false), use.path};
  if (take_known(taken, habit, whole)) return;
  PathObject object;
  object_of_path(use, object);
  const RawObject& raw = object.any_name ? directory : whole;
  if (object.common) {
    recent_.keep(raw.use, raw.bytes, {nullptr, true, false});
  } else {
    take_object(taken, habit, object.trail, writes ? "changes" : "opens", use.path, &raw);
  }
}

void Habits::take_address(Taken& taken, const CallRole& role) {
  const CapturedArg* address = taken.captured(role.path, CapturedKind::sockaddr);
  if (address == nullptr) return;
  const bool listens = role.use == CallUse::listens;
  const RawObject raw{listens ? kListens : kReaches, address->bytes};
  if (take_known(taken, Habit::reaches, raw)) return;
  Trail trail;
  if (!object_of_address(listens ? AddressUse::listens : AddressUse::reaches, address->bytes, trail)) {
    recent_.keep(raw.use, raw.bytes, {nullptr, true, false});
    return;
  }
  const std::string_view verb = listens                        ? "listens at"
                                : role.use == CallUse::reaches ? "connects to"
                                                               : "sends to";
  take_object(taken, Habit::reaches, trail, verb, address->bytes, &raw);
}

void Habits::take_command(Taken& taken, const CallRole& role) {
  const CapturedArg* arguments = taken.captured(static_cast<std::uint8_t>(role.path + 1), CapturedKind::argv);
  const CapturedArg* path = taken.captured(role.path, CapturedKind::path);
  if (arguments == nullptr) return;
  Trail trail;
  shape_of_command(path == nullptr ? std::string_view() : path->bytes, arguments->bytes, arguments->truncated,
                   trail);
  take_object(taken, Habit::runs, trail, "runs", arguments->bytes, nullptr);
}

/// True if it is one of the last raw objects, and there was nothing to do but to count it, if that. None of
/// those is rejected.
bool Habits::take_known(const Taken& taken, Habit habit, const RawObject& raw) {
  const RecentObjects::Known* known = recent_.find(raw.use, raw.bytes);
  if (known == nullptr) return false;
  if (known->ignored) return true;
  if (best().settled(habit)) return known->familiar || !taken.judges;
  if (!taken.learns) return true;
  if (known->place == nullptr) return false;
  count(*known->place, taken.record.time_ns);
  return true;
}

/// Judged by what was known before, then learned; what has settled learns no more. `raw`: to be known again
/// by; null: is not.
void Habits::take_object(Taken& taken, Habit habit, const Trail& trail, std::string_view verb,
                         std::string_view given, const RawObject* raw) {
  RecentObjects::Known known{nullptr, !options_.watches(habit), false};
  if (!known.ignored) {
    const bool settled = best().settled(habit);
    const bool rejected = !rejected_.empty() && rejected_.contains(object_of(habit, trail));
    known.familiar = settled && taken.judges && knows(habit, trail);
    if (taken.judges && !taken.finding && (rejected || (settled && !known.familiar)))
      taken.finding =
          HabitFinding{habit, object_of(habit, trail), object_found(habit, verb, given, rejected), 0};
    if (rejected) return;
    if (taken.learns && !settled) {
      known.place = learn(habit, trail, taken.record.time_ns);
      if (known.place == nullptr) return;
    }
  }
  const bool is_known = known.ignored || known.familiar || known.place != nullptr;
  if (raw != nullptr && is_known) recent_.keep(raw->use, raw->bytes, known);
}

/// Where it is counted from now on; null if the tree has changed its form by it.
PrefixTree::Node* Habits::learn(Habit habit, const Trail& trail, std::int64_t time_ns) {
  ObjectHabit& object_habit = objects_[static_cast<std::size_t>(habit)];
  PrefixTree::Node* place = object_habit.find_place(trail);
  if (place != nullptr) {
    count(*place, time_ns);
    return place;
  }
  object_habit.learn(trail, {1, ObservedTime::in_range(time_ns), teacher_});
  recent_.forget();
  return nullptr;
}

void Habits::count(PrefixTree::Node& place, std::int64_t time_ns) {
  place.seen.add({1, ObservedTime::in_range(time_ns), teacher_});
}

void Habits::look_up_teacher(std::string_view container) {
  taught_by_ = container;
  teacher_ = teachers_.container(container);
  pace_.taught_by(teacher_);
}

bool Habits::knows(Habit habit, const Trail& trail) const {
  const auto i = static_cast<std::size_t>(habit);
  if (best().objects_[i].knows(trail) || objects_[i].knows(trail)) return true;
  // What it writes it may read.
  return habit == Habit::reads && knows(Habit::changes, trail);
}

void Habits::take_pace(Taken& taken, const PaceKey& key, std::uint64_t amount) {
  if (!options_.watches(Habit::pace)) return;
  const bool settled = best().settled(Habit::pace);
  const auto beyond = pace_.count(key, amount, taken.record.time_ns, taken.process, taken.learns && !settled,
                                  taken.judges && settled ? &best().pace_ : nullptr);
  if (beyond && taken.judges && !taken.finding)
    taken.finding =
        HabitFinding{Habit::pace, object_of(key), pace_words(*beyond, pace_.window_ns()), beyond->amount};
}

}  // namespace da
