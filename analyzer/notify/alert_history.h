// The alerts of late, as rows for the store to keep after they were mailed, so that an operator can look at
// one, accept it or reject it.
//
// Used by the analyzer's wiring beside the notifier; the rows are read by `analyzer alert`. Pure. Bounded in
// rows and bytes of each shard: what has most rows (a program that departs all the time) makes room first.
//
//   history.add(shard, alert);
//   RowChanges rows = history.take_changes(shard);      // into the shard's commit
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/notify/alert.h"
#include "analyzer/notify/journal.h"
#include "proto/ids.h"

namespace da {

struct HistoryLimits {
  std::size_t rows = 200;  ///< of each shard
  std::size_t bytes = std::size_t{4} << 20U;
};

class AlertHistory {
 public:
  explicit AlertHistory(HistoryLimits limits = {}) : limits_(limits) {}

  /// One that is there already stays as it is.
  void add(ShardId shard, const Alert& alert);
  /// It is silenced now, or told after all: its row, if it is still there, is written anew.
  void restate(ShardId shard, const Alert& alert);
  /// Since the last call.
  [[nodiscard]] RowChanges take_changes(ShardId shard);

  /// The rows that are stored: id and JSON. One that cannot be read is erased with the next commit; returns
  /// how many those are.
  std::size_t restore(ShardId shard, const std::map<std::string, std::string>& rows);
  void release(ShardId shard) { shards_.erase(shard); }

 private:
  struct Row {
    std::string kind;  ///< what repeats of it have in common
    std::int64_t time_ns = 0;
    std::size_t bytes = 0;
  };
  struct Shard {
    std::map<std::string, Row> rows;
    std::size_t bytes = 0;
    std::map<std::string, std::string> fresh;  ///< not stored yet
    std::vector<std::string> gone;             ///< stored, and to be erased
  };

  static void keep(Shard& shard, const Alert& alert, std::size_t bytes);
  void make_room(Shard& shard) const;

  HistoryLimits limits_;
  std::map<ShardId, Shard> shards_;
};

}  // namespace da
