// One stored alert: found by its id, what was said to it, and the order by which something is said to it.
//
// Used by `analyzer alert` and the status page.
//
//   const auto alert = find_alert(redis, "a-5d1c09e77a42");            // Result<Alert>
//   const auto order = order_about(*alert, OrderVerb::accept, "a new release");   // Result<Order>
#pragma once

#include <string>

#include "analyzer/model/decisions.h"
#include "analyzer/notify/alert.h"
#include "analyzer/notify/order.h"
#include "analyzer/operate/alert_report.h"
#include "analyzer/operate/redis_session.h"
#include "common/result.h"

namespace da {

[[nodiscard]] Result<Alert> find_alert(RedisSession& redis, const std::string& id);
/// Of an alert to which nobody said anything: open, or silenced.
[[nodiscard]] AlertVerdict undecided(const std::string& silenced_by);
/// What was said to an alert last; if nothing, undecided().
[[nodiscard]] AlertVerdict verdict_on(const std::string& alert, const std::string& silenced_by,
                                      const Decisions& decisions);
/// accept or reject. An error for an alert of a release that kept too little.
[[nodiscard]] Result<Order> order_about(const Alert& alert, OrderVerb verb, std::string comment);

}  // namespace da
