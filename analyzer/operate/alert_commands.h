// `analyzer alert list|show|accept|reject`: the alerts of late, from Redis, and what is said to them.
//
//   RedisSession redis(config.redis);
//   return list_alerts(redis, {.json = true});
#pragma once

#include <string>

#include "analyzer/notify/order.h"
#include "analyzer/operate/redis_session.h"

namespace da {

struct AlertOptions {
  std::string id;
  std::string comment;
  std::string state;  ///< only those in this state; empty: all
  bool json = false;
  bool mask = true;           ///< hide what looks like a secret
  std::string config_file{};  ///< as in ViewOptions
};

// Each returns the exit status.
[[nodiscard]] int list_alerts(RedisSession& redis, const AlertOptions& options);
[[nodiscard]] int show_alert(RedisSession& redis, const AlertOptions& options);
/// `verb`: accept or reject. Waits until an analyzer has carried it out.
[[nodiscard]] int judge_alert(RedisSession& redis, const AlertOptions& options, OrderVerb verb);

}  // namespace da
