// Reads the shards' streams: plain XREAD from given positions, on one blocking connection of its own.
//
// Used by the intake. Positions are the caller's, so what was read counts only once it was dealt with. An
// entry that is no batch, or too large to fetch, comes as a fault with its position, to be passed over.
//
//   StreamReader reader(executor, endpoint, shard_count);
//   auto entries = co_await reader.read({{ShardId{0}, position}}, 500ms);    //
//   Result<std::vector<StreamEntry>>
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/store/stream_position.h"
#include "common/asio.h"
#include "common/redis/client.h"
#include "common/result.h"
#include "proto/ids.h"

namespace da {

enum class EntryFault : std::uint8_t {
  none,
  no_batch,   ///< not the one field a batch has
  oversized,  ///< beyond WireLimits::payload_bytes
};

struct StreamEntry {
  ShardId shard{};
  StreamPosition position;
  std::string payload;  ///< empty with a fault
  EntryFault fault = EntryFault::none;
};

/// A shard to read, and behind which entry.
struct ReadFrom {
  ShardId shard{};
  StreamPosition position;
};

class StreamReader {
 public:
  /// `shard_count`: how many are read at once at most; `count`: entries per shard and read.
  StreamReader(const asio::any_io_executor& executor, redis::Endpoint endpoint, std::uint16_t shard_count,
               std::size_t count = 32);

  [[nodiscard]] asio::awaitable<Result<>> connect() { return client_.connect(); }
  [[nodiscard]] bool connected() const noexcept { return client_.connected(); }
  /// What lies behind the positions, in order per shard; empty if nothing came within `block`. Any error
  /// means: connect again. Precondition: there is at least one shard to read.
  [[nodiscard]] asio::awaitable<Result<std::vector<StreamEntry>>> read(std::vector<ReadFrom> from,
                                                                       std::chrono::milliseconds block);
  /// Entries of each stream that the last read() asked for.
  [[nodiscard]] std::size_t asked() const noexcept { return asked_; }
  /// Ends a read() under way.
  void close() noexcept { client_.close(); }

 private:
  [[nodiscard]] asio::awaitable<Result<std::vector<StreamEntry>>> find_unreadable(std::vector<ReadFrom> from);

  std::size_t most_;   ///< entries per shard and read, when all is well
  std::size_t count_;  ///< now
  std::size_t asked_ = 0;
  std::size_t well_ = 0;     ///< reads since count_ changed
  bool suspicious_ = false;  ///< an entry may be too large to fetch even alone
  redis::Client client_;
};

/// The entries of an XREAD reply over these shards' streams. Fails for anything else. Pure.
[[nodiscard]] Result<std::vector<StreamEntry>> parse_entries(redis::Reply reply,
                                                             const std::vector<ReadFrom>& from);

}  // namespace da
