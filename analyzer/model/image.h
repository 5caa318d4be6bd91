// The programs of one image, which of them starts which, and when that set counts as complete.
//
// Owned by detect/catalogue. While an image learns, a program first seen is ordinary and gets a profile;
// once it is armed, a program or an "A starts B" never seen is an alert in its own right. A program is
// guarded by its own profile as soon as that is armed, whatever the image's state.
//
// Like a profile, each shard's detector has a part of it; the parts add up to the whole (merge), which
// decides (advance), and the parts follow it.
//
//   Image image("sha256:...", "nginx:1.25", options, score);
//   if (Program* program = image.find({"/bin/sh", Arch::x86_64})) ...
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/model/decisions.h"
#include "analyzer/model/habits/program_habits.h"
#include "analyzer/model/life_cycle.h"
#include "analyzer/model/observed_time.h"
#include "analyzer/model/profile.h"
#include "analyzer/model/program_key.h"

namespace da {

struct Program {
  std::shared_ptr<Profile> profile;  ///< null if there was no room for another profile
  std::uint64_t calls = 0;           ///< records, counted while the image learns
  std::int64_t first_seen_ns = 0;    ///< time of a record; 0: not seen yet
  std::int64_t last_seen_ns = 0;
  std::uint32_t generation = 0;  ///< of its profile when the program was first seen; see decisions.h
  std::shared_ptr<ProgramHabits> habits{};  ///< with the profile
};

class Image {
 public:
  static constexpr std::size_t kMaxPrograms = 1024;
  static constexpr std::size_t kMaxStarts = 4096;

  Image(std::string id, std::string name, const LifeCycleOptions& options, const ScoreOptions& score);

  /// Of a part: a program of the whole is found as well. One that an operator rejected is not found.
  [[nodiscard]] Program* find(const ProgramKey& key);
  /// A program learned from now on, known or new. Null, and the image never arms, beyond kMaxPrograms.
  Program* learn_program(const ProgramKey& key, bool with_profile);

  [[nodiscard]] bool knows_start(const std::string& parent, const std::string& child) const;
  /// Whether it is known of any program that this starts it.
  [[nodiscard]] bool knows_parent(const std::string& parent) const;
  void learn_start(const std::string& parent, const std::string& child, std::int64_t time_ns);

  /// `calls` records of a program that the image knows, the last at `time_ns`.
  void observe(Program& program, std::uint64_t calls, std::int64_t time_ns);
  /// Arms if it is due and says why; nothing otherwise.
  std::optional<std::string> advance();
  [[nodiscard]] std::string reason() const;

  /// Adds what a part learned, without its profiles: in any order and grouping, the result is the same.
  void merge(const Image& part);
  /// Takes over the state of the whole and of its programs' profiles, and what it knows and operators
  /// decided.
  void follow(std::shared_ptr<const Image> whole);
  /// Of a whole: the profile of one of its programs, which is made if need be.
  void set_profile(const ProgramKey& key, std::shared_ptr<Profile> profile) {
    programs_[key].profile = std::move(profile);
  }
  /// Of a whole: the habits of one of its programs, as was published. Null: none.
  void set_habits(const ProgramKey& key, std::shared_ptr<ProgramHabits> habits) {
    programs_[key].habits = std::move(habits);
  }
  /// Of a whole, before merge(): what operators decided. Null: nothing.
  void set_decisions(std::shared_ptr<const Decisions> decisions);
  /// Of a whole, after merge(): what they accepted is known, what they rejected is not.
  void rule();
  [[nodiscard]] const Decisions* decisions() const noexcept {
    return whole_ ? whole_->decisions_.get() : decisions_.get();
  }
  [[nodiscard]] const std::shared_ptr<const Decisions>& shared_decisions() const noexcept {
    return decisions_;
  }
  [[nodiscard]] bool rejects(const ProgramKey& key) const {
    return decisions() != nullptr && decisions()->rejects(key);
  }
  /// Of a part: a profile was put in place of another; what is rejected must be left out of it as well.
  void obey_anew() noexcept { obeyed_ = nullptr; }
  /// Of a part: its stream had a record of it now, or shows by its clock how long it had none. Told in whole
  /// `step_ns`, so that it is not saved anew with each batch.
  void see(std::int64_t clock_ns);
  void look_at_age(std::int64_t clock_ns, std::int64_t step_ns);
  /// A profile for a program that found no room for one before.
  void give_profile(const ProgramKey& key) { static_cast<void>(make_program(key, true)); }
  /// Of a part: there is no room for others, and this one may go if it is away everywhere.
  void set_crowded(bool crowded) noexcept {
    changed_ = changed_ || crowded != crowded_;
    crowded_ = crowded;
  }
  [[nodiscard]] bool crowded() const noexcept { return crowded_; }
  /// For how long no stream that knows it had a record of it.
  [[nodiscard]] std::int64_t unseen_ns() const noexcept { return unseen_ns_; }
  void set_unseen(std::int64_t unseen_ns) noexcept { unseen_ns_ = unseen_ns; }
  /// Nothing is known of it.
  [[nodiscard]] bool empty() const noexcept { return programs_.empty() && starts_.empty(); }

  /// Takes programs in that are new.
  [[nodiscard]] bool learns() const noexcept {
    return !armed_ && (decisions() == nullptr || !decisions()->frozen);
  }
  /// Of a part: programs that an operator let be forgotten, since the last call. Pointers to them are not
  /// valid.
  [[nodiscard]] std::vector<ProgramKey> take_forgotten() { return std::exchange(forgotten_, {}); }
  [[nodiscard]] bool has_forgotten() const noexcept { return !forgotten_.empty(); }

  /// What another version of it begins with: programs and relations, as if they had been known for ever.
  struct Saved;
  [[nodiscard]] Saved successor(const std::string& id, const std::string& name) const;
  /// The image whose counts it began with, in printable ASCII; empty: none.
  [[nodiscard]] const std::string& began_from() const noexcept { return began_from_; }
  /// Time of the latest record.
  [[nodiscard]] std::int64_t latest_ns() const noexcept { return time_.latest_ns(); }

  /// Of a whole, of which a part has not been made.
  void drop_program(const ProgramKey& key) { programs_.erase(key); }
  /// Of the whole, decided before.
  void set_armed(bool armed) noexcept { armed_ = armed; }

  [[nodiscard]] bool armed() const noexcept { return armed_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::map<ProgramKey, Program>& programs() const noexcept { return programs_; }
  /// Of a part: those of the whole, as far as that is known.
  [[nodiscard]] const std::map<ProgramKey, Program>& known_programs() const noexcept {
    return whole_ ? whole_->programs_ : programs_;
  }
  /// (parent, child) -> time; the parent is a path, or a word for what is outside the container of the record
  /// that first showed it.
  using Starts = std::map<std::pair<std::string, std::string>, std::int64_t>;
  [[nodiscard]] const Starts& starts() const noexcept { return starts_; }

  /// All but the profiles, for the codec.
  struct Saved {
    struct SavedProgram {
      ProgramKey key;
      std::uint64_t calls = 0;
      std::int64_t first_seen_ns = 0;
      std::int64_t last_seen_ns = 0;
      std::uint32_t generation = 0;
    };
    std::string id;
    std::string name;
    bool armed = false;
    bool full = false;
    std::int64_t forgotten_ns = 0;
    std::vector<ObservedTime::Span> spans;
    std::vector<SavedProgram> programs;  ///< by key
    Starts starts;
    std::uint32_t generation = 0;
    std::string began_from{};
    std::int64_t unseen_ns = 0;
    bool crowded = false;
    [[nodiscard]] bool empty() const noexcept { return programs.empty() && starts.empty(); }
  };
  [[nodiscard]] Saved save() const;
  /// Programs that have no profile yet get one, empty, if `room_for_profiles` allows.
  void restore(const Saved& saved, std::size_t room_for_profiles);

  [[nodiscard]] bool changed() const noexcept { return changed_; }
  void clear_changed() noexcept { changed_ = false; }

 private:
  [[nodiscard]] std::string absence() const;
  void look_at_clock(std::int64_t time_ns);
  void obey(const Decisions& decisions);
  void unlearn(const ProgramKey& key);
  void forget_all(std::uint32_t generation);
  [[nodiscard]] Program& make_program(const ProgramKey& key, bool with_profile);
  [[nodiscard]] std::int64_t quiet_ns() const noexcept;
  [[nodiscard]] static bool is_settled(const Program& program) noexcept;
  [[nodiscard]] bool busy(const Program& program, std::uint64_t total) const noexcept;
  [[nodiscard]] bool ready() const;
  [[nodiscard]] std::uint64_t all_calls() const noexcept;

  std::string id_;
  std::string name_;
  LifeCycleOptions options_;
  ScoreOptions score_;
  std::map<ProgramKey, Program> programs_;
  Starts starts_;
  ObservedTime time_;
  std::int64_t newest_ns_ = 0;          ///< of the times of programs and starts
  std::shared_ptr<const Image> whole_;  ///< of a part
  std::shared_ptr<const Decisions> decisions_;
  std::shared_ptr<const Decisions> obeyed_;  ///< of a part: the latest it looked at
  std::uint32_t generation_ = 0;
  std::string began_from_;
  std::vector<ProgramKey> forgotten_;
  std::int64_t seen_at_ = 0;  ///< by its stream's clock
  std::int64_t unseen_ns_ = 0;
  bool crowded_ = false;
  bool armed_ = false;
  bool full_ = false;
  bool changed_ = true;
};

}  // namespace da
