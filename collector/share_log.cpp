#include "collector/share_log.h"

#include <fmt/format.h>

#include "common/log.h"

namespace da {
namespace {

constexpr auto kInterval = std::chrono::minutes(1);
constexpr double kComplete = 0.9995;

std::string percent(double share) {
  constexpr double kWhole = 100;
  return fmt::format("{:.1f}%", share * kWhole);
}

}  // namespace

void ShareLog::update(const Capture& capture, Time now) {
  if (next_ == Time{}) next_ = now + kInterval;
  if (now < next_) return;
  next_ = now + kInterval;
  for (const CaptureShare& share : capture.shares()) {
    if (share.coverage() >= kComplete) continue;
    log_info("a container is over its budget: its calls are not all seen", "container", share.container_name,
             "coverage", percent(share.coverage()), "stopped", percent(share.stopped_share()));
  }
}

}  // namespace da
