// What one program habitually does to which objects, and how fast; the judgement of its calls by that.
//
// For attacks that use ordinary calls on other objects, which no sequence shows: a path traversal read by the
// same worker, data sent out by the same process, a password guessed a thousand times. Owned by a Profile,
// one of each part. Five features, each judged only if it has settled: what it reads, what it changes, whom
// it reaches (or listens to), how it is run, and its pace.
//
//   Habits habits(options);
//   if (auto finding = habits.observe(record, process, Habits::Taking::judge))
//   mail(habits.evidence(*finding));
//       // "opens /etc/shadow, never seen; seen: /var/www, /usr/lib, /proc/self"
//
// Parts add up to the whole (merge), of which one place decides what has settled (settle); parts judge by
// what either of both knows (follow). Pure; a record's time is the only one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/model/habits/call_roles.h"
#include "analyzer/model/habits/habit_options.h"
#include "analyzer/model/habits/object_habit.h"
#include "analyzer/model/habits/pace.h"
#include "analyzer/model/habits/recent_objects.h"
#include "analyzer/model/habits/serving_processes.h"
#include "analyzer/model/lessons.h"
#include "analyzer/model/observed_time.h"
#include "proto/syscall_record.h"

namespace da {

struct HabitFinding {
  Habit habit{};
  /// In general terms, with NUL between the names: equal for what need not be told twice.
  std::string object;
  std::string words;         ///< "opens /etc/shadow, never seen"; printable ASCII
  std::uint64_t amount = 0;  ///< of a pace
};

class Habits {
 public:
  enum class Taking : std::uint8_t { learn, judge, judge_and_learn };

  explicit Habits(const HabitOptions& options = {});

  /// Is there anything in the record for observe()? Of most there is not; then its captures need not be read.
  [[nodiscard]] static bool concerns(CallId call, std::int64_t result) noexcept {
    if (role_of(call).use != CallUse::none) return true;
    const bool failed = result < 0 && result >= -4095 && !is_ordinary_error(static_cast<int>(-result));
    return failed || arch_of(call) == Arch::i386;  // whose results may come without their sign
  }
  /// While it learns, of a record that does not concern it: that the program was running.
  void see_running(std::int64_t time_ns) { time_.observe(time_ns); }
  /// `process`: of the record, unique among those of this part. What it finds is by what was known before.
  /// A feature that has settled learns no more, whatever is said.
  std::optional<HabitFinding> observe(const SyscallRecord& record, std::uint64_t process, Taking taking);

  /// Of a part, before observe(): what is learned is taught by this container.
  void taught_by(std::string_view container) {
    if (container != taught_by_) look_up_teacher(container);
  }
  /// Of a part: takes away what these containers alone taught, each since its time, in whole units of
  /// lessons. What became general by it stays so, and so does what it took to settle.
  void unlearn(const std::map<std::string, std::int64_t>& containers);
  /// The containers by number.
  [[nodiscard]] const Lessons& teachers() const noexcept { return teachers_; }

  /// For a mail: the finding's words, and what was seen instead. Takes longer: after it was found worth one.
  [[nodiscard]] std::string evidence(const HabitFinding& finding) const;
  /// What was mostly seen: "/var/www, /usr/lib, /proc/self"; of a pace nothing.
  [[nodiscard]] std::string seen_words(Habit habit, std::size_t most = 5) const;

  /// Learns exactly what was found, of which only `object` and `amount` matter; hostile. False if that is
  /// nothing that could have been found.
  bool accept(const HabitFinding& finding, std::int64_t time_ns);

  /// These, as they are called in findings, with their amounts, are told whatever was learned, and are not
  /// learned; also of a feature that has not settled. In place of those before.
  void reject(const std::map<std::string, std::uint64_t>& objects);

  /// Of the whole, while it learns: which features are known well enough by now. They are judged from then
  /// on, and learn no more.
  void settle();
  /// What settled there, another site's habits, has settled.
  void settle_as(const Habits& other) noexcept;
  [[nodiscard]] bool settled(Habit habit) const noexcept { return settled_[static_cast<std::size_t>(habit)]; }
  /// What the same program of another version of the image begins with: what was seen, and no evidence of its
  /// own. What has settled here needs less of that: as long as nothing new may come, and no first day.
  [[nodiscard]] Habits successor() const;
  /// Had settled in the version that this one began from.
  [[nodiscard]] const std::array<bool, kHabits>& began_settled() const noexcept { return began_settled_; }

  /// Of those that are watched; nothing is learned any more.
  [[nodiscard]] bool all_settled() const noexcept;
  [[nodiscard]] Settling settling(Habit habit) const;
  /// "directories read"
  [[nodiscard]] const char* name_of(Habit habit) const noexcept;
  /// Of the whole: all features have settled that the program shows (one that runs nothing has no arguments
  /// to learn).
  [[nodiscard]] bool ready() const;
  /// What is missing, in words: "directories read: 3 of the last 80 seen for the first time, ..."; empty if
  /// ready.
  [[nodiscard]] std::string reason() const;
  /// What was learned, in words, one line a feature.
  [[nodiscard]] std::string description() const;

  /// Adds what a part learned: in any order and grouping, the result is the same. What settled stays.
  void merge(const Habits& part);
  /// Judges by what the whole knows, and by what settled there. Null: nothing is known of it.
  void follow(std::shared_ptr<const Habits> whole) {
    whole_ = std::move(whole);
    recent_.forget();
  }
  /// Before merging the parts anew: what had settled.
  void take_state_of(const Habits& before) noexcept { settled_ = before.settled_; }

  [[nodiscard]] const HabitOptions& options() const noexcept { return options_; }
  [[nodiscard]] const ObjectHabit& object_habit(Habit habit) const {
    return objects_.at(static_cast<std::size_t>(habit));
  }
  [[nodiscard]] const Pace& pace() const noexcept { return pace_; }
  [[nodiscard]] const ObservedTime& time() const noexcept { return time_; }

  /// For the codec.
  [[nodiscard]] Lessons& teachers() noexcept { return teachers_; }
  [[nodiscard]] ObjectHabit& object_habit(Habit habit) {
    recent_.forget();
    return objects_.at(static_cast<std::size_t>(habit));
  }
  void restore(Pace pace, const ObservedTime& time, const std::array<bool, kHabits>& settled,
               const std::vector<std::uint64_t>& serving = {},
               const std::array<bool, kHabits>& began_settled = {});
  [[nodiscard]] const ServingProcesses& serving() const noexcept { return serving_; }

  /// Of memory, about.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// What is known best: of a part the whole, as far as that is known.
  [[nodiscard]] const Habits& best() const noexcept { return whole_ ? *whole_ : *this; }

 private:
  struct Taken;
  struct RawObject;

  void take_path(Taken& taken, std::uint8_t path_arg, std::uint8_t directory_arg, bool writes,
                 bool is_directory);
  void take_address(Taken& taken, const CallRole& role);
  void take_command(Taken& taken, const CallRole& role);
  [[nodiscard]] bool take_known(const Taken& taken, Habit habit, const RawObject& raw);
  void take_object(Taken& taken, Habit habit, const Trail& trail, std::string_view verb,
                   std::string_view given, const RawObject* raw);
  PrefixTree::Node* learn(Habit habit, const Trail& trail, std::int64_t time_ns);
  void count(PrefixTree::Node& place, std::int64_t time_ns);
  void look_up_teacher(std::string_view container);
  void take_pace(Taken& taken, const PaceKey& key, std::uint64_t amount);
  [[nodiscard]] bool knows(Habit habit, const Trail& trail) const;
  [[nodiscard]] std::chrono::nanoseconds wanted_time(Habit habit) const noexcept;

  HabitOptions options_;
  std::array<ObjectHabit, kObjectHabits> objects_;
  Pace pace_;
  ObservedTime time_;
  std::array<bool, kHabits> settled_{};
  std::array<bool, kHabits> began_settled_{};
  ServingProcesses serving_;
  std::set<std::string> rejected_;
  std::shared_ptr<const Habits> whole_;  ///< of a part
  RecentObjects recent_;
  Lessons teachers_;  ///< containers by number, of a part
  std::string taught_by_;
  std::uint16_t teacher_ = Lessons::kUnknown;
};

}  // namespace da
