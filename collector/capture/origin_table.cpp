#include "collector/capture/origin_table.h"

namespace da {

OriginId OriginTable::add(Origin origin) {
  auto shared = std::make_shared<const Origin>(std::move(origin));
  const std::lock_guard lock(mutex_);
  const std::uint32_t id = next_++;
  entries_.emplace(id, Entry{std::move(shared), 1});
  return OriginId{id};
}

void OriginTable::retain(OriginId id) {
  const std::lock_guard lock(mutex_);
  if (const auto it = entries_.find(to_raw(id)); it != entries_.end()) ++it->second.references;
}

void OriginTable::release(OriginId id) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(to_raw(id));
  if (it != entries_.end() && --it->second.references == 0) entries_.erase(it);
}

std::shared_ptr<const Origin> OriginTable::find(OriginId id) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(to_raw(id));
  return it == entries_.end() ? nullptr : it->second.origin;
}

std::size_t OriginTable::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace da
