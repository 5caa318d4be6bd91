// The processes of a program that have accepted a connection: what they do is done while serving.
//
// Used by habits. Bounded: of more, all are forgotten, and then count as such that start, which is never told
// more.
//
//   serving.insert(process);
//   if (serving.contains(process)) ...       // of the same process as the last time: no look-up
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

namespace da {

class ServingProcesses {
 public:
  static constexpr std::size_t kMost = 4096;

  ServingProcesses() = default;
  explicit ServingProcesses(const std::vector<std::uint64_t>& processes)
      : all_(processes.begin(), processes.end()) {}

  [[nodiscard]] bool contains(std::uint64_t process) const {
    if (asked_ != process) {
      serves_ = all_.contains(process);
      asked_ = process;
    }
    return serves_;
  }
  /// True if it did not serve before.
  bool insert(std::uint64_t process) {
    if (contains(process)) return false;
    if (all_.size() >= kMost) all_.clear();
    all_.insert(process);
    asked_.reset();
    return true;
  }
  /// True if it served.
  bool erase(std::uint64_t process) {
    if (!contains(process)) return false;
    all_.erase(process);
    asked_.reset();
    return true;
  }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] std::vector<std::uint64_t> all() const { return {all_.begin(), all_.end()}; }

 private:
  std::unordered_set<std::uint64_t> all_;
  mutable std::optional<std::uint64_t> asked_;  ///< the last one asked for, of which
  mutable bool serves_ = false;
};

}  // namespace da
