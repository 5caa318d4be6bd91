// The tracees of one tracer thread, found by task and by process.
//
// Owned by the tracer. Each operation takes constant time, whatever the number of tasks: a fork storm asks
// for the threads of a process at every birth. References stay valid until the task is erased.
//
//   Tracee& tracee = table.add(tid, pid);
//   Tracee* relative = table.any_thread_of(pid);
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "collector/capture/ptrace/tracee.h"
#include "proto/ids.h"

namespace da::ptrace {

class TraceeTable {
 public:
  /// The tid must not be in the table.
  Tracee& add(Tid tid, Pid pid);
  /// After exec by another thread than the leader: the caller goes on under the leader's tid. What was
  /// under that tid has to be erased before. No effect if `from` is unknown.
  void rename(Tid from, Tid to);
  void erase(Tid tid);
  void clear();

  [[nodiscard]] Tracee* find(Tid tid) noexcept;
  /// The leader if it is traced, else any other thread of the process; null if none is.
  [[nodiscard]] Tracee* any_thread_of(Pid pid) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return tasks_.size(); }
  [[nodiscard]] bool empty() const noexcept { return tasks_.empty(); }
  template <typename Visitor>
  void for_each(Visitor&& visit) {
    for (auto& [tid, tracee] : tasks_)
      visit(*tracee);
  }

 private:
  void leave_process(Pid pid, std::int32_t tid);

  std::unordered_map<std::int32_t, std::unique_ptr<Tracee>> tasks_;
  std::unordered_map<std::int32_t, std::unordered_set<std::int32_t>> threads_;  ///< by pid
};

}  // namespace da::ptrace
