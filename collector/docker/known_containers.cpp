#include "collector/docker/known_containers.h"

#include <utility>

namespace da::docker {
namespace {

/// "sha256:5bdc..." or "5bdc1b63e4f2": no name of an image, or a name that looks like none.
bool looks_like_image_id(std::string_view image) {
  constexpr std::string_view kDigest = "sha256:";
  constexpr std::size_t kShortIdDigits = 12;
  if (image.starts_with(kDigest)) return true;
  return image.size() >= kShortIdDigits &&
         image.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool differ(const Container& a, const Container& b) {
  return a.name != b.name || a.image != b.image || a.image_id != b.image_id || a.labels != b.labels;
}

}  // namespace

void KnownContainers::listed(const std::vector<ListedContainer>& all, Actions& actions) {
  std::set<std::string> ids;
  // The newest come first, and are to be the last to be forgotten.
  for (auto listed = all.rbegin(); listed != all.rend(); ++listed) {
    ids.insert(listed->container.id);
    const auto known = entries_.find(listed->container.id);
    // The list may have been made before what was heard of the container since.
    if (known != entries_.end() && known->second.fresh && known->second.told) continue;
    merge(*listed, actions);
  }
  std::vector<std::string> missing;
  for (const auto& [id, entry] : entries_) {
    if (!ids.contains(id)) missing.push_back(id);
  }
  for (const std::string& id : missing) {
    // One that was heard of since may have been made after the list was.
    if (entries_.at(id).fresh) {
      ask(id, actions);
    } else {
      forget(id, actions);
    }
  }
}

void KnownContainers::event(const DockerEvent& event, Actions& actions) {
  switch (event.kind) {
    case DockerEventKind::create:
      if (!event.image.empty()) entry_of(event.id, actions).given_image = event.image;
      ask(event.id, actions);
      break;
    case DockerEventKind::start:
      // Of one that was created unseen, the list tells more than the event; a look follows anyway.
      if (!entries_.contains(event.id)) ask(event.id, actions);
      break;
    case DockerEventKind::rename:
      rename(event, actions);
      break;
    case DockerEventKind::destroy:
      forget(event.id, actions);  // an id never comes back
      break;
    case DockerEventKind::die:
    case DockerEventKind::pause:
    case DockerEventKind::unpause:
    case DockerEventKind::exec_create:
    case DockerEventKind::exec_start:
    case DockerEventKind::exec_die:
      break;
  }
}

void KnownContainers::told(const std::string& id, const std::optional<ListedContainer>& entry,
                           Actions& actions) {
  const auto known = entries_.find(id);
  if (known == entries_.end() || !std::exchange(known->second.asking, false)) return;
  const bool again = std::exchange(known->second.ask_again, false);
  if (!entry) {
    forget(id, actions);
  } else if (!again || !known->second.told) {  // else it may be older than what was told
    merge(*entry, actions);
  }
  if (again && entries_.contains(id)) ask(id, actions);
}

void KnownContainers::ask_failed(const std::string& id) {
  const auto known = entries_.find(id);
  if (known == entries_.end() || !std::exchange(known->second.asking, false)) return;
  known->second.ask_again = false;
  failed_.insert(id);
}

void KnownContainers::retry(Actions& actions) {
  for (const std::string& id : std::exchange(failed_, {}))
    ask(id, actions);
}

void KnownContainers::inspected(const std::string& id, const std::optional<ContainerState>& state,
                                Actions& actions) {
  if (!state) {
    forget(id, actions);
    return;
  }
  Entry& entry = entry_of(id, actions);
  Container now = state->container;
  now.init = Pid{};
  entry.fresh = true;
  entry.given_image = now.image;
  tell(entry, std::move(now), actions);
}

std::vector<std::string> KnownContainers::set_filter(const TargetFilter& filter, Actions& actions) {
  filter_ = filter;
  std::vector<std::string> wanted;
  for (const auto& [id, entry] : entries_) {
    if (!entry.told) continue;
    const bool wants = filter_.wants(entry.container);
    actions.emplace_back(Known{entry.container, wants});
    if (wants) wanted.push_back(id);
  }
  return wanted;
}

void KnownContainers::disconnected() {
  failed_.clear();
  for (auto& [id, entry] : entries_)
    entry.fresh = entry.asking = entry.ask_again = false;
}

bool KnownContainers::lacks_image_name(const std::string& id) const {
  const auto known = entries_.find(id);
  return known != entries_.end() && known->second.given_image.empty() &&
         looks_like_image_id(known->second.container.image);
}

KnownContainers::Entry& KnownContainers::entry_of(const std::string& id, Actions& actions) {
  if (const auto known = entries_.find(id); known != entries_.end()) return known->second;
  if (entries_.size() >= limit_) forget(std::string(by_age_.begin()->second), actions);
  Entry& entry = entries_[id];
  entry.container.id = id;
  entry.number = next_number_++;
  by_age_.emplace(entry.number, id);
  return entry;
}

/// One Ask at a time for each container, so that its answers come in order.
void KnownContainers::ask(const std::string& id, Actions& actions) {
  Entry& entry = entry_of(id, actions);
  entry.fresh = true;
  failed_.erase(id);
  if (std::exchange(entry.asking, true)) {
    entry.ask_again = true;
  } else {
    actions.emplace_back(Ask{id});
  }
}

void KnownContainers::merge(const ListedContainer& listed, Actions& actions) {
  if (listed.container.name.empty()) return;  // being removed, or unusable
  Entry& entry = entry_of(listed.container.id, actions);
  Container now = listed.container;
  if (!entry.given_image.empty()) now.image = entry.given_image;
  entry.fresh = true;
  tell(entry, std::move(now), actions);
}

/// A container that is renamed and at once started (as compose does) must be known by its new name before a
/// look can tell it.
void KnownContainers::rename(const DockerEvent& event, Actions& actions) {
  const auto known = entries_.find(event.id);
  if (known == entries_.end()) {
    ask(event.id, actions);
    return;
  }
  Entry& entry = known->second;
  entry.fresh = true;
  if (entry.asking) entry.ask_again = true;
  if (!entry.told || event.name.empty()) return;
  Container now = entry.container;
  now.name = event.name;
  tell(entry, std::move(now), actions);
}

void KnownContainers::tell(Entry& entry, Container now, Actions& actions) {
  if (entry.told && !differ(entry.container, now)) return;
  entry.told = true;
  entry.container = std::move(now);
  actions.emplace_back(Known{entry.container, filter_.wants(entry.container)});
}

void KnownContainers::forget(const std::string& id, Actions& actions) {
  const auto known = entries_.find(id);
  if (known == entries_.end()) return;
  if (known->second.told) actions.emplace_back(Forgotten{id});
  by_age_.erase(known->second.number);
  failed_.erase(id);
  entries_.erase(known);
}

}  // namespace da::docker
