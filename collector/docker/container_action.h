// What the rules about containers (container_set, known_containers) ask of the watcher, or tell it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "collector/capture/container.h"

namespace da::docker {

/// Inspect this container and answer with looked() or look_failed(). May take as long as the container's
/// start does: Docker answers when the start is done.
struct Look {
  std::string id;
};
/// Get this container's entry of the list and answer with told() or ask_failed(). Waits for no start.
struct Ask {
  std::string id;
};
/// There is such a container, running or not; or something about it has changed. Without a pid.
struct Known {
  Container container;
  bool wanted = false;  ///< by the filter
};
/// There is no such container any more.
struct Forgotten {
  std::string id;
};
struct Appeared {
  Container container;
};
struct Gone {
  Container container;
};
/// It started and ended before it could be looked at: what its start event said of it, without a pid.
struct Missed {
  Container container;
};
/// Something is about to be executed in a watched container, by `docker exec` or a health check.
struct ExecStarted {
  std::string id;
};
using Action = std::variant<Look, Ask, Known, Forgotten, Appeared, Gone, Missed, ExecStarted>;
using Actions = std::vector<Action>;

}  // namespace da::docker
