// The life of the guardian process: look at the collector, judge, act, sleep.
//
// Runs in the child that Guardian forks, perhaps of a threaded process: it allocates nothing, takes no lock
// and calls only what is safe then.
//
//   if (fork() == 0) guard_collector(collector, pidfd, page);
#pragma once

#include "collector/guard/guard_page.h"
#include "proto/ids.h"

namespace da {

/// Ends with the collector, `process` being its pidfd. All signals must be blocked.
[[noreturn]] void guard_collector(Pid collector, int process, GuardPage& page) noexcept;

}  // namespace da
