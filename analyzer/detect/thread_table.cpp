#include "analyzer/detect/thread_table.h"

#include <algorithm>

namespace da {

ThreadTable::ThreadTable(std::size_t capacity, std::function<void(Thread&)> drop)
    : capacity_(std::max<std::size_t>(1, capacity)), drop_(std::move(drop)) {}

Thread* ThreadTable::find(const ThreadKey& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  threads_.splice(threads_.begin(), threads_, found->second);
  return &*found->second;
}

Thread& ThreadTable::make(const ThreadKey& key) {
  if (threads_.size() >= capacity_) {
    ++evicted_;
    erase(threads_.back().key);
  }
  Thread& thread = threads_.emplace_front();
  thread.key = key;
  by_key_.emplace(key, threads_.begin());
  return thread;
}

void ThreadTable::erase(const ThreadKey& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto thread = found->second;
  leave(*thread);
  by_key_.erase(found);
  threads_.erase(thread);
}

void ThreadTable::leave(Thread& thread) {
  drop_(thread);
  if (thread.saved) left_.push_back(thread.key);
}

void ThreadTable::erase_if(const std::function<bool(const Thread&)>& condition) {
  for (auto it = threads_.begin(); it != threads_.end();) {
    if (condition(*it)) {
      leave(*it);
      by_key_.erase(it->key);
      it = threads_.erase(it);
    } else {
      ++it;
    }
  }
}

void ThreadTable::for_each(const std::function<void(Thread&)>& visit) {
  for (Thread& thread : threads_)
    visit(thread);
}

}  // namespace da
