#include "analyzer/notify/severity.h"

#include <cmath>

namespace da {
namespace {

constexpr double kHigh = 2.0;
constexpr double kMedium = 1.25;

Severity by_score(const Alert& alert) noexcept {
  // A threshold of none, or a score that is no number: it is an alert all the same.
  if (!(alert.threshold > 0.0) || std::isnan(alert.score)) return Severity::medium;
  const double times = alert.score / alert.threshold;
  if (times >= kHigh) return Severity::high;
  return times >= kMedium ? Severity::medium : Severity::low;
}

}  // namespace

Severity severity_of(const Alert& alert) noexcept {
  switch (alert.kind) {
    case AlertKind::new_executable:
      // From outside it is, most of all, an administrator with a tool of his own.
      return alert.started_by == kOutside ? Severity::medium : Severity::high;
    case AlertKind::unseen_sequence:
    case AlertKind::unusual_thread:
      return by_score(alert);
    case AlertKind::new_start:
    case AlertKind::new_call:
    case AlertKind::new_directory_read:  // often all that a path traversal shows
    case AlertKind::new_directory_changed:
    case AlertKind::new_address:
      return Severity::medium;
    case AlertKind::new_arguments:
    case AlertKind::unusual_pace:
      return Severity::low;
  }
  return Severity::medium;
}

}  // namespace da
