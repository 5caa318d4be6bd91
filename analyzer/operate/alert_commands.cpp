#include "analyzer/operate/alert_commands.h"

#include <fmt/format.h>

#include "analyzer/notify/row_codec.h"
#include "analyzer/operate/alert_report.h"
#include "analyzer/operate/output.h"
#include "analyzer/store/commit.h"

namespace da {
namespace {

Result<AlertEntry> find_alert(RedisSession& redis, const std::string& id) {
  for (const ShardId shard : redis.shards()) {
    const auto row = redis.field(shard, kAlertsKey, id);
    if (!row) return tl::unexpected(row.error());
    if (!*row) continue;
    auto alert = decode_alert(**row);
    if (!alert) return tl::unexpected(alert.error());
    if (alert->id != id) return fail("alert " + id + ": another id inside");
    return AlertEntry{*std::move(alert), {}};
  }
  return fail("no alert " + id + ": see analyzer alert list");
}

}  // namespace

int list_alerts(RedisSession& redis, const AlertOptions& options) {
  std::vector<AlertEntry> entries;
  std::size_t unreadable = 0;
  for (const ShardId shard : redis.shards()) {
    auto rows = redis.hash(shard, kAlertsKey);
    if (!rows) return refuse(rows.error());
    for (const auto& [id, row] : *rows) {
      auto alert = decode_alert(row);
      if (!alert || alert->id != id) {
        ++unreadable;
        continue;
      }
      entries.push_back({*std::move(alert), {}});
    }
  }
  if (!options.state.empty())
    std::erase_if(entries, [&](const AlertEntry& entry) { return entry.verdict.state != options.state; });
  if (unreadable > 0) fmt::print(stderr, "analyzer: {} alerts cannot be read\n", unreadable);
  return print_all(options.json ? alerts_json(std::move(entries)) : alerts_text(std::move(entries)));
}

int show_alert(RedisSession& redis, const AlertOptions& options) {
  const auto entry = find_alert(redis, options.id);
  if (!entry) return refuse(entry.error());
  ViewOptions view;
  view.mask = options.mask;
  return print_all(options.json ? alert_json(*entry, view) : alert_text(*entry, view));
}

}  // namespace da
