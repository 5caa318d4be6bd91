// Which containers run and are watched, and what changes: the rules of reconciliation. Pure.
//
// Used by the watcher. An event is never believed, only followed: it says "look at this container", and
// what an inspect then finds is compared with what is known. So it does not matter in which order events,
// list and inspect replies arrive, whether an event is old, doubled or about a container that is listed
// as well, or what was missed while the daemon was away. Two rules make it safe:
//  - one look at a container at a time; whatever happens meanwhile asks for another look after it;
//  - a run of a container is its pid and start time: another run is gone + appeared.
// What is known of containers that do not run is kept beside, by known_containers.
//
//   ContainerSet set(filter);
//   for (const auto& action : set.event(event)) ...       // Look{id}
//   for (const auto& action : set.looked(id, state)) ...  // Appeared{container}, Gone{container}, Look{id}
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/docker/container_action.h"
#include "collector/docker/event_parser.h"
#include "collector/docker/inspect_parser.h"
#include "collector/docker/known_containers.h"
#include "collector/docker/target_filter.h"

namespace da::docker {

class ContainerSet {
 public:
  explicit ContainerSet(const TargetFilter& filter) : filter_(filter), known_(filter) {}

  /// The daemon's list of all containers: each that runs and each watched one is looked at.
  [[nodiscard]] Actions listed(const std::vector<ListedContainer>& all);
  [[nodiscard]] Actions event(const DockerEvent& event);
  /// `state` is nothing if there is no such container (any more).
  [[nodiscard]] Actions looked(const std::string& id, const std::optional<ContainerState>& state);
  /// Nothing is known of the container's state: what was known stays, until retry() looks again.
  [[nodiscard]] Actions look_failed(const std::string& id);
  /// The answers to Ask.
  [[nodiscard]] Actions told(const std::string& id, const std::optional<ListedContainer>& entry);
  [[nodiscard]] Actions ask_failed(const std::string& id);
  /// Looks and asks again where that failed. Call now and then.
  [[nodiscard]] Actions retry();
  /// From now on that filter counts. What it no longer wants is gone; what it wants now is looked at, unless
  /// listed() is to come anyway (`look` is false).
  [[nodiscard]] Actions set_filter(const TargetFilter& filter, bool look);
  /// Nothing that is under way will be answered; listed() follows when the daemon is back.
  void disconnected();

  /// How many containers are watched.
  [[nodiscard]] std::size_t size() const noexcept { return watched_.size(); }

 private:
  /// A look under way.
  struct Pending {
    bool again = false;                ///< something happened since it was sent
    std::optional<Container> started;  ///< by the start event that led to it, if one did
  };

  void want_look(const std::string& id, Actions& actions, std::optional<Container> started = std::nullopt);
  void compare(const std::string& id, const std::optional<ContainerState>& state, Actions& actions);

  TargetFilter filter_;
  KnownContainers known_;
  std::map<std::string, ContainerState> watched_;
  std::map<std::string, Pending> pending_;
  std::set<std::string> failed_;
};

}  // namespace da::docker
