// Tells the operator of the containers that are monitored: when each run begins and ends, once.
//
// Used by the wiring, on its one thread. A run may be heard of twice, from capture at its birth and from
// Docker a moment later, and the two may end in any order; a run is told by its first process.
//
//   log.begun(container, true);              // capture, at its first instruction
//   log.begun(container, false);             // Docker: nothing new
//   log.ended(container.id, container.init); // whoever is first
//   log.missed(container);                   // Docker saw nothing of it; but capture may have
#pragma once

#include <deque>
#include <map>
#include <string>

#include "collector/capture/container.h"

namespace da {

class ContainerLog {
 public:
  /// `from_first_instruction`: capture has it from its birth; else it is attached to now, as Docker reports
  /// it.
  void begun(const Container& container, bool from_first_instruction);
  /// `init`: the first process of the run that ended, so that an old run's late end is not taken for the end
  /// of the next one; 0 for whichever runs.
  void ended(const std::string& id, Pid init = Pid{});
  /// It started and ended before Docker could be asked about it.
  void missed(const Container& container);

 private:
  [[nodiscard]] bool take_birth(const std::string& id, Pid init);

  std::map<std::string, Container> running_;
  /// Runs that began at their birth and that Docker has yet to report.
  std::map<std::string, std::deque<Pid>> births_;
};

}  // namespace da
