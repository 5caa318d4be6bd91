// The calling thread has its turn before others, on a busy machine, too. Where that is not allowed (it needs
// CAP_SYS_NICE), it goes without.
//
// Used by who must act in time for the containers' sake: the guardian, the tracers and the lookout.
#pragma once

#include <sys/resource.h>

namespace da {

inline void go_before_others() noexcept {
  constexpr int kAboveNormal = -10;
  ::setpriority(PRIO_PROCESS, 0, kAboveNormal);  // 0: this thread
}

}  // namespace da
