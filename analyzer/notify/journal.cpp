#include "analyzer/notify/journal.h"

namespace da {

void Journal::put(ShardId shard, const std::string& key, std::string json) {
  const ShardId home = owners_.emplace(key, shard).first->second;
  changes_[home][key] = std::move(json);
}

void Journal::erase(const std::string& key) {
  const auto found = owners_.find(key);
  if (found == owners_.end()) return;
  // Also if its "set" was never taken: that may be in a commit under way.
  changes_[found->second][key] = std::nullopt;
  owners_.erase(found);
}

void Journal::adopt(ShardId shard, const std::string& key) {
  owners_.emplace(key, shard);
}

void Journal::forget(ShardId shard) {
  std::erase_if(owners_, [&](const auto& entry) { return entry.second == shard; });
  changes_.erase(shard);
}

std::optional<ShardId> Journal::owner(const std::string& key) const {
  const auto found = owners_.find(key);
  if (found == owners_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Journal::keys(ShardId shard) const {
  std::vector<std::string> keys;
  for (const auto& [key, owner] : owners_) {
    if (owner == shard) keys.push_back(key);
  }
  return keys;
}

RowChanges Journal::take(ShardId shard) {
  RowChanges changes;
  const auto found = changes_.find(shard);
  if (found == changes_.end()) return changes;
  for (auto& [key, json] : found->second) {
    if (json) {
      changes.set.emplace_back(key, *std::move(json));
    } else {
      changes.erase.push_back(key);
    }
  }
  changes_.erase(found);
  return changes;
}

}  // namespace da
