// Decides when this analyzer is cut off from a Redis, and when no more: once per episode each. Pure; time is
// a parameter.
//
// Used by the analyzer's wiring. What analyzers tell together is kept in Redis (blind_watch.h); of this
// nobody can keep account but the analyzer itself, in memory.
//
//   if (auto news = watch.see("unix:///run/redis.sock", reached, now)) state.tell_unstored(*news, now);
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "analyzer/notify/blind_news.h"
#include "analyzer/notify/blind_watch.h"

namespace da {

class RedisWatch {
 public:
  /// Told after `rules.after` without it, and again after `rules.calm` with it. `host`: where we run; `name`:
  /// of this analyzer alone.
  RedisWatch(const BlindRules& rules, std::string host, std::string name)
      : rules_(rules), host_(std::move(host)), name_(std::move(name)) {}

  /// `redis`: which, as people know it. Time must not go back.
  [[nodiscard]] std::optional<BlindNews> see(const std::string& redis, bool reached, Moment now);

 private:
  struct Episode {
    std::optional<Moment> away_since{};
    std::optional<Moment> back_since{};  ///< within an episode
    bool told = false;
  };

  BlindRules rules_;
  std::string host_;
  std::string name_;
  std::map<std::string, Episode> episodes_;
};

}  // namespace da
