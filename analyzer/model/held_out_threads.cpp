#include "analyzer/model/held_out_threads.h"

#include <algorithm>

namespace da {

ThreadBounds HeldOutThreads::fit(double alarms_a_day, std::int64_t time_ns) const {
  const auto is_enough = [](const HeldOutSample& sample) { return sample.observations() >= kFewest; };
  const auto judged = std::count_if(samples_.begin(), samples_.end(), is_enough);
  ThreadBounds bounds;
  for (std::size_t i = 0; i < kThreadKinds; ++i) {
    const HeldOutSample& sample = samples_.at(i);
    if (!is_enough(sample)) continue;
    const double share =
        budgeted_share(alarms_a_day / static_cast<double>(judged), sample.observations(), time_ns);
    bounds.fitted.at(i) = sample.fit(kCombinedWeights, share);
  }
  return bounds;
}

}  // namespace da
