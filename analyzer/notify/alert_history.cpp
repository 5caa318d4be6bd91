#include "analyzer/notify/alert_history.h"

#include <algorithm>
#include <utility>

#include "analyzer/notify/alert_bounds.h"
#include "analyzer/notify/row_codec.h"

namespace da {
namespace {

std::string kind_of(const Alert& alert) {
  std::string kind = std::to_string(static_cast<unsigned>(alert.kind));
  for (const std::string* part : {&alert.host, &alert.container_id, &alert.executable})
    kind += '\0' + *part;
  return kind;
}

}  // namespace

void AlertHistory::add(ShardId shard, const Alert& alert) {
  Shard& rows = shards_[shard];
  if (rows.rows.contains(alert.id)) return;  // its batch is read again after a crash
  Alert kept = alert;
  bound_alert(kept);
  std::string row = encode_alert(kept);
  keep(rows, kept, row.size());
  rows.fresh.insert_or_assign(kept.id, std::move(row));
  make_room(rows);
}

void AlertHistory::restate(ShardId shard, const Alert& alert) {
  const auto rows = shards_.find(shard);
  if (rows == shards_.end()) return;
  const auto found = rows->second.rows.find(alert.id);
  if (found == rows->second.rows.end()) return;  // it made room for others
  rows->second.bytes -= found->second.bytes;
  std::string row = encode_alert(alert);
  keep(rows->second, alert, row.size());
  rows->second.fresh.insert_or_assign(alert.id, std::move(row));
  make_room(rows->second);
}

RowChanges AlertHistory::take_changes(ShardId shard) {
  RowChanges changes;
  const auto found = shards_.find(shard);
  if (found == shards_.end()) return changes;
  for (auto& [id, row] : found->second.fresh)
    changes.set.emplace_back(id, std::move(row));
  found->second.fresh.clear();
  changes.erase = std::exchange(found->second.gone, {});
  return changes;
}

std::size_t AlertHistory::restore(ShardId shard, const std::map<std::string, std::string>& rows) {
  Shard& restored = shards_[shard] = {};
  std::size_t refused = 0;
  for (const auto& [id, row] : rows) {
    const auto alert = decode_alert(row);
    if (alert && alert->id == id) {
      keep(restored, *alert, row.size());
    } else {
      ++refused;
      restored.gone.push_back(id);
    }
  }
  make_room(restored);
  return refused;
}

void AlertHistory::keep(Shard& shard, const Alert& alert, std::size_t bytes) {
  shard.rows.insert_or_assign(alert.id, Row{kind_of(alert), alert.time_ns, bytes});
  shard.bytes += bytes;
}

void AlertHistory::make_room(Shard& shard) const {
  while (shard.rows.size() > limits_.rows || (shard.bytes > limits_.bytes && shard.rows.size() > 1)) {
    std::map<std::string, std::size_t> repeats;
    std::size_t most = 0;
    for (const auto& [id, row] : shard.rows)
      most = std::max(most, ++repeats[row.kind]);
    // The oldest of those that repeat most.
    auto oldest = shard.rows.end();
    for (auto row = shard.rows.begin(); row != shard.rows.end(); ++row) {
      if (repeats[row->second.kind] < most) continue;
      if (oldest == shard.rows.end() || row->second.time_ns < oldest->second.time_ns) oldest = row;
    }
    shard.bytes -= oldest->second.bytes;
    if (shard.fresh.erase(oldest->first) == 0) shard.gone.push_back(oldest->first);
    shard.rows.erase(oldest);
  }
}

}  // namespace da
