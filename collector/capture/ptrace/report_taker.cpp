#include "collector/capture/ptrace/report_taker.h"

#include <cstdio>

#include <sched.h>
#include <sys/utsname.h>

namespace da::ptrace {
namespace {

using namespace std::chrono_literals;

// Below, a look through all costs no more than asking the recent ones.
constexpr std::size_t kMany = 64;
constexpr auto kLookPerTask = 70ns;
// The share of looks in the tracer's time while the recent tasks keep it busy: a fifth.
constexpr int kBetweenLooks = 4;

// Before Linux 5.13 wait4(TID) looks through the list, too.
bool kernel_finds_by_name() noexcept {
  utsname kernel{};
  int major = 0;
  int minor = 0;
  if (::uname(&kernel) != 0) return false;
  if (std::sscanf(kernel.release, "%d.%d", &major, &minor) != 2) return false;  // NOLINT(cert-err34-c)
  return major > 5 || (major == 5 && minor >= 13);
}

bool has_room(const std::vector<WaitReport>& reports) noexcept {
  return reports.size() < reports.capacity();
}

}  // namespace

ReportTaker::ReportTaker() : asks_by_name_(kernel_finds_by_name()) {}

void ReportTaker::take(std::vector<WaitReport>& reports, std::size_t tasks) {
  if (tasks < kMany || !asks_by_name_) {
    if (const auto first = wait_next()) reports.push_back(*first);
    if (tasks > 1 && !reports.empty()) take_all(reports);
    return;
  }
  const auto look = kLookPerTask * static_cast<int>(tasks);
  ask_recent(reports);
  if (reports.empty()) {
    // At most as long as a look takes: so at the worst all costs twice as much.
    for (const auto end = monotonic_now() + look;
         !recent_.empty() && reports.empty() && monotonic_now() < end;) {
      ::sched_yield();  // a task that shares the processor can come to its stop only while we let it
      ask_recent(reports);
    }
  }
  if (reports.empty()) {
    if (const auto any = wait_next()) reports.push_back(*any);
  } else if (monotonic_now() >= next_look_ && has_room(reports)) {
    if (const auto any = poll_next()) reports.push_back(*any);
  } else {
    return;
  }
  next_look_ = monotonic_now() + kBetweenLooks * look;
}

void ReportTaker::take_all(std::vector<WaitReport>& reports) const {
  while (has_room(reports)) {
    const auto more = poll_next();
    if (!more) return;
    reports.push_back(*more);
  }
}

void ReportTaker::ask_recent(std::vector<WaitReport>& reports) {
  recent_.ask([&reports](Tid tid) {
    if (!has_room(reports)) return false;
    const auto report = poll_task(tid);
    if (report) reports.push_back(*report);
    return report.has_value();
  });
}

}  // namespace da::ptrace
