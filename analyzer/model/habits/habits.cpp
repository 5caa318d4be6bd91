#include "analyzer/model/habits/habits.h"

#include <algorithm>
#include <utility>

#include "analyzer/model/habits/address_object.h"
#include "analyzer/model/habits/command_shape.h"
#include "analyzer/model/habits/habit_object.h"
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

std::string pace_words(const Pace::Beyond& beyond, std::int64_t window_ns) {
  return "more than " + grouped(beyond.limit) + ' ' + words_of(beyond.key) + " within " +
         duration_words(std::chrono::nanoseconds(window_ns)) + "; before at most " + grouped(beyond.highest);
}

/// The highest of fewer says little.
constexpr std::int64_t kLeastWindows = 5;

/// As often as a network must have been used for others beside it to be told; no singleton, either.
constexpr std::uint64_t kTimesAccepted = 1000;

/// Of memory, about: a node of a hash table.
constexpr std::size_t kBytesOfServing = 32;

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

Habits::Habits(const HabitOptions& options)
    : options_(options),
      objects_{make_habit(Habit::reads, options), make_habit(Habit::changes, options),
               make_habit(Habit::reaches, options), make_habit(Habit::runs, options)},
      pace_(options.window),
      time_(options.pause()) {}

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
      // Forgotten, a process counts as one that starts, which is never told more.
      if (serving_.size() >= kMostServing && !serving_.contains(process)) serving_.clear();
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
  PathObject object;
  object_of_path(
      {path->bytes, path->truncated, from_fd, writes, is_directory, serving_.contains(taken.process)},
      object);
  if (object.common) return;
  take_object(taken, writes ? Habit::changes : Habit::reads, object.trail, writes ? "changes" : "opens",
              path->bytes);
}

void Habits::take_address(Taken& taken, const CallRole& role) {
  const CapturedArg* address = taken.captured(role.path, CapturedKind::sockaddr);
  if (address == nullptr) return;
  Trail trail;
  const bool listens = role.use == CallUse::listens;
  if (!object_of_address(listens ? AddressUse::listens : AddressUse::reaches, address->bytes, trail)) return;
  const std::string_view verb = listens                        ? "listens at"
                                : role.use == CallUse::reaches ? "connects to"
                                                               : "sends to";
  take_object(taken, Habit::reaches, trail, verb, address->bytes);
}

void Habits::take_command(Taken& taken, const CallRole& role) {
  const CapturedArg* arguments = taken.captured(static_cast<std::uint8_t>(role.path + 1), CapturedKind::argv);
  const CapturedArg* path = taken.captured(role.path, CapturedKind::path);
  if (arguments == nullptr) return;
  Trail trail;
  shape_of_command(path == nullptr ? std::string_view() : path->bytes, arguments->bytes, arguments->truncated,
                   trail);
  take_object(taken, Habit::runs, trail, "runs", arguments->bytes);
}

/// Judged by what was known before, then learned; what has settled learns no more.
void Habits::take_object(Taken& taken, Habit habit, const Trail& trail, std::string_view verb,
                         std::string_view raw) {
  if (!options_.watches(habit)) return;
  const bool settled = best().settled(habit);
  const bool rejected = !rejected_.empty() && rejected_.contains(object_of(habit, trail));
  if (taken.judges && !taken.finding && (rejected || (settled && !knows(habit, trail))))
    taken.finding = HabitFinding{habit, object_of(habit, trail), object_found(habit, verb, raw, rejected), 0};
  if (taken.learns && !settled && !rejected)
    objects_[static_cast<std::size_t>(habit)].learn(trail, taken.record.time_ns);
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

Settling Habits::settling(Habit habit) const {
  if (!options_.watches(habit)) return {false, std::string(name_of(habit)) + ": not looked at"};
  if (habit != Habit::pace) return objects_[static_cast<std::size_t>(habit)].settling(time_);
  const std::int64_t wanted_ns = std::max(options_.min_time.count(), kLeastWindows * pace_.window_ns());
  const std::int64_t missing_ns = wanted_ns - time_.total_ns();
  if (missing_ns <= 0) return {true, {}};
  return {false, "pace: needs " + duration_words(std::chrono::nanoseconds(missing_ns)) + " more"};
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
    objects_[static_cast<std::size_t>(object->habit)].learn(object->trail, time_ns, kTimesAccepted);
  }
  return true;
}

void Habits::reject(const std::map<std::string, std::uint64_t>& objects) {
  rejected_.clear();
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
  for (std::size_t i = 0; i < kObjectHabits; ++i)
    objects_[i].merge(part.objects_[i]);
  pace_.merge(part.pace_);
  time_.merge(part.time_);
}

void Habits::restore(Pace pace, const ObservedTime& time, const std::array<bool, kHabits>& settled,
                     std::vector<std::uint64_t> serving) {
  pace_ = std::move(pace);
  serving_ = {serving.begin(), serving.end()};
  time_ = time;
  settled_ = settled;
}

const char* Habits::name_of(Habit habit) const noexcept {
  return habit == Habit::pace ? "pace" : objects_[static_cast<std::size_t>(habit)].objects();
}

std::size_t Habits::bytes() const noexcept {
  std::size_t sum = sizeof *this + serving_.size() * kBytesOfServing + pace_.bytes();
  for (const ObjectHabit& habit : objects_)
    sum += habit.tree().bytes();
  for (const std::string& object : rejected_)
    sum += object.size();
  return sum;
}

}  // namespace da
