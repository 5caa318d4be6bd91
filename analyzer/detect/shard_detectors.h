// All that an analyzer knows of models: a detector for each of its shards, what all streams together taught,
// and the curator of the images whose home is one of its shards.
//
// Used by the analyzer's wiring, and by the model exchange, which brings what other analyzers saved. Pure.
//
//   ShardDetectors detectors(options, 16);
//   detectors.take_up(shard, {parts, known, threads});         // the shard is ours
//   auto alerts = detectors.process(shard, batch, continuity);
//   auto changes = detectors.take_changes(shard);              // into the shard's commit
//   detectors.take_part(shard, field, blob), take_known(id, blob), curate(most)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/detect/curator.h"
#include "analyzer/detect/detector.h"
#include "analyzer/detect/known_models.h"

namespace da {

/// Of the field that holds what an order brings along, behind the order's id.
inline constexpr std::string_view kBundleSuffix = ".bundle";

class ShardDetectors {
 public:
  using Table = std::map<std::string, std::string>;

  ShardDetectors(const DetectorOptions& options, std::uint16_t shard_count);
  ShardDetectors(const ShardDetectors&) = delete;  // the detectors refer to what is known
  ShardDetectors& operator=(const ShardDetectors&) = delete;

  /// What a shard's holder saved last.
  struct Saved {
    Table parts;  ///< "<home>/<blob id>" -> blob
    Table known;  ///< blob id -> blob
    Table threads;
  };
  /// What could not be read, in words: it is learned anew, or judged from a new window on.
  [[nodiscard]] std::vector<std::string> take_up(ShardId shard, const Saved& saved);
  void give_up(ShardId shard);

  /// Precondition: the shard was taken up.
  [[nodiscard]] std::vector<Alert> process(ShardId shard, const SyscallBatch& batch,
                                           const BatchContinuity& continuity);
  struct Changes {
    Table parts;
    std::vector<std::string> parts_gone;
    Table known;
    std::vector<std::string> known_gone;
    std::vector<SavedThread> threads;
    std::vector<std::string> orders_done;  ///< fields, to be erased in this same commit
  };
  [[nodiscard]] Changes take_changes(ShardId shard);

  /// Whether a part is of an image that is curated here.
  [[nodiscard]] bool curates(std::string_view part) const noexcept;
  /// Counts how often shards were taken up: parts of the images at home there are all wanted then.
  [[nodiscard]] std::uint64_t homes_version() const noexcept { return homes_version_; }
  /// What a shard's holder saved, this analyzer or another. A part that is not curated here is passed over.
  [[nodiscard]] Result<> take_part(ShardId shard, std::string_view part, std::string blob);
  /// What a curator published.
  [[nodiscard]] Result<> take_known(std::string_view id, std::string_view blob) {
    return known_.take(id, blob);
  }
  /// The shard is ours, and so its orders are for us.
  [[nodiscard]] bool holds(ShardId shard) const noexcept { return detectors_.contains(shard); }
  /// Of the orders that are left in a shard, those that were not carried out yet.
  [[nodiscard]] std::vector<std::string> new_orders(ShardId shard, const std::vector<std::string>& left);
  /// Carries an order out: what it does and its end are in the next take_changes(). `bundle` may be empty.
  /// One that cannot be read, or is not for this shard, is an error, and ends as well: nobody will ever carry
  /// it out.
  [[nodiscard]] Result<> carry_out(ShardId shard, const std::string& id, std::string_view order,
                                   std::string_view bundle);
  /// Orders about alerts that were carried out, since the last call.
  [[nodiscard]] std::vector<Order> take_decisions() { return std::exchange(decisions_, {}); }
  /// Shards with changes that an operator waits for, since the last call.
  [[nodiscard]] std::set<ShardId> take_urgent() { return std::exchange(urgent_, {}); }
  /// Adds up some `most` n-grams of what changed, and lets the detectors follow. False: there is more to do.
  bool curate(std::size_t most);

  /// How the programs in that shard's stream are doing, since the last call, which was `seconds` ago. None if
  /// the shard is not ours.
  [[nodiscard]] std::vector<LiveRow> take_live(ShardId shard, double seconds);

  [[nodiscard]] ShardId home_of(const std::string& image) const noexcept;
  [[nodiscard]] const KnownModels& known() const noexcept { return known_; }
  [[nodiscard]] std::vector<Transition> take_transitions();
  /// Of all shards that were ever here; `threads`: of those that are.
  [[nodiscard]] DetectorCounters counters() const;

 private:
  DetectorOptions options_;
  std::uint16_t shard_count_;
  KnownModels known_;
  Curator curator_;
  std::map<ShardId, std::unique_ptr<Detector>> detectors_;
  DetectorCounters former_;  ///< of detectors that are gone
  struct Published {
    Table set;
    std::set<std::string> gone;
    std::vector<std::string> orders_done;
  };
  void publish(ShardId home, SavedBlob blob);
  void begin_from_predecessors();

  std::map<ShardId, Published> to_publish_;  ///< by home
  std::map<ShardId, std::set<std::string>> orders_taken_;
  std::set<ShardId> urgent_;
  std::vector<Order> decisions_;
  std::uint64_t homes_version_ = 0;
};

}  // namespace da
