#include "analyzer/operate/alert_commands.h"

#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analyzer/model/decisions.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/operate/alert_desk.h"
#include "analyzer/operate/alert_report.h"
#include "analyzer/operate/order_desk.h"
#include "analyzer/operate/output.h"
#include "analyzer/store/commit.h"

namespace da {
namespace {

Result<> add_verdicts(RedisSession& redis, std::vector<AlertEntry>& entries) {
  std::map<std::string, Decisions> decided;
  for (AlertEntry& entry : entries) {
    const std::string& image = entry.alert.behaviour.image;
    if (image.empty()) continue;
    auto known = decided.find(image);
    if (known == decided.end()) {
      auto decisions = decisions_of(redis, image);
      if (!decisions) return tl::unexpected(decisions.error());
      known = decided.emplace(image, *std::move(decisions)).first;
    }
    entry.verdict = verdict_on(entry.alert.id, known->second);
  }
  return {};
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
  if (auto added = add_verdicts(redis, entries); !added) return refuse(added.error());
  if (!options.state.empty())
    std::erase_if(entries, [&](const AlertEntry& entry) { return entry.verdict.state != options.state; });
  if (unreadable > 0) fmt::print(stderr, "analyzer: {} alerts cannot be read\n", unreadable);
  return print_all(options.json ? alerts_json(std::move(entries)) : alerts_text(std::move(entries)));
}

int show_alert(RedisSession& redis, const AlertOptions& options) {
  auto alert = find_alert(redis, options.id);
  if (!alert) return refuse(alert.error());
  std::vector<AlertEntry> entries{{*std::move(alert), {}}};
  if (auto added = add_verdicts(redis, entries); !added) return refuse(added.error());
  ViewOptions view;
  view.mask = options.mask;
  return print_all(options.json ? alert_json(entries[0], view) : alert_text(entries[0], view));
}

int judge_alert(RedisSession& redis, const AlertOptions& options, OrderVerb verb) {
  const auto alert = find_alert(redis, options.id);
  if (!alert) return refuse(alert.error());
  auto order = order_about(*alert, verb, options.comment);
  if (!order) return refuse(order.error());
  return place_order(redis, *std::move(order), {}, options.json);
}

}  // namespace da
