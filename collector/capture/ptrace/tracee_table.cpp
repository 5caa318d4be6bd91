#include "collector/capture/ptrace/tracee_table.h"

#include <utility>

namespace da::ptrace {

Tracee& TraceeTable::add(Tid tid, Pid pid) {
  auto tracee = std::make_unique<Tracee>();
  tracee->tid = tid;
  tracee->pid = pid;
  threads_[to_raw(pid)].insert(to_raw(tid));
  return *tasks_.insert_or_assign(to_raw(tid), std::move(tracee)).first->second;
}

void TraceeTable::rename(Tid from, Tid to) {
  const auto it = tasks_.find(to_raw(from));
  if (it == tasks_.end() || from == to) return;
  auto tracee = std::move(it->second);
  tasks_.erase(it);
  leave_process(tracee->pid, to_raw(from));
  tracee->tid = to;
  threads_[to_raw(tracee->pid)].insert(to_raw(to));
  tasks_.insert_or_assign(to_raw(to), std::move(tracee));
}

void TraceeTable::erase(Tid tid) {
  const auto it = tasks_.find(to_raw(tid));
  if (it == tasks_.end()) return;
  leave_process(it->second->pid, to_raw(tid));
  tasks_.erase(it);
}

void TraceeTable::clear() {
  tasks_.clear();
  threads_.clear();
}

Tracee* TraceeTable::find(Tid tid) noexcept {
  const auto it = tasks_.find(to_raw(tid));
  return it == tasks_.end() ? nullptr : it->second.get();
}

Tracee* TraceeTable::any_thread_of(Pid pid) noexcept {
  const auto process = threads_.find(to_raw(pid));
  if (process == threads_.end()) return nullptr;
  const auto& tids = process->second;
  const bool has_leader = tids.contains(to_raw(pid));
  return find(Tid{has_leader ? to_raw(pid) : *tids.begin()});
}

void TraceeTable::leave_process(Pid pid, std::int32_t tid) {
  const auto process = threads_.find(to_raw(pid));
  if (process == threads_.end()) return;
  process->second.erase(tid);
  if (process->second.empty()) threads_.erase(process);
}

}  // namespace da::ptrace
