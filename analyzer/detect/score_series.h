// How high a score was of late: the highest of each step of five seconds, over a quarter of an hour.
//
// One for each program that live_counts counts (for the picture in a mail), one for each container of the
// status page's score_log. Pure, bounded.
//
//   series.note(time_ns, score);
//   for (int highest : series.values(now_ns)) ...   // the oldest step first
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace da {

class ScoreSeries {
 public:
  static constexpr std::int64_t kStepNs = 5'000'000'000;
  static constexpr std::size_t kSteps = 180;
  static constexpr std::int32_t kNothing = -1;  ///< nothing was judged in that step

  /// Times may come somewhat out of order. One that is older than all steps kept begins anew: the clock was
  /// set back. `score` is not negative.
  void note(std::int64_t time_ns, std::int32_t score);

  /// kSteps of them; the last is the step of `until_ns`.
  [[nodiscard]] std::vector<std::int32_t> values(std::int64_t until_ns) const;
  [[nodiscard]] bool has_any(std::int64_t until_ns) const;

 private:
  [[nodiscard]] std::int32_t at(std::int64_t step) const;

  std::int64_t newest_ = 0;          ///< step; meaningless while `steps_` is empty
  std::vector<std::int32_t> steps_;  ///< a ring, by step
};

}  // namespace da
