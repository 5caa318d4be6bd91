#include "collector/capture/container_directory.h"

#include <utility>

namespace da {

void ContainerDirectory::put(Container container, bool wanted) {
  std::string id = container.id;
  Known known{std::make_shared<const Container>(std::move(container)), wanted};
  {
    const std::lock_guard lock(mutex_);
    containers_[std::move(id)] = std::move(known);
  }
  if (on_change_) on_change_();
}

void ContainerDirectory::erase(const std::string& id) {
  const std::lock_guard lock(mutex_);
  containers_.erase(id);
}

std::optional<ContainerDirectory::Known> ContainerDirectory::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(id);
  if (found == containers_.end()) return std::nullopt;
  return found->second;
}

std::size_t ContainerDirectory::size() const {
  const std::lock_guard lock(mutex_);
  return containers_.size();
}

}  // namespace da
