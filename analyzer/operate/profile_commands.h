// `analyzer profile ...`: what was learned, from Redis, and orders about it.
//
//   RedisSession redis(config.redis);
//   return show_profile(redis, config.detector, {.target = "shop:1.4:/bin/app"});
#pragma once

#include <string>
#include <vector>

#include "analyzer/detect/detector.h"
#include "analyzer/notify/order.h"
#include "analyzer/operate/redis_session.h"
#include "analyzer/store/signing_key.h"

namespace da {

struct ProfileOptions {
  std::string target;  ///< id or alias, as listed: of a profile or an image
  std::string other;   ///< to compare with
  std::string file;
  std::string comment;
  std::string container;                ///< its id, or the beginning of it
  std::string since;                    ///< see point_in_time.h; empty: from the beginning
  std::string sign;                     ///< file of a private key
  std::string verify;                   ///< file of a public key
  std::vector<PublicKey> trusted_keys;  ///< of the configuration
  bool unverified = false;              ///< whatever the configuration trusts
  bool json = false;
  bool undo = false;
};

// Each returns the exit status.
[[nodiscard]] int list_profiles(RedisSession& redis, const DetectorOptions& detector,
                                const ProfileOptions& options);
[[nodiscard]] int show_profile(RedisSession& redis, const DetectorOptions& detector,
                               const ProfileOptions& options);
/// Of two models, or bundle files.
[[nodiscard]] int diff_profiles(RedisSession& redis, const DetectorOptions& detector,
                                const ProfileOptions& options);
/// freeze, thaw, relearn or remove. The target is to be named in full.
[[nodiscard]] int order_profile(RedisSession& redis, const ProfileOptions& options, OrderVerb verb);
/// What one container alone taught.
[[nodiscard]] int unlearn_container(RedisSession& redis, const ProfileOptions& options);
[[nodiscard]] int export_profile(RedisSession& redis, const DetectorOptions& detector,
                                 const ProfileOptions& options);
[[nodiscard]] int import_profile(RedisSession& redis, const ProfileOptions& options);

}  // namespace da
