// Reads what the status page shows from Redis, and leaves what operators order there.
//
// Used by StatusPage, on a thread of its own, since each call waits for Redis. It remembers what it has seen:
// alerts hardly change, and models are read anew only when a commit changed them.
//
//   PageReader reader(config.redis, config.detector, view);
//   reader.read_now(state);       // what changes each second
//   reader.read_kept(state);      // alerts and models
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "analyzer/detect/detector.h"
#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/order.h"
#include "analyzer/operate/redis_session.h"
#include "analyzer/page/page_state.h"
#include "common/redis/nodes.h"
#include "common/result.h"

namespace da {

class PageReader {
 public:
  PageReader(const redis::Nodes& nodes, const DetectorOptions& detector, const ViewOptions& view);

  [[nodiscard]] Result<> read_now(PageState& state);
  [[nodiscard]] Result<> read_kept(PageState& state);

  [[nodiscard]] Result<AlertDetail> alert(const std::string& id);
  [[nodiscard]] Result<ProfileDetail> profile(const std::string& id);
  /// Waits a little for an analyzer to carry it out. `verb`: accept or reject.
  [[nodiscard]] Result<> judge(const std::string& alert, OrderVerb verb, const std::string& author,
                               const std::string& comment);

  /// Of the alert's program in its container, for that time.
  [[nodiscard]] Result<> silence(const std::string& alert, std::chrono::hours time, const std::string& author,
                                 const std::string& comment);
  [[nodiscard]] Result<> end_silence(const std::string& id, const std::string& author);

  /// From another thread: ends what waits.
  void give_up() { redis_.give_up(); }

 private:
  using Clock = std::chrono::steady_clock;

  /// What was seen of one shard.
  struct Seen {
    std::uint64_t commit = 0;      ///< of `known`
    std::set<std::string> images;  ///< by key
  };

  [[nodiscard]] Result<> read_alerts(PageState& state);
  [[nodiscard]] Result<> read_models(PageState& state);
  [[nodiscard]] Result<std::set<std::string>> changed_images(ShardId shard,
                                                             const std::set<std::string>& images);

  RedisSession redis_;
  DetectorOptions detector_;
  ViewOptions view_;
  std::map<ShardId, Seen> seen_;
  std::map<std::string, AlertSummary> alerts_;
  Clock::time_point look_again_{};  ///< at alerts that may have changed
  std::set<std::string> bad_alerts_;
  std::map<std::string, ImageSummary> images_;
  std::map<std::string, Decisions> decided_;
};

}  // namespace da
