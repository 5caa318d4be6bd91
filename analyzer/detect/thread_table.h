// The threads that the detector follows, and what it keeps of each.
//
// Bounded: when it is full, the thread that was idle longest makes room. Not thread-safe.
//
//   Thread& thread = threads.make({host_hash, epoch, task});
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/evidence_ring.h"
#include "analyzer/model/image.h"
#include "analyzer/model/profile.h"
#include "analyzer/notify/alert.h"
#include "proto/ids.h"

namespace da {

/// A thread for ever: TaskSerials are not reused within an epoch.
struct ThreadKey {
  std::uint64_t host = 0;  ///< hash of its name
  Epoch epoch{};
  TaskSerial task{};
  friend auto operator<=>(const ThreadKey&, const ThreadKey&) = default;
};

/// An alert that waits for the next few calls, so that its evidence shows what followed.
struct PendingAlert {
  AlertKind kind{};
  std::uint64_t evidence = 0;  ///< number in the ring of the call that raised it
  std::uint64_t record = 0;    ///< number of the record in its stream
  std::int64_t time_ns = 0;
  unsigned score = 0;
  // about_program(kind):
  std::string words{};                             ///< what was known
  std::string started_by{};                        ///< empty: unknown
  std::shared_ptr<const ThreadVerdict> verdict{};  ///< of an unusual_thread
};

struct Thread {
  ThreadKey key;
  Image* image = nullptr;      ///< null: none, or no room for it
  Program* program = nullptr;  ///< null: unknown in an armed image, or no room for it
  std::string executable;
  Arch arch{};  ///< with `executable` the program's key in its image
  ThreadState state;
  EvidenceRing ring;
  std::uint32_t programs = 0;  ///< programs entered; 0: none yet
  bool unborn = true;          ///< not begun: whether it starts with an exec shows at its first record
  bool attached = false;  ///< the first thread of a process that was met in mid-life, until its window begins
  bool ignored =
      false;         ///< started from outside, which is not to be looked at: no program, until its next exec
  bool gap = false;  ///< its window must start anew at the next record
  bool ring_gap = false;   ///< the next entry of the ring follows a gap
  std::uint64_t lost = 0;  ///< records known to be lost in that gap
  std::optional<PendingAlert> pending;
  bool changed = true;  ///< since it was saved
  bool saved = false;   ///< there is a saved form of it

  [[nodiscard]] Profile* profile() const noexcept {
    return program == nullptr ? nullptr : program->profile.get();
  }
  [[nodiscard]] ProgramHabits* habits() const noexcept {
    return program == nullptr ? nullptr : program->habits.get();
  }
};

class ThreadTable {
 public:
  /// `drop` is called for each thread that leaves the table, whatever the reason.
  ThreadTable(std::size_t capacity, std::function<void(Thread&)> drop);

  /// Null if unknown; else it is now the one least idle.
  [[nodiscard]] Thread* find(const ThreadKey& key);
  /// Precondition: unknown. May drop the idlest.
  Thread& make(const ThreadKey& key);
  void erase(const ThreadKey& key);
  void erase_if(const std::function<bool(const Thread&)>& condition);
  void for_each(const std::function<void(Thread&)>& visit);

  /// Keys of saved threads that left the table since the last call.
  [[nodiscard]] std::vector<ThreadKey> take_left() { return std::exchange(left_, {}); }

  [[nodiscard]] std::size_t size() const noexcept { return threads_.size(); }
  [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_; }

 private:
  void leave(Thread& thread);

  std::size_t capacity_;
  std::function<void(Thread&)> drop_;
  std::list<Thread> threads_;  // the idlest is last
  std::map<ThreadKey, std::list<Thread>::iterator> by_key_;
  std::uint64_t evicted_ = 0;
  std::vector<ThreadKey> left_;
};

}  // namespace da
