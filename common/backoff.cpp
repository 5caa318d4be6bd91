#include "common/backoff.h"

#include <algorithm>
#include <random>

namespace da {

Backoff::Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest) noexcept
    : first_(std::max(first, std::chrono::milliseconds{1})),
      longest_(std::max(longest, first_)),
      step_(first_) {}

std::chrono::milliseconds Backoff::next(double fraction) noexcept {
  const auto whole = step_;
  step_ = std::min(step_ * 2, longest_);
  const double less = static_cast<double>(whole.count()) / 2 * std::clamp(fraction, 0.0, 1.0);
  return whole - std::chrono::milliseconds{static_cast<std::int64_t>(less)};
}

std::chrono::milliseconds wait_after(std::uint32_t failures, std::chrono::milliseconds first,
                                     std::chrono::milliseconds longest) noexcept {
  auto wait = first;
  for (std::uint32_t i = 1; i < failures && wait < longest; ++i)
    wait *= 2;
  return std::min(wait, longest);
}

double random_fraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>{}(generator);
}

}  // namespace da
