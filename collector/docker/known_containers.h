// What Docker says of every container it has, running or not: the rules of keeping that up to date. Pure.
//
// Part of container_set, for whoever must know a container at its first instruction. At that moment `docker
// inspect` is of no use, for it waits until the start is done; so what is known is gathered before, from
// create events and lists. They differ in the image's name: a create event has it as the user gave it, a list
// shows "sha256:..." once the tag means another image, an inspect reply has all as it should be.
//
//   KnownContainers known(filter);
//   known.event(create, actions);       // Ask{id}
//   known.told(id, entry, actions);     // Known{container, wanted}
//   known.event(destroy, actions);      // Forgotten{id}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/docker/container_action.h"
#include "collector/docker/event_parser.h"
#include "collector/docker/inspect_parser.h"
#include "collector/docker/target_filter.h"

namespace da::docker {

class KnownContainers {
 public:
  /// Of more containers than `limit` the oldest are forgotten; one that starts is asked for again.
  explicit KnownContainers(TargetFilter filter, std::size_t limit = 16'384)
      : filter_(std::move(filter)), limit_(limit) {}

  /// The daemon's list of all containers.
  void listed(const std::vector<ListedContainer>& all, Actions& actions);
  void event(const DockerEvent& event, Actions& actions);
  /// The answer to Ask; nothing if there is no such container.
  void told(const std::string& id, const std::optional<ListedContainer>& entry, Actions& actions);
  void ask_failed(const std::string& id);
  /// Asks again where that failed.
  void retry(Actions& actions);
  /// What an inspect found counts more than anything else.
  void inspected(const std::string& id, const std::optional<ContainerState>& state, Actions& actions);
  /// Tells all anew by that filter. Returns those that are wanted.
  [[nodiscard]] std::vector<std::string> set_filter(const TargetFilter& filter, Actions& actions);
  /// No Ask under way will be answered.
  void disconnected();

  /// Only an inspect can tell this container's image as the user gave it.
  [[nodiscard]] bool lacks_image_name(const std::string& id) const;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    Container container;
    std::uint64_t number = 0;  ///< counts up; of the oldest the least
    std::string given_image;   ///< as the user gave it; empty if that is not known
    bool told = false;         ///< container is what Known told
    bool fresh = false;        ///< heard of since the last disconnect
    bool asking = false;
    bool ask_again = false;  ///< something happened since
  };

  Entry& entry_of(const std::string& id, Actions& actions);
  void ask(const std::string& id, Actions& actions);
  void merge(const ListedContainer& listed, Actions& actions);
  void rename(const DockerEvent& event, Actions& actions);
  void tell(Entry& entry, Container now, Actions& actions);
  void forget(const std::string& id, Actions& actions);

  TargetFilter filter_;
  std::size_t limit_;
  std::uint64_t next_number_ = 0;
  std::map<std::string, Entry> entries_;
  std::map<std::uint64_t, std::string> by_age_;
  std::set<std::string> failed_;
};

}  // namespace da::docker
