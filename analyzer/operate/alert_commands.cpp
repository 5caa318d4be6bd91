#include "analyzer/operate/alert_commands.h"

#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analyzer/model/decisions.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/operate/alert_report.h"
#include "analyzer/operate/order_desk.h"
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

/// What was said to an alert last.
AlertVerdict verdict_on(const std::string& alert, const Decisions& decisions) {
  AlertVerdict verdict;
  for (const CarriedOut& done : decisions.orders) {
    const bool accepted = done.verb == verb_name(OrderVerb::accept);
    if (done.target != alert || !done.refused.empty()) continue;
    if (accepted || done.verb == verb_name(OrderVerb::reject))
      verdict = {accepted ? "accepted" : "rejected", done.author, done.comment, done.time_ns};
  }
  return verdict;
}

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
  auto entry = find_alert(redis, options.id);
  if (!entry) return refuse(entry.error());
  std::vector<AlertEntry> entries{*std::move(entry)};
  if (auto added = add_verdicts(redis, entries); !added) return refuse(added.error());
  ViewOptions view;
  view.mask = options.mask;
  return print_all(options.json ? alert_json(entries[0], view) : alert_text(entries[0], view));
}

int judge_alert(RedisSession& redis, const AlertOptions& options, OrderVerb verb) {
  const auto entry = find_alert(redis, options.id);
  if (!entry) return refuse(entry.error());
  const Alert& alert = entry->alert;
  if (alert.behaviour.image.empty())
    return refuse({{}, "alert " + options.id + " is of a release that kept too little"});
  Order order;
  order.verb = verb;
  order.target = alert.id;
  order.kind = alert.kind;
  order.about = alert.behaviour;
  order.image_name = alert.image;
  order.comment = options.comment;
  return place_order(redis, std::move(order), {}, options.json);
}

}  // namespace da
