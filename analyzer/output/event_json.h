// Lines of outputs that are no alerts: what an operator decided about one, and that a host goes unseen. Pure.
//
// Used by Outputs; an alert itself is alert_json(). docs/outputs.md describes the keys. ASCII, without a line
// end.
#pragma once

#include <string>

#include "analyzer/notify/blind_news.h"
#include "analyzer/notify/order.h"

namespace da {

/// "accepted" or "rejected"; empty for orders that are not about an alert.
[[nodiscard]] std::string decided_state(OrderVerb verb);
[[nodiscard]] std::string decision_json(const Order& order);
[[nodiscard]] std::string blindness_json(const BlindNews& news);

}  // namespace da
