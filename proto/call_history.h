// What is remembered of each distinct call of a batch, in order of first appearance.
//
// Encoder and decoder walk the records in the same order and so hold the same state: the usual argument
// count and the arguments of the previous record of the same call, to which the next one's are deltas.
//
//   CallHistory history;
//   CallState& state = history.at(call);   // a new one, all zero, at its first appearance
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "proto/syscall_record.h"

namespace da {

struct CallState {
  std::uint8_t arg_count = 0;
  std::array<std::uint64_t, kMaxCallArgs> previous{};
};

class CallHistory {
 public:
  CallHistory() { states_.reserve(64); }

  [[nodiscard]] std::size_t size() const noexcept { return states_.size(); }
  [[nodiscard]] const std::vector<CallState>& states() const noexcept { return states_; }

  /// Valid until the next call of at().
  [[nodiscard]] CallState& at(CallId call) {
    // A slot holds index + 1. Native calls take one load; the rest go through a tree, since the numbers
    // are chosen by whoever wrote the payload and would find the collisions of a hash table.
    const auto raw = static_cast<std::uint32_t>(call);
    std::uint32_t& slot = raw < native_.size() ? native_[raw] : others_[raw];
    if (slot == 0) {
      states_.emplace_back();
      slot = static_cast<std::uint32_t>(states_.size());
    }
    return states_[slot - 1];
  }

 private:
  std::array<std::uint32_t, 512> native_{};
  std::map<std::uint32_t, std::uint32_t> others_;
  std::vector<CallState> states_;
};

}  // namespace da
