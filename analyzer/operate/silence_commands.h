// `analyzer silence add|list|remove`: what is not to be mailed for a time.
//
//   RedisSession redis(config.redis);
//   return list_silences(redis, {.json = true});
#pragma once

#include <chrono>
#include <string>

#include "analyzer/notify/silence.h"
#include "analyzer/operate/redis_session.h"

namespace da {

struct SilenceOptions {
  std::string id;
  Silence silence;       ///< patterns, author and comment
  std::string duration;  ///< "24h", checked; or
  std::string until;     ///< "2026-11-28T04:30", checked
  bool expired = false;  ///< list also those that are over
  bool json = false;
};

inline constexpr std::chrono::hours kLongestSilence{366 * 24};

// Each returns the exit status.
[[nodiscard]] int make_silence(RedisSession& redis, const SilenceOptions& options);
[[nodiscard]] int list_silences(RedisSession& redis, const SilenceOptions& options);
[[nodiscard]] int remove_silence(RedisSession& redis, const SilenceOptions& options);

}  // namespace da
