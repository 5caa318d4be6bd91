// Brings batches from Redis to the handler and commits its state, shard by shard, as the one analyzer that
// has the shard.
//
// Used by the analyzer's wiring, one for each Redis. A tenure of a shard: its lease is acquired, the last
// commit loaded, and reading goes on from there; position and state are committed together every two seconds.
// On any doubt (connection lost, lease lost, commit refused) the state is dropped and a new tenure begins, so
// a batch counts once however often it is read. When there are more analyzers, shards are handed over after a
// last commit.
//
//   Intake intake(executor, endpoint, handler, options);
//   co_spawn(executor, intake.run(), on_end);
//   intake.stop();          // commits, frees the leases, and run() returns
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "analyzer/intake/checkpoint.h"
#include "analyzer/intake/intake_handler.h"
#include "analyzer/intake/refusals.h"
#include "analyzer/intake/sequence_check.h"
#include "analyzer/intake/shard_leases.h"
#include "analyzer/intake/stream_lag.h"
#include "analyzer/intake/stream_reader.h"
#include "common/asio.h"
#include "common/backoff.h"
#include "common/child_group.h"
#include "common/loss_log.h"
#include "common/redis/client.h"
#include "proto/stream_key.h"

namespace da {

struct IntakeOptions {
  std::uint16_t shards = kDefaultShards;  ///< of all nodes; lease.shards: this one's
  std::chrono::milliseconds commit_interval{2000};
  std::size_t entries_per_read = 32;  ///< of each shard
  LeaseOptions lease;
  std::chrono::milliseconds first_wait{100};  ///< after a failure; doubles
  std::chrono::milliseconds longest_wait{5000};
};

/// Of the counters of a shard in Redis: "missing:HOST", records of that host that never came.
inline constexpr std::string_view kMissingCounter = "missing:";

enum class IntakeState : std::uint8_t {
  away,     ///< Redis cannot be reached, or refuses
  standby,  ///< other analyzers have all shards
  active,
};

/// Of this process, since its start; the same names in the Redis hashes {sN}:counters are totals of all runs.
struct IntakeCounters {
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t duplicates = 0;    ///< batches seen before
  std::uint64_t batches_lost = 0;  ///< by the sequence check
  std::uint64_t records_lost = 0;
  std::uint64_t refused = 0;  ///< entries that are no valid batch
  std::map<std::string, std::uint64_t, std::less<>> refused_by_kind;
  std::uint64_t commits = 0;
  std::uint64_t commits_refused = 0;  ///< came too late, or Redis took them not
  std::uint64_t tenures = 0;
  std::uint64_t redis_failures = 0;  ///< connections that broke or could not be made

  IntakeCounters& operator+=(const IntakeCounters& other);
};

/// How an Intake stands now.
struct IntakeStatus {
  IntakeState state{};
  std::size_t analyzers = 0;      ///< that live, this one among them
  std::uint64_t leases_lost = 0;  ///< ever
  std::map<ShardId, std::chrono::milliseconds>
      lags;                ///< of the shards that are ours, and were read: StreamLag
  std::size_t shards = 0;  ///< that are ours and loaded
};

class Intake {
 public:
  /// The handler must outlive run().
  Intake(const asio::any_io_executor& executor, redis::Endpoint endpoint, IntakeHandler& handler,
         IntakeOptions options = {});

  /// Call once. Returns after stop().
  [[nodiscard]] asio::awaitable<void> run();
  /// On the executor's thread.
  void stop();
  /// There is a change that should not wait for the interval, such as a new alert.
  void commit_soon();

  [[nodiscard]] IntakeState state() const noexcept;
  [[nodiscard]] const IntakeCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] IntakeStatus status() const;
  /// The shards that are ours and loaded.
  [[nodiscard]] std::vector<ShardId> shards() const;

 private:
  using Clock = redis::Clock;

  struct Tenure {
    std::string token;
    Checkpoint checkpoint;
    SequenceCheck sequences;
    StreamLag lag{};
    std::set<std::string> losing_hosts{};
  };
  using Tenures = std::map<ShardId, std::unique_ptr<Tenure>>;

  [[nodiscard]] asio::awaitable<void> work();
  [[nodiscard]] asio::awaitable<Result<>> step();
  [[nodiscard]] asio::awaitable<Result<>> take_up_acquired();
  [[nodiscard]] asio::awaitable<Result<>> load(ShardId shard, std::string token);
  [[nodiscard]] asio::awaitable<Result<>> hand_over(std::size_t count);
  [[nodiscard]] asio::awaitable<Result<>> read();
  [[nodiscard]] asio::awaitable<Result<>> commit();
  [[nodiscard]] asio::awaitable<void> pause(std::chrono::milliseconds time);
  void trouble(ShardId shard, const std::string& why);
  void drop_lost();
  void drop(ShardId shard);
  void drop_all();
  void note_lags(const std::vector<StreamEntry>& entries);
  void deal_with(Tenure& tenure, StreamEntry entry);
  void refuse(Tenure& tenure, const StreamEntry& entry, std::string_view kind, std::string_view why);
  void count(Tenure& tenure, std::string_view name, std::uint64_t& total, std::uint64_t added);
  void count_missing(Tenure& tenure, const std::string& host, std::uint64_t records);
  void tell_share();

  IntakeHandler& handler_;
  IntakeOptions options_;
  asio::any_io_executor executor_;
  redis::Client client_;  ///< loads and commits; the reader blocks
  StreamReader reader_;
  ShardLeases leases_;
  ChildGroup children_;
  asio::steady_timer pause_;
  Backoff backoff_;
  Episode away_;
  Tenures tenures_;
  /// Shards whose state Redis cannot give or take (a key of another type, say), and when to try again: one
  /// bad shard must not keep the others waiting.
  std::map<ShardId, Clock::time_point> troubled_;
  Clock::time_point commit_due_{};
  bool hurried_ = false;
  Refusals refusals_;
  LossLog losses_{"before they reached the analyzer: see the collectors' logs"};
  IntakeCounters counters_;
  std::size_t told_shards_ = 0;
  bool told_any_ = false;
  bool stopping_ = false;
};

}  // namespace da
