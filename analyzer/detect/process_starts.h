// Which processes began lately to run their program, or were met in mid-life, and which containers were not
// seen before: what they do now may be of a start.
//
// Used by the detector, for threads born in a starting process and for habits. A shard has all threads of a
// process, but not what it forks. Bounded: when it is full, what is not lately goes first. Not saved: after a
// take-over each container is new for as long as a start may last.
//
//   starts.note(process, {{now, true}, habits_know_starts}, now);
//   if (const auto* start = starts.find(process, now)) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "analyzer/model/thread_kind.h"

namespace da {

class ProcessStarts {
 public:
  static constexpr std::size_t kMost = 4096;

  struct Start : ProcessStart {
    bool known_to_habits = false;  ///< starts of its program were learned by its habits
  };

  explicit ProcessStarts(std::int64_t grace_ns) : grace_ns_(grace_ns) {}

  void note(std::uint64_t process, const Start& start, std::int64_t now_ns) {
    if (starts_.size() >= kMost && !starts_.contains(process)) {
      std::erase_if(starts_, [&](const auto& each) { return !each.second.is_recent(now_ns, grace_ns_); });
      if (starts_.size() >= kMost) starts_.clear();
    }
    starts_.insert_or_assign(process, start);
  }
  /// Null: it runs for long.
  [[nodiscard]] const Start* find(std::uint64_t process, std::int64_t now_ns) const {
    if (starts_.empty()) return nullptr;
    const auto found = starts_.find(process);
    return found != starts_.end() && found->second.is_recent(now_ns, grace_ns_) ? &found->second : nullptr;
  }

  /// When a container was first asked for here; after a take-over that is now.
  [[nodiscard]] std::int64_t first_seen(std::uint64_t container, std::int64_t now_ns) {
    if (containers_.size() >= kMost && !containers_.contains(container)) containers_.clear();
    return containers_.try_emplace(container, now_ns).first->second;
  }

 private:
  std::int64_t grace_ns_;
  std::unordered_map<std::uint64_t, Start> starts_;
  std::unordered_map<std::uint64_t, std::int64_t> containers_;
};

}  // namespace da
