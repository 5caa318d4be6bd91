// All signals of the calling thread are blocked as long as this lives, for a thread or process that is
// started meanwhile: it inherits that. Signals belong to the main thread.
//
//   const BlockedSignals blocked;
//   std::thread thread(...);
#pragma once

#include <csignal>

namespace da {

class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace da
