#include "analyzer/model/threshold.h"

#include <algorithm>

namespace da {

ScoreOptions ScoreOptions::finalized() const noexcept {
  ScoreOptions result = *this;
  result.order = std::clamp<std::size_t>(order, 2, kMaxOrder);
  result.frame = std::clamp<std::size_t>(frame, 1, kMaxFrame);
  result.minimum = std::min(minimum, static_cast<unsigned>(result.frame) - 1U);
  return result;
}

void HeldOutScores::end_episode(unsigned highest) noexcept {
  observe(highest);
  ++episodes_[std::min<std::size_t>(highest, kMaxFrame)];
}

void HeldOutScores::merge(const HeldOutScores& other) noexcept {
  observe(other.highest_);
  for (std::size_t i = 0; i < episodes_.size(); ++i)
    episodes_[i] += other.episodes_[i];
}

void HeldOutScores::restore(unsigned highest,
                            const std::array<std::uint64_t, kMaxFrame + 1>& episodes) noexcept {
  highest_ = highest;
  episodes_ = episodes;
}

unsigned threshold_from(const HeldOutScores& scores, const ScoreOptions& options) noexcept {
  return std::max(options.minimum, scores.highest() + options.margin);
}

bool threshold_is_usable(unsigned threshold, const ScoreOptions& options) noexcept {
  return threshold < options.frame;
}

}  // namespace da
