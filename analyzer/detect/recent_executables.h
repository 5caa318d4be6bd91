// Remembers which new executables were told lately, so that each is told once per container and hour.
//
// Pure; used by the detector. Bounded: when it is full, the one told longest ago is forgotten.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace da {

class RecentExecutables {
 public:
  static constexpr std::size_t kCapacity = 4096;

  explicit RecentExecutables(std::int64_t repeat_after_ns) : repeat_after_ns_(repeat_after_ns) {}

  /// True if it is to be told now; it is remembered then.
  bool tell(const std::string& what, std::int64_t time_ns) {
    const auto found = told_.find(what);
    if (found != told_.end()) {
      // Records of several shards come out of order, so a time shortly before the last one is "lately" too;
      // longer before it, a clock was set back.
      const auto then = static_cast<std::uint64_t>(found->second);
      const auto now = static_cast<std::uint64_t>(time_ns);
      const std::uint64_t apart = time_ns > found->second ? now - then : then - now;
      if (apart < static_cast<std::uint64_t>(repeat_after_ns_)) return false;
      found->second = time_ns;
      changed_ = true;
      return true;
    }
    if (told_.size() >= kCapacity) {
      told_.erase(std::min_element(told_.begin(), told_.end(),
                                   [](const auto& a, const auto& b) { return a.second < b.second; }));
    }
    told_.emplace(what, time_ns);
    changed_ = true;
    return true;
  }

  /// For the codec.
  [[nodiscard]] const std::map<std::string, std::int64_t>& told() const noexcept { return told_; }
  void restore(std::string what, std::int64_t time_ns) {
    if (told_.size() < kCapacity) told_.insert_or_assign(std::move(what), time_ns);
  }
  /// Since the last call.
  [[nodiscard]] bool take_changed() noexcept { return std::exchange(changed_, false); }

 private:
  std::int64_t repeat_after_ns_;
  std::map<std::string, std::int64_t> told_;
  bool changed_ = false;
};

}  // namespace da
