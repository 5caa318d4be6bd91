// Which refused entries the log hears of: the first of each kind, then one in ten seconds. Pure.
//
//   if (auto unsaid = refusals.note("malformed", now)) log_warning(..., "more", *unsaid);
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace da {

class Refusals {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kQuiet{10};

  /// The number of refusals of the kind since the last one that was told, if this one should be.
  [[nodiscard]] std::optional<std::uint64_t> note(std::string_view kind, Clock::time_point now) {
    Kind& state = kinds_[std::string(kind)];
    if (state.told && now - *state.told < kQuiet) {
      ++state.unsaid;
      return std::nullopt;
    }
    state.told = now;
    return std::exchange(state.unsaid, 0);
  }

 private:
  struct Kind {
    std::optional<Clock::time_point> told;
    std::uint64_t unsaid = 0;
  };
  std::map<std::string, Kind> kinds_;
};

}  // namespace da
