// What a generator has made, in a file that survives its death: the one thing the oracle believes.
//
// Mapped memory, so that what is noted is there after SIGKILL. Read by chaos/oracle.py: a header of three
// 64-bit numbers (epoch, shards, whether it ended in good order), then kColumns numbers of each shard, little
// endian.
//
//   Ledger ledger("/run/x/gen-0.ledger", epoch, 16);
//   ledger.made(shard, records_before + count);        // before the batch is handed on
#pragma once

#include <cstdint>
#include <string>

#include "proto/ids.h"

namespace da::chaos {

class Ledger {
 public:
  Ledger(const std::string& path, Epoch epoch, std::uint16_t shards);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Records in all batches so far.
  void made(ShardId shard, std::uint64_t records) noexcept { column(shard, 0) = records; }
  /// Records that retention dropped before Redis had them.
  void dropped(ShardId shard, std::uint64_t records) noexcept { column(shard, 1) += records; }
  /// Records that Redis has acknowledged, each batch once.
  void acknowledged(ShardId shard, std::uint64_t records) noexcept { column(shard, 2) = records; }
  /// Records that were marked as lost before they came into a batch.
  void marked(ShardId shard, std::uint64_t records) noexcept { column(shard, 3) += records; }
  void ended() noexcept { numbers_[2] = 1; }

 private:
  static constexpr std::size_t kHeader = 3;
  static constexpr std::size_t kColumns = 4;
  [[nodiscard]] std::uint64_t& column(ShardId shard, std::size_t number) noexcept {
    return numbers_[kHeader + kColumns * to_raw(shard) + number];
  }

  std::uint64_t* numbers_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace da::chaos
