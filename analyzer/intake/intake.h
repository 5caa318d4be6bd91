// Brings batches from Redis to the handler and commits its state, as the one analyzer that does so.
//
// Used by the analyzer's wiring. A tenure: acquire the lease, load the last commit, read on from there, and
// commit positions and state together every two seconds. On any doubt (connection lost, lease lost, commit
// refused) it drops the state and begins a new tenure, so a batch counts once however often it is read.
//
//   Intake intake(executor, endpoint, handler, options);
//   co_spawn(executor, intake.run(), on_end);
//   intake.stop();          // commits, releases the lease, and run() returns
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "analyzer/intake/checkpoint.h"
#include "analyzer/intake/intake_handler.h"
#include "analyzer/intake/lease.h"
#include "analyzer/intake/refusals.h"
#include "analyzer/intake/sequence_check.h"
#include "analyzer/intake/stream_reader.h"
#include "common/asio.h"
#include "common/backoff.h"
#include "common/redis/client.h"
#include "proto/stream_key.h"

namespace da {

struct IntakeOptions {
  std::uint16_t shards = kDefaultShards;
  std::chrono::milliseconds commit_interval{2000};
  std::size_t entries_per_read = 32;  ///< of each shard
  LeaseOptions lease;
  std::chrono::milliseconds first_wait{100};  ///< after a failure; doubles
  std::chrono::milliseconds longest_wait{5000};
};

enum class IntakeState : std::uint8_t {
  away,     ///< Redis cannot be reached, or refuses
  standby,  ///< another analyzer has the lease
  active,
};

/// Of this process, since its start; the same names in the Redis hash `counters` are totals of all runs.
struct IntakeCounters {
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t duplicates = 0;    ///< batches seen before
  std::uint64_t batches_lost = 0;  ///< by the sequence check
  std::uint64_t records_lost = 0;
  std::uint64_t refused = 0;  ///< entries that are no valid batch
  std::uint64_t commits = 0;
  std::uint64_t tenures = 0;
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

  [[nodiscard]] IntakeState state() const noexcept { return state_; }
  [[nodiscard]] const IntakeCounters& counters() const noexcept { return counters_; }

 private:
  using Clock = redis::Clock;

  [[nodiscard]] asio::awaitable<Result<>> tenure();
  [[nodiscard]] asio::awaitable<Result<>> acquire();
  [[nodiscard]] asio::awaitable<Result<>> load();
  [[nodiscard]] asio::awaitable<Result<>> work();
  [[nodiscard]] asio::awaitable<Result<>> take_in(std::vector<StreamEntry> entries);
  [[nodiscard]] asio::awaitable<Result<>> commit();
  [[nodiscard]] asio::awaitable<void> pause(std::chrono::milliseconds time);
  void deal_with(StreamEntry entry);
  void refuse(const StreamEntry& entry, std::string_view kind, std::string_view why);
  void count(std::string_view name, std::uint64_t& total, std::uint64_t added);
  void went_away(const Error& error);

  IntakeHandler& handler_;
  IntakeOptions options_;
  asio::any_io_executor executor_;
  redis::Client client_;  ///< loads and commits; the reader blocks and the lease must not wait
  StreamReader reader_;
  Lease lease_;
  asio::steady_timer pause_;
  Backoff backoff_;
  Episode away_;
  Episode standby_;
  std::optional<Checkpoint> checkpoint_;  ///< of this tenure, once loaded
  SequenceCheck sequences_;
  Refusals refusals_;
  IntakeState state_ = IntakeState::away;
  IntakeCounters counters_;
  bool lost_ = false;
  bool stopping_ = false;
};

}  // namespace da
