// Tells when one of some processes forks another, within a millisecond: the kernel's process connector.
//
// Used by capture's loop to see `docker exec` before its program runs: the parents are the containerd-shims
// of the watched containers. Forks of other processes are dropped in the kernel, unseen (fork_filter). The
// kernel serves it in the host's network, pid and user namespaces only, and before Linux 6.6 to CAP_NET_ADMIN
// alone.
//
//   auto forks = ForkEvents::open();
//   if (!forks) return tl::unexpected(forks.error());   // the caller looks at cgroup.procs now and then
//   forks->set_parents(shims);                          // then looks at the children that they have already
//   for (const ForkEvent& fork : forks->read().forks)   // when fd() is readable
//     seize(fork.child);
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "collector/capture/birth/fork_message.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace da {

struct ForkNews {
  std::vector<ForkEvent> forks;
  bool lost = false;  ///< there were more than the socket holds: look at the children of all parents
};

class ForkEvents {
 public:
  /// The error says what is missing. Without set_parents() nothing is told.
  [[nodiscard]] static Result<ForkEvents> open();
  ForkEvents(ForkEvents&&) = default;
  ForkEvents& operator=(ForkEvents&&) = delete;
  ~ForkEvents();

  /// Readable when there is something to read().
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  /// Replaces the set. Forks from now on are told; a child that is there already is for the caller to find.
  void set_parents(std::span<const Pid> parents);
  /// What happened since the last call, in order. Does not wait.
  [[nodiscard]] ForkNews read();

 private:
  explicit ForkEvents(UniqueFd socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<> listen();
  [[nodiscard]] Result<> attach_filter(std::span<const Pid> parents) const;

  UniqueFd socket_;
  std::set<Pid> parents_;
};

}  // namespace da
