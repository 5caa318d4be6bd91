// What one program of one image habitually does, and the judgement of its threads by it.
//
// Owned by an Image, fed by the detector with the calls of each thread. Learning, shadow or armed (see
// life_cycle.h); the caller keeps a ThreadState per thread and says how each began.
//
//   profile.begin(thread, Beginning::birth, time_ns);
//   const Observation seen = profile.observe(thread, call, time_ns);
//   if (seen.finding != Finding::none) ...        // armed profiles only
//
// Each shard's detector has a profile of its own, a part, with what that shard's stream taught. The parts add
// up to the whole (merge), which steps through its life (advance) in one place; the parts follow it and judge
// by what either of both knows.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzer/model/call_class.h"
#include "analyzer/model/footprint_set.h"
#include "analyzer/model/life_cycle.h"
#include "analyzer/model/ngram_counter.h"
#include "analyzer/model/thread_window.h"
#include "analyzer/model/whole_thread.h"
#include "analyzer/model/witten_bell.h"

namespace da {

struct ProfileKey {
  std::string image;       ///< image id, or its name if there is none
  std::string executable;  ///< path in the container
  Arch arch{};

  friend bool operator==(const ProfileKey&, const ProfileKey&) = default;
  friend auto operator<=>(const ProfileKey&, const ProfileKey&) = default;
};

/// How a thread's window starts anew.
enum class Beginning : std::uint8_t {
  birth,            ///< a thread, seen from its first call
  fork,             ///< a process that another one of the program forked, the same
  program,          ///< an exec by a program of the container
  outside_program,  ///< the container's first program, or docker exec
  attached,         ///< a process met in mid-life, maybe while it was still starting
  gap,              ///< after lost records, or a thread attached late
};

/// What a profile keeps of one thread; fixed size.
struct ThreadState {
  ThreadWindow window;
  std::uint32_t episode_calls = 0;
  unsigned episode_highest = 0;
  std::uint16_t container = 0;  ///< its number among the profile's teachers; 0: not looked up, or no room
  bool told_sequence = false;   ///< both until the thread was quiet for a whole frame
  bool told_call = false;
  bool whole_run = false;       ///< a program's, from its exec on, without a gap so far
  std::uint8_t new_ngrams = 0;  ///< of those it taught, never seen before; no more are counted than matter
  bool new_call = false;        ///< among them a call that would be told
  std::int64_t grace_until_ns = 0;  ///< its program's start was not learned: not judged before
  WholeThread whole;
};

enum class Finding : std::uint8_t { none, new_call, unseen_sequence };

struct Observation {
  bool counted = false;        ///< part of the sequence; not scheduling noise, not a prolonged run
  bool repeats = false;        ///< only prolongs a run: not counted
  bool departs = false;        ///< it ends an n-gram that the profile did not know, and so a known phrase
  bool new_call = false;       ///< a call that the profile did not know; of those counted
  unsigned score = 0;          ///< departures among the last calls
  Ngram phrase = kEmptyNgram;  ///< the calls that belong together, up to this one; unseen if it departs
  Finding finding = Finding::none;
  std::shared_ptr<const ThreadVerdict> unusual;  ///< null: nothing to tell of the thread as a whole
};

/// An expected call and how likely it was, 0..1.
struct ExpectedCall {
  CallId call{};
  double probability = 0.0;
};

class Profile {
 public:
  /// About 100 bytes each in a checkpoint, 280 in a compiled model.
  static constexpr std::size_t kMostFootprints = 256;
  static constexpr std::size_t kMostAcceptedFootprints = 64;

  Profile(ProfileKey key, const LifeCycleOptions& options, const ScoreOptions& score);

  /// `process`: when its process began to run its program, if that was lately; programs know it themselves.
  void begin(ThreadState& thread, Beginning beginning, std::int64_t time_ns, std::uint64_t lost = 0,
             std::optional<ProcessStart> process = std::nullopt);
  /// Before a thread is observed: what it shows is taught by this container.
  void taught_by(ThreadState& thread, const std::string& container) {
    if (thread.container == 0 && life_.learns()) thread.container = counter_.lessons().container(container);
  }
  Observation observe(ThreadState& thread, CallId call, std::int64_t time_ns);
  /// The thread ended, or executes another program: what there is to tell of it as a whole. Before end().
  /// `by_itself`: see WholeThread.
  [[nodiscard]] std::shared_ptr<const ThreadVerdict> finish(ThreadState& thread, bool by_itself);
  /// It is not followed any more, for whatever reason.
  void end(ThreadState& thread);
  /// Also the program has ended, or executed another: its run was seen to its end.
  void end_run(ThreadState& thread);
  /// The next step of the life cycle, if it is due. Call now and then.
  std::optional<Step> advance();

  /// The likeliest calls after a context, as of now.
  [[nodiscard]] std::vector<ExpectedCall> expected(Ngram context, std::size_t limit) const;
  /// What was learned, in words: "learned 4,211 calls of 37 episodes in 3 min; no records lost".
  [[nodiscard]] std::string description() const;
  /// The state and what the next one waits for, in words.
  [[nodiscard]] std::string reason() const;

  [[nodiscard]] const ProfileKey& key() const noexcept { return key_; }
  [[nodiscard]] const NgramCounter& counter() const noexcept { return counter_; }
  [[nodiscard]] const LifeCycle& life() const noexcept { return life_; }
  [[nodiscard]] const ScoreOptions& score_options() const noexcept { return score_; }
  /// What threads that were seen whole left; a thread leaves one each time it is observed.
  [[nodiscard]] const FootprintSet& footprints() const noexcept { return footprints_; }
  /// Those that an operator accepted: no thread within one of them is unusual.
  [[nodiscard]] const std::set<Footprint>& accepted_footprints() const noexcept { return accepted_; }

  /// What is known best: of a part the whole, as far as that is known.
  [[nodiscard]] const Profile& best() const noexcept { return whole_ ? *whole_ : *this; }
  /// Adds what parts learned: in any order and grouping, the result is the same.
  void merge(const std::vector<const Profile*>& parts);
  /// Takes over the state of the whole, and judges by what it knows as well. Null: nothing is known of it.
  void follow(std::shared_ptr<const Profile> whole);
  /// Before merging the parts anew: the state of the whole, without what it was made of.
  void take_state_of(const Profile& before) { life_.follow(before.life_); }
  /// An operator's decisions (see decisions.h). What was accepted is as if it had been seen several times; of
  /// a whole, before merge(), so that it finds room. What was rejected is unknown, whoever learned it; of a
  /// whole, after merge().
  void teach(const std::set<Ngram>& accepted, const std::set<Footprint>& footprints = {});
  void leave_out(const std::set<Ngram>& rejected);
  /// Of a part: takes away what these containers alone taught, each since its time. True if that was all
  /// there was.
  bool unlearn(const std::map<std::string, std::int64_t>& containers);
  void set_frozen(bool frozen) noexcept { life_.set_frozen(frozen); }
  /// Counts how often it was to begin anew; another one than now: forgets everything.
  void set_generation(std::uint32_t generation);
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }

  /// What the same program of another version of the image begins with: the counts, and no evidence. Of more
  /// than half of the room, only what was seen more than once.
  [[nodiscard]] Profile successor(const std::string& image) const;

  /// Takes up a saved profile. Precondition: the counter's order is score_options().order.
  void restore(NgramCounter counter, const LifeCycle::Saved& life, std::uint32_t generation = 0,
               FootprintSet footprints = FootprintSet(kMostFootprints), std::set<Footprint> accepted = {});

  /// Of a whole that was just published: its model is compiled when first a thread is to be judged by it, and
  /// is the one of the whole before where that will do: always of the same content; while in shadow, until
  /// it learned half as much again. `content`: a hash of it, which the model is known by.
  void share_model(std::uint64_t content, const Profile* before);

  /// Changed since the last clear_changed(), so a checkpoint must save it.
  [[nodiscard]] bool changed() const noexcept { return changed_; }
  void clear_changed() noexcept { changed_ = false; }

 private:
  void grant_start_grace(ThreadState& thread, std::int64_t time_ns) const noexcept;
  [[nodiscard]] bool knows_starts() const noexcept {
    return best().life_.learned().starts >= options_.min_starts;
  }
  [[nodiscard]] bool in_start_grace(const ThreadState& thread, std::int64_t time_ns) const noexcept;
  [[nodiscard]] bool knows(Ngram ngram) const noexcept {
    // The whole first: what a part knows beside it is of the last moments.
    return (whole_ && whole_->counter_.knows(ngram)) || counter_.knows(ngram);
  }
  /// Compiled once, by whoever comes first; all who follow one whole share it.
  struct SharedModel {
    std::uint64_t id = 1;                   ///< not 0
    std::uint64_t calls = 0;                ///< that were learned when it was compiled
    std::unique_ptr<BehaviourModel> model;  ///< null: not yet
  };

  [[nodiscard]] bool departs(Ngram ngram) const noexcept;
  [[nodiscard]] Finding judge(ThreadState& thread, bool loud_call, unsigned score) const noexcept;
  /// Null while learning, and where threads are not judged as a whole.
  [[nodiscard]] const BehaviourModel* thread_model();
  void take_into_whole(ThreadState& thread, Symbol symbol, std::int64_t time_ns);
  [[nodiscard]] std::shared_ptr<const ThreadVerdict> observe_whole(WholeThread& whole);
  [[nodiscard]] std::shared_ptr<const ThreadVerdict> judge_whole(WholeThread& whole,
                                                                 const BehaviourModel& model,
                                                                 const Features& features) const;
  void count_episode(ThreadState& thread, unsigned score);
  static void note_new(ThreadState& thread, bool loud_call) noexcept;
  [[nodiscard]] bool showed_something_new(const ThreadState& thread) const noexcept;
  void keep(NgramCounter kept);

  ProfileKey key_;
  LifeCycleOptions options_;
  ScoreOptions score_;
  NgramCounter counter_;
  FootprintSet footprints_{kMostFootprints};
  std::set<Footprint> accepted_;
  LifeCycle life_;
  std::shared_ptr<const Profile> whole_;                                  ///< of a part
  std::shared_ptr<SharedModel> model_ = std::make_shared<SharedModel>();  ///< of a part: that of the whole
  std::uint32_t generation_ = 0;
  bool changed_ = true;
};

}  // namespace da
