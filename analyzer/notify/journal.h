// Which rows the store must set and delete, shard by shard, to hold what the notifier holds. Pure.
//
// Used by NotifyState. Every row belongs to the shard in whose checkpoint it is saved, so that a position
// and the alerts found up to it are saved together.
//
//   journal.put(shard, "alert/3f2a", json);
//   RowChanges changes = journal.take(shard);   // for the next commit of that shard
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/ids.h"

namespace da {

struct RowChanges {
  std::vector<std::pair<std::string, std::string>> set;  ///< key, JSON
  std::vector<std::string> erase;

  [[nodiscard]] bool empty() const noexcept { return set.empty() && erase.empty(); }
};

class Journal {
 public:
  /// A row that exists already stays in its shard, whichever is named.
  void put(ShardId shard, const std::string& key, std::string json);
  /// Its row, if it has one.
  void erase(const std::string& key);
  /// A row that the store has already.
  void adopt(ShardId shard, const std::string& key);
  /// Forgets the shard: its rows are another analyzer's now.
  void forget(ShardId shard);

  [[nodiscard]] std::optional<ShardId> owner(const std::string& key) const;
  [[nodiscard]] std::vector<std::string> keys(ShardId shard) const;
  [[nodiscard]] RowChanges take(ShardId shard);

 private:
  std::map<std::string, ShardId> owners_;
  std::map<ShardId, std::map<std::string, std::optional<std::string>>> changes_;  ///< nothing: delete it
};

}  // namespace da
