#include "analyzer/operate/alert_commands.h"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analyzer/model/decisions.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/notify/safe_text.h"
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
    entry.verdict = undecided(entry.alert.silenced_by);
    if (image.empty()) continue;
    auto known = decided.find(image);
    if (known == decided.end()) {
      auto decisions = decisions_of(redis, image);
      if (!decisions) return tl::unexpected(decisions.error());
      known = decided.emplace(image, *std::move(decisions)).first;
    }
    entry.verdict = verdict_on(entry.alert.id, entry.alert.silenced_by, known->second);
  }
  return {};
}

/// Mails that were refused for good say which alerts nobody was told of.
void add_refusals(RedisSession& redis, std::vector<AlertEntry>& entries) {
  constexpr std::string_view kDead = "dead/";
  std::map<std::string, std::string> refused;
  for (const ShardId shard : redis.shards()) {
    const auto keys = redis.fields(shard, kOutboxKey);
    if (!keys) {
      fmt::print(stderr, "analyzer: which mails were refused cannot be read: {}\n",
                 described_text(keys.error().message()));
      return;
    }
    for (const std::string& key : *keys) {
      if (!key.starts_with(kDead)) continue;
      const auto row = redis.field(shard, kOutboxKey, key);
      if (!row || !*row) continue;
      const auto letter = decode_dead_letter(**row);
      if (!letter) continue;
      for (const std::string& id : letter->alert_ids)
        refused.insert_or_assign(id, letter->answer);
    }
  }
  for (AlertEntry& entry : entries) {
    if (const auto found = refused.find(entry.alert.id); found != refused.end())
      entry.undelivered = found->second;
  }
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
      entries.push_back({*std::move(alert), {}, {}});
    }
  }
  if (auto added = add_verdicts(redis, entries); !added) return refuse(added.error());
  add_refusals(redis, entries);
  if (!options.state.empty())
    std::erase_if(entries, [&](const AlertEntry& entry) { return entry.verdict.state != options.state; });
  if (unreadable > 0) fmt::print(stderr, "analyzer: {} alerts cannot be read\n", unreadable);
  return print_all(options.json ? alerts_json(std::move(entries)) : alerts_text(std::move(entries)));
}

int show_alert(RedisSession& redis, const AlertOptions& options) {
  auto alert = find_alert(redis, options.id);
  if (!alert) return refuse(alert.error());
  std::vector<AlertEntry> entries{{*std::move(alert), {}, {}}};
  if (auto added = add_verdicts(redis, entries); !added) return refuse(added.error());
  add_refusals(redis, entries);
  ViewOptions view;
  view.mask = options.mask;
  view.config_file = options.config_file;
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
