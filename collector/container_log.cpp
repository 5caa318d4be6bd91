#include "collector/container_log.h"

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace da {
namespace {

constexpr std::size_t kMaxBirths = 16;         // of one container
constexpr std::size_t kMaxContainers = 4'096;  // Docker may be away and report nothing

bool is_same_run(Pid a, Pid b) {
  return a == b || a == Pid{} || b == Pid{};
}

}  // namespace

void ContainerLog::begun(const Container& container, bool from_first_instruction) {
  const bool is_told = !from_first_instruction && take_birth(container.id, container.init);
  if (const auto known = running_.find(container.id); known != running_.end()) {
    const Pid init = known->second.init;
    if (is_same_run(init, container.init)) {
      known->second = container;
      if (container.init == Pid{}) known->second.init = init;
      return;
    }
    ended(container.id);
  }
  if (is_told) return;  // and it has ended since

  running_[container.id] = container;
  if (from_first_instruction) {
    auto& births = births_[container.id];
    births.push_back(container.init);
    if (births.size() > kMaxBirths) births.pop_front();
    if (births_.size() > kMaxContainers) births_.erase(births_.begin());
  }
  log_info("monitoring container " + container.id, "name", container.name, "image", container.image, "pid",
           to_raw(container.init), "from", from_first_instruction ? "first_instruction" : "attach");
}

void ContainerLog::ended(const std::string& id, Pid init) {
  const auto known = running_.find(id);
  if (known == running_.end() || !is_same_run(known->second.init, init)) return;
  const Container container = std::move(known->second);
  running_.erase(known);
  log_info("finished monitoring container " + id, "name", container.name, "image", container.image);
}

void ContainerLog::missed(const Container& container) {
  if (take_birth(container.id, Pid{})) return;
  log_info("container ended before it could be monitored", "id", container.id, "name", container.name,
           "image", container.image);
}

/// Was this run begun at its birth? Docker reports each run once, in order, but may leave some out.
bool ContainerLog::take_birth(const std::string& id, Pid init) {
  const auto found = births_.find(id);
  if (found == births_.end()) return false;
  auto& births = found->second;
  const auto birth =
      std::find_if(births.begin(), births.end(), [&](Pid one) { return is_same_run(one, init); });
  if (birth == births.end()) return false;
  births.erase(births.begin(), birth + 1);
  if (births.empty()) births_.erase(found);
  return true;
}

}  // namespace da
