// Which log lines are written when the same one comes again and again: the first few of a span, then one that
// tells how many were left out. The same is: the same message about the same thing, the value of its first
// field. Pure.
//
// Used by log.cpp. So what fails a thousand times a second cannot fill a disk, nor hide the rest; and what
// is about another container, or another alert, is another line.
//
//   LogRepeats repeats;
//   if (auto before = repeats.admit("cannot inspect container", " id=4f66 reason=...", now)) write(*before);
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace da {

class LogRepeats {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Nothing: leave it out. Else how many of the same were left out before it. `fields` as they are
  /// written: " key=value key=\"value\"".
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view message, std::string_view fields,
                                                   Time now);

  struct LeftOut {
    std::string message;
    std::string field;  ///< " key=value", or empty
    std::uint64_t lines = 0;
  };
  /// Of what has not come again since its span ended, what was left out. Call with each line.
  [[nodiscard]] std::vector<LeftOut> take_ended(Time now);

  static constexpr std::chrono::seconds kSpan{10};
  static constexpr unsigned kInSpan = 5;
  static constexpr std::size_t kMost = 256;  ///< of different lines that are remembered

 private:
  struct Line {
    Time since;
    unsigned written = 0;
    std::uint64_t left_out = 0;
  };
  using Key = std::pair<std::string, std::string>;

  std::map<Key, Line> lines_;
  Time looked_{};
};

}  // namespace da
