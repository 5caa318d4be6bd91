#include "analyzer/operate/alert_desk.h"

#include <utility>

#include "analyzer/notify/row_codec.h"
#include "analyzer/store/commit.h"

namespace da {

Result<Alert> find_alert(RedisSession& redis, const std::string& id) {
  for (const ShardId shard : redis.shards()) {
    const auto row = redis.field(shard, kAlertsKey, id);
    if (!row) return tl::unexpected(row.error());
    if (!*row) continue;
    auto alert = decode_alert(**row);
    if (!alert) return tl::unexpected(alert.error());
    if (alert->id != id) return fail("alert " + id + ": another id inside");
    return alert;
  }
  return fail("no alert " + id + ": see analyzer alert list");
}

AlertVerdict undecided(const std::string& silenced_by) {
  AlertVerdict verdict;
  if (!silenced_by.empty()) verdict = {"silenced", "", "by " + silenced_by, 0};
  return verdict;
}

AlertVerdict verdict_on(const std::string& alert, const std::string& silenced_by,
                        const Decisions& decisions) {
  AlertVerdict verdict = undecided(silenced_by);
  for (const CarriedOut& done : decisions.orders) {
    const bool accepted = done.verb == verb_name(OrderVerb::accept);
    if (done.target != alert || !done.refused.empty()) continue;
    if (accepted || done.verb == verb_name(OrderVerb::reject))
      verdict = {accepted ? "accepted" : "rejected", done.author, done.comment, done.time_ns};
  }
  return verdict;
}

Result<Order> order_about(const Alert& alert, OrderVerb verb, std::string comment) {
  if (alert.behaviour.image.empty())
    return fail("alert " + alert.id + " is of a release that kept too little");
  Order order;
  order.verb = verb;
  order.target = alert.id;
  order.kind = alert.kind;
  order.about = alert.behaviour;
  order.image_name = alert.image;
  order.comment = std::move(comment);
  return order;
}

}  // namespace da
