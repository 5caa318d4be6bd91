// Encoded batches until Redis has surely got them: the collector's backlog.
//
// Used by the stream writer. A ring bounded in bytes over all shards: when it is full, acknowledged
// batches go first, then the oldest of all, which is counted. Pure.
//
//   retention.push(shard, sequence, records, encode(batch, retention.spare()));
//   while (auto batch = retention.next_to_send(shard)) write(*batch->payload);
//   retention.acknowledge(shard, sequence, now);   // all up to and including it
//   retention.rewind(shard);                       // a new connection: the unacknowledged once more
//
// Acknowledged batches are kept for a while: with appendfsync everysec a Redis that dies forgets writes
// it has acknowledged. rewind_held() sends them again. A batch is forgotten when a later one
// of its shard was acknowledged long enough after it, so that no time passes while Redis is away.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/ids.h"

namespace da {

struct RetentionLimits {
  std::size_t bytes = 64U << 20U;  ///< payloads and their bookkeeping
  /// How much later a batch must be acknowledged before this one is forgotten, room permitting. With
  /// everysec Redis may lose what came in a second, and while two syncs took their time: where each took 4 s,
  /// on a busy machine, that was more than was kept for 10.
  std::chrono::nanoseconds keep_for = std::chrono::seconds(30);
};

struct RetentionCounters {
  std::uint64_t waiting_batches = 0;  ///< now, not acknowledged
  std::uint64_t waiting_records = 0;
  std::uint64_t held_bytes = 0;            ///< now, acknowledged ones included
  std::uint64_t sent_batches = 0;          ///< ever; one sent again counts again
  std::uint64_t acknowledged_batches = 0;  ///< ever, each once
  std::uint64_t acknowledged_records = 0;
  std::uint64_t dropped_batches = 0;  ///< ever, before they were acknowledged
  std::uint64_t dropped_records = 0;
};

class Retention {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The payload stays valid even if the batch is dropped while it is being sent.
  struct Outgoing {
    std::uint64_t sequence = 0;
    std::uint32_t records = 0;
    std::shared_ptr<const std::string> payload;
  };
  /// A batch that made room. It may have been sent already: whether it arrived is then not known here.
  struct Dropped {
    ShardId shard{};
    std::uint64_t sequence = 0;
    std::uint32_t records = 0;
    std::shared_ptr<const std::string> payload{};
  };

  Retention(std::uint16_t shards, RetentionLimits limits);

  /// Sequences of a shard must rise, from 1. Returns what was dropped, oldest first; that can be this batch.
  [[nodiscard]] std::vector<Dropped> push(ShardId id, std::uint64_t sequence, std::uint32_t records,
                                          std::string payload);
  /// The memory of a payload that is held no more, or an empty string: to the system it need not go and come
  /// back, page by page.
  [[nodiscard]] std::string spare();

  /// The shard's next batch, which then counts as sent; nothing if all are.
  [[nodiscard]] std::optional<Outgoing> next_to_send(ShardId id);
  [[nodiscard]] bool has_unsent(ShardId id) const;

  /// Every batch up to and including `sequence` is stored. False, and no effect, for a sequence that was
  /// never sent: the other end is confused.
  bool acknowledge(ShardId id, std::uint64_t sequence, Time now);

  /// Sends from the first unacknowledged batch again.
  void rewind(ShardId id);
  /// Sends everything of the shard that is held again, acknowledged or not: Redis may have been killed.
  void rewind_held(ShardId id);

  [[nodiscard]] const RetentionCounters& counters() const noexcept { return counters_; }

 private:
  struct Batch {
    std::uint64_t age = 0;  // counts all pushes
    std::uint64_t sequence = 0;
    std::uint32_t records = 0;
    Time acknowledged_at{};
    bool counted = false;  // among the acknowledged: it may be acknowledged again after a rewind
    std::shared_ptr<std::string> payload;
  };
  struct Shard {
    std::deque<Batch> batches;     // by sequence: acknowledged, then sent, then unsent
    std::size_t acknowledged = 0;  // how many of them, from the front
    std::size_t sent = 0;          // how many of them, from the front; at least `acknowledged`
    std::uint64_t highest_sent = 0;
  };

  void forget_old(Shard& shard, Time now);
  void make_room(std::vector<Dropped>& dropped);
  /// The shard whose oldest batch (`acknowledged` or not) is the oldest of all; null if there is none.
  Shard* oldest(bool acknowledged);
  void pop_front(Shard& shard);
  [[nodiscard]] static std::size_t cost_of(const Batch& batch);
  [[nodiscard]] Shard& at(ShardId shard) { return shards_.at(to_raw(shard)); }

  RetentionLimits limits_;
  std::vector<Shard> shards_;
  std::vector<std::shared_ptr<std::string>> spare_;
  std::uint64_t pushes_ = 0;
  RetentionCounters counters_;
};

}  // namespace da
