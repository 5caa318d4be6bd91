#include "collector/capture/ptrace/report_taker.h"

#include <algorithm>
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

// Reports one by one before all that there are.
constexpr int kMostSkips = 7;

// What waking a sleeping processor takes in a virtual machine.
constexpr MonotonicTime kLongestAwake = 100us;
// By then someone else has had the processor, and will again.
constexpr MonotonicTime kTooLongAmongMany = 1ms;

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

ReportTaker::ReportTaker(RunQueue& run_queue)
    : asks_by_name_(kernel_finds_by_name()),
      run_queue_(run_queue),
      with_few_(kLongestAwake),
      with_many_(kTooLongAmongMany) {}

void ReportTaker::take(std::vector<WaitReport>& reports, std::size_t tasks) {
  slept_ = false;
  if (tasks < kMany || !asks_by_name_) {
    take_of_few(reports, tasks > 1);
  } else {
    take_of_many(reports, kLookPerTask * static_cast<int>(tasks));
  }
}

void ReportTaker::take_of_few(std::vector<WaitReport>& reports, bool has_others) {
  const auto look = [&] {
    const auto first = poll_next();
    if (!first) return;
    reports.push_back(*first);
    if (has_others) take_further(reports);
  };
  if (!with_few_.is_paused() || with_few_.has(monotonic_now())) {
    look();
    if (reports.empty()) look_awake(reports, with_few_, kLongestAwake, look);
  }
  if (!reports.empty()) return;
  sleep(reports);
  if (has_others && !reports.empty()) take_further(reports);
}

void ReportTaker::take_of_many(std::vector<WaitReport>& reports, MonotonicTime look) {
  // In any case: with the recent ones' reports out of its way a look finds the others.
  ask_recent(reports);
  if (reports.empty() && !recent_.empty() && with_many_.has(monotonic_now())) {
    // At most as long as a look takes: so at the worst all costs twice as much.
    look_awake(reports, with_many_, look, [&] { ask_recent(reports); });
  }
  if (reports.empty()) {
    sleep(reports);
  } else if (monotonic_now() >= next_look_ && has_room(reports)) {
    if (const auto any = poll_next()) reports.push_back(*any);
  } else {
    return;
  }
  next_look_ = monotonic_now() + kBetweenLooks * look;
}

/// Looks until there is a report, or `longest` has passed; it may take longer if others have the processor.
template <typename Look>
void ReportTaker::look_awake(std::vector<WaitReport>& reports, Patience& patience, MonotonicTime longest,
                             Look look) {
  const auto begin = monotonic_now();
  auto now = begin;
  while (reports.empty() && now < begin + longest) {
    ::sched_yield();  // a task that shares the processor can come to its stop only while we let it
    look();
    now = monotonic_now();
  }
  // A task that ran for long before its stop cost nobody anything; someone else in its place did.
  const bool was_late = now >= begin + longest;
  const bool was_the_task = was_late && !reports.empty() && run_queue_.is_ours_alone(now);
  if (!was_late || was_the_task) yielded_ += now - begin;
  if (!was_the_task) patience.waited(begin, now);
}

void ReportTaker::sleep(std::vector<WaitReport>& reports) {
  slept_ = true;
  if (const auto any = wait_next()) reports.push_back(*any);
}

/// The list is looked through from its start, so whoever is at its end has its turn only if it is emptied.
/// But to find nothing more costs as much as to find something: so the less is found, the seldomer is looked.
void ReportTaker::take_further(std::vector<WaitReport>& reports) {
  if (until_look_-- > 0) return;
  const auto before = reports.size();
  while (has_room(reports)) {
    const auto more = poll_next();
    if (!more) break;
    reports.push_back(*more);
  }
  skips_ = reports.size() > before ? 0 : std::min(2 * skips_ + 1, kMostSkips);
  until_look_ = skips_;
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
