#include "collector/docker/container_set.h"

#include <utility>

namespace da::docker {
namespace {

/// Good enough for the filter and the log: the attributes hold the labels, and some keys more.
Container as_container(const DockerEvent& event) {
  Container container;
  container.id = event.id;
  container.name = event.name;
  container.image = event.image;
  container.labels = event.attributes;
  return container;
}

}  // namespace

Actions ContainerSet::listed(const std::vector<ListedContainer>& all) {
  Actions actions;
  known_.listed(all, actions);
  std::set<std::string> ids;
  for (const ListedContainer& listed : all) {
    const std::string& id = listed.container.id;
    if (listed.may_run || known_.lacks_image_name(id)) ids.insert(id);
  }
  // A known container that is not listed is not simply gone: it may have started after the list was made.
  for (const auto& [id, state] : watched_)
    ids.insert(id);
  for (const std::string& id : ids)
    want_look(id, actions);
  return actions;
}

Actions ContainerSet::event(const DockerEvent& event) {
  Actions actions;
  known_.event(event, actions);
  switch (event.kind) {
    case DockerEventKind::start:
      want_look(event.id, actions, as_container(event));
      break;
    case DockerEventKind::die:
    case DockerEventKind::destroy:
      // Of a container that is neither watched nor looked at, there is nothing to find out.
      if (watched_.contains(event.id) || pending_.contains(event.id) || failed_.contains(event.id)) {
        want_look(event.id, actions);
      }
      break;
    case DockerEventKind::rename:
      want_look(event.id, actions);  // by its new name the filter may decide differently
      break;
    case DockerEventKind::exec_start:
      if (watched_.contains(event.id)) actions.emplace_back(ExecStarted{event.id});
      break;
    case DockerEventKind::create:
    case DockerEventKind::pause:
    case DockerEventKind::unpause:
    case DockerEventKind::exec_create:
    case DockerEventKind::exec_die:
      break;  // its processes stay what they are, or are none yet
  }
  return actions;
}

Actions ContainerSet::looked(const std::string& id, const std::optional<ContainerState>& state) {
  Actions actions;
  const auto pending = pending_.find(id);
  if (pending == pending_.end()) return actions;  // asked for before a disconnect
  const Pending look = std::exchange(pending->second, Pending{});
  pending_.erase(pending);

  known_.inspected(id, state, actions);  // first: whoever hears of a run knows the container
  const bool runs = state && state->running;
  if (look.started && !runs && !watched_.contains(id) && filter_.wants(*look.started)) {
    actions.emplace_back(Missed{*look.started});
  }
  compare(id, state, actions);
  if (look.again) want_look(id, actions);
  return actions;
}

Actions ContainerSet::look_failed(const std::string& id) {
  if (pending_.erase(id) != 0) failed_.insert(id);
  return {};
}

Actions ContainerSet::told(const std::string& id, const std::optional<ListedContainer>& entry) {
  Actions actions;
  known_.told(id, entry, actions);
  return actions;
}

Actions ContainerSet::ask_failed(const std::string& id) {
  known_.ask_failed(id);
  return {};
}

Actions ContainerSet::retry() {
  Actions actions;
  known_.retry(actions);
  for (const std::string& id : std::exchange(failed_, {}))
    want_look(id, actions);
  return actions;
}

Actions ContainerSet::set_filter(const TargetFilter& filter, bool look) {
  Actions actions;
  filter_ = filter;
  const std::vector<std::string> wanted = known_.set_filter(filter, actions);
  for (auto watched = watched_.begin(); watched != watched_.end();) {
    if (filter_.wants(watched->second.container)) {
      ++watched;
    } else {
      actions.emplace_back(Gone{std::move(watched->second.container)});
      watched = watched_.erase(watched);
    }
  }
  for (const std::string& id : wanted) {
    if (look && !watched_.contains(id)) want_look(id, actions);
  }
  return actions;
}

void ContainerSet::disconnected() {
  pending_.clear();
  failed_.clear();
  known_.disconnected();
}

void ContainerSet::want_look(const std::string& id, Actions& actions, std::optional<Container> started) {
  failed_.erase(id);
  const auto [pending, is_new] = pending_.try_emplace(id);
  if (started) pending->second.started = std::move(started);
  if (is_new) {
    actions.emplace_back(Look{id});
  } else {
    pending->second.again = true;
  }
}

void ContainerSet::compare(const std::string& id, const std::optional<ContainerState>& state,
                           Actions& actions) {
  const bool wanted = state && state->running && filter_.wants(state->container);
  const auto known = watched_.find(id);
  if (known != watched_.end() && (!wanted || !known->second.same_run(*state))) {
    actions.emplace_back(Gone{std::move(known->second.container)});
    watched_.erase(known);
  }
  if (!wanted) return;
  // A container that was renamed keeps its entry, and gets its new name for the log.
  const bool appeared = watched_.insert_or_assign(id, *state).second;
  if (appeared) actions.emplace_back(Appeared{state->container});
}

}  // namespace da::docker
