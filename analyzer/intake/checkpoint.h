// Collects what the next commit of a shard must hold. Pure.
//
// Used by the intake: it notes each batch dealt with, and asks for the request when the time has come.
//
//   checkpoint.advance(entry.position);
//   checkpoint.count("batches", 1);
//   CommitRequest request = checkpoint.take(handler.collect_changes(shard, saving), check.take_changes());
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "analyzer/intake/sequence_check.h"
#include "analyzer/store/commit.h"

namespace da {

class Checkpoint {
 public:
  Checkpoint(ShardId shard, StreamPosition position) : shard_(shard), position_(position) {}

  /// Everything up to here was dealt with. Positions only go forward.
  void advance(StreamPosition position) noexcept;
  void count(std::string_view counter, std::uint64_t added);
  /// Where to read on.
  [[nodiscard]] StreamPosition position() const noexcept { return position_; }

  struct Taken {
    CommitRequest request;
    bool empty = true;  ///< nothing changed: there is nothing to commit
  };
  /// All since the last take(). The caller commits it or drops everything: it is not kept here.
  [[nodiscard]] Taken take(ShardChanges changes, SequenceCheck::Changes seen);

 private:
  ShardId shard_;
  StreamPosition position_;
  bool moved_ = false;
  std::map<std::string, std::uint64_t, std::less<>> counters_;
};

}  // namespace da
