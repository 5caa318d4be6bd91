// The tasks that stopped lately: who has just been resumed is the likeliest to stop next.
//
// Used by ReportTaker, which asks these by name before it looks through all. Few, so that asking them all
// costs less than one look through a long list; whoever is asked in vain for too long is forgotten.
//
//   RecentTasks recent;
//   recent.add(tid);                                               // was resumed
//   recent.ask([&](Tid tid) { return has_a_report(tid); });        // true: it stays for sure
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "proto/ids.h"

namespace da::ptrace {

class RecentTasks {
 public:
  static constexpr std::size_t kMost = 16;
  static constexpr int kMostVain = 64;

  /// In place of the one asked in vain most often, if there is no room.
  void add(Tid tid) noexcept {
    Entry* const end = entries_.data() + size_;
    Entry* place = std::find_if(entries_.data(), end, [tid](const Entry& entry) { return entry.tid == tid; });
    if (place == end && size_ == kMost) {
      place = std::max_element(entries_.data(), end,
                               [](const Entry& a, const Entry& b) { return a.vain < b.vain; });
    } else if (place == end) {
      ++size_;
    }
    *place = {tid, 0};
  }

  /// Asks each once; how many answered.
  template <typename Answers>
  std::size_t ask(Answers answers) {
    std::size_t answered = 0;
    for (std::size_t i = 0; i < size_;) {
      Entry& entry = entries_[i];
      if (answers(entry.tid)) {
        ++answered;
        entry.vain = 0;
      } else if (++entry.vain == kMostVain) {
        entry = entries_[--size_];
        continue;
      }
      ++i;
    }
    return answered;
  }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  struct Entry {
    Tid tid{};
    int vain = 0;
  };
  std::array<Entry, kMost> entries_{};
  std::size_t size_ = 0;
};

}  // namespace da::ptrace
