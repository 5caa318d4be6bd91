// Decides when we are blind on a host, and when no more: once per episode each. Pure; time is a parameter.
//
// Used by NotifyState in the one analyzer that has shard 0, in whose rows its state is kept, so that neither
// a restart nor a takeover tells anything twice. What a collector says is in {s0}:collectors; what analyzers
// find missing, in {sN}:counters.
//
//   for (const BlindNews& news : watch.see(sight, now)) ...        // every two seconds
//   watch.take_changed()                                           // hosts whose rows are to be stored
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/notify/blind_news.h"
#include "analyzer/notify/notification.h"
#include "analyzer/store/collector_table.h"
#include "common/result.h"

namespace da {

struct BlindRules {
  bool mail = true;  ///< else it is only logged
  /// A collector that said nothing for so long, or cannot see for so long, is told of.
  std::chrono::milliseconds after = std::chrono::minutes(1);
  /// Without a loss for so long, it is over.
  std::chrono::milliseconds calm = std::chrono::minutes(1);
  /// Losses are told of when so many records are lost in one episode.
  std::uint64_t lost_records = 1;
  /// So that the first mail has some of the size.
  std::chrono::milliseconds loss_wait = std::chrono::seconds(5);
  std::size_t hosts = 2048;
};

/// All that is known at one moment.
struct Sight {
  std::vector<CollectorRow> collectors;
  /// By host: records that analyzers never got, since ever.
  std::map<std::string, std::uint64_t> missing;
};

/// What is open of one kind on one host.
struct BlindEpisode {
  bool open = false;
  bool told = false;
  std::int64_t since_ns = 0;  ///< of the host's clock, if that knows; for people
  Moment first{};             ///< when it was seen first
  Moment last{};              ///< and last
  std::uint64_t lost_queue = 0;
  std::uint64_t lost_retention = 0;
  std::uint64_t missing = 0;
};

/// Everything known of a host. Public because it is stored, too.
struct BlindHost {
  std::uint64_t epoch = 0;
  // Counted so far; what comes on top is new.
  std::uint64_t lost_queue = 0;
  std::uint64_t lost_retention = 0;
  std::uint64_t missing = 0;
  BlindEpisode silent;
  BlindEpisode losing;
  BlindEpisode unable;
  std::vector<BlindContainer> containers;  ///< what they had lost when the latest losses began
};

class BlindWatch {
 public:
  explicit BlindWatch(BlindRules rules) : rules_(rules) {}

  [[nodiscard]] std::vector<BlindNews> see(const Sight& sight, Moment now);

  /// Hosts to be stored, or erased if row() has nothing of them, since the last call.
  [[nodiscard]] std::set<std::string> take_changed() { return std::exchange(changed_, {}); }
  [[nodiscard]] const BlindHost* find(const std::string& host) const;
  void restore(const std::string& host, BlindHost state) { hosts_.insert_or_assign(host, std::move(state)); }
  /// Another analyzer watches now.
  void release();

  /// Of the latest look: collectors by condition.
  [[nodiscard]] const std::map<CollectorCondition, std::size_t>& collectors() const noexcept {
    return collectors_;
  }

 private:
  BlindHost& known(const CollectorRow& row, std::uint64_t missing);
  void watch_silence(BlindHost& host, const CollectorRow& row, Moment now, std::vector<BlindNews>& news);
  void watch_ability(BlindHost& host, const CollectorRow& row, Moment now, std::vector<BlindNews>& news);
  void watch_losses(BlindHost& host, const CollectorRow& row, std::uint64_t missing, Moment now,
                    std::vector<BlindNews>& news);
  [[nodiscard]] static BlindNews loss_news(const BlindHost& host, const CollectorRow& row, Moment now);

  BlindRules rules_;
  std::map<std::string, BlindHost> hosts_;
  std::set<std::string> changed_;
  std::map<CollectorCondition, std::size_t> collectors_;
  Moment watching_since_{};
  Moment last_look_{};
};

/// "blind-" and 16 hex digits: the same episode, the same id.
[[nodiscard]] std::string blind_incident_id(const BlindNews& news);

}  // namespace da
