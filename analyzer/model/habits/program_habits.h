// The habits of one program of an image, as the analyzer keeps them beside its profile.
//
// Owned by an Image's Program. Each shard's detector has a part, the curator adds the parts up to the whole
// and decides by it what has settled, and the parts follow it: as profiles do, but each feature for itself
// and whatever the profile's state is. A feature learns until it has settled, then is judged by; what
// operators decided holds as for profiles (see decisions.h).
//
//   if (auto finding = part.observe(record, process, true)) ...
//   whole.merge(part);  if (auto settled = whole.advance(); !settled.empty()) log(settled);
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/model/decisions.h"
#include "analyzer/model/habits/habits.h"

namespace da {

class ProgramHabits {
 public:
  explicit ProgramHabits(const HabitOptions& options) : habits_(options) {}

  /// Of a part. `judges`: not while its process may be starting.
  std::optional<HabitFinding> observe(const SyscallRecord& record, std::uint64_t process, bool judges);
  /// Of a part: a record that does not concern habits. Of nearly every record.
  void see_running(std::int64_t time_ns) {
    if (!learns_) return;
    habits_.see_running(time_ns);
    changed_ = true;
  }
  /// Whether the program was seen starting at least so often: else a start may read what no start was seen
  /// to.
  [[nodiscard]] bool knows_start(std::uint64_t times) const {
    return habits_.best().object_habit(Habit::runs).observations() >= times;
  }

  /// Of a part, before observe(): see Habits.
  void taught_by(std::string_view container) {
    if (learns_) habits_.taught_by(container);
  }
  /// Of a part: what these containers alone taught, each since its time, is not known any more.
  void unlearn(const std::map<std::string, std::int64_t>& containers);

  /// What operators decided. Null: nothing, of this program.
  void obey(const ProgramDecisions* decided, bool frozen);
  /// Of a part. Null, or of another generation: nothing is known of it. True if a feature is judged from now
  /// on.
  bool follow(const std::shared_ptr<const ProgramHabits>& whole);

  /// Of a whole: adds what a part learned, in any order and grouping.
  void merge(const ProgramHabits& part) { habits_.merge(part.habits_); }
  /// Of a whole, with the parts: what operators accepted.
  void accept(const std::map<std::string, std::uint64_t>& objects);
  /// Of a whole: what had settled, or has at another site.
  void settle_as(const ProgramHabits& before) noexcept { habits_.settle_as(before.habits_); }
  /// Of a whole: what the program begins with in another version of the image.
  [[nodiscard]] ProgramHabits successor() const;
  /// Of a whole, with all its parts: lets settle what is due, and says what, "directories read, pace".
  /// Nothing while it is frozen.
  [[nodiscard]] std::string advance();

  [[nodiscard]] const Habits& habits() const noexcept { return habits_; }
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] bool frozen() const noexcept { return frozen_; }

  void restore(Habits habits, std::uint32_t generation);
  /// Of a part: since the last clear_changed(), so that a checkpoint must save it.
  [[nodiscard]] bool changed() const noexcept { return changed_; }
  void clear_changed() noexcept { changed_ = false; }

 private:
  [[nodiscard]] std::array<bool, kHabits> settled_features() const;
  void look_whether_it_learns() noexcept { learns_ = !frozen_ && !habits_.best().all_settled(); }

  Habits habits_;
  std::uint32_t generation_ = 0;  ///< counts how often it was to begin anew
  bool frozen_ = false;
  bool learns_ = true;
  bool changed_ = true;
};

}  // namespace da
