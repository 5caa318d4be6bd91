// What the intake calls: whoever learns from batches, judges them and has alerts to keep.
//
// Implemented by the analyzer's wiring over detect/ and notify/. All calls come from the intake's executor,
// one after the other; of each shard: loaded, batches and commits, reset, loaded again ...
#pragma once

#include "analyzer/intake/sequence_check.h"
#include "analyzer/store/commit.h"
#include "analyzer/store/shard_state.h"
#include "proto/syscall_batch.h"

namespace da {

class IntakeHandler {
 public:
  virtual ~IntakeHandler() = default;

  /// Nothing is read before.
  [[nodiscard]] virtual bool is_ready() const { return true; }
  /// The shard is ours, with the state of its last commit. Batches behind it follow.
  virtual void on_loaded(ShardId shard, StoredShard stored) = 0;
  /// Never a duplicate. With verdict.continuous() false, no n-gram of that host may span its begin.
  virtual void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) = 0;
  /// Everything that changed since the last call; called right before a commit, also when nothing was read.
  [[nodiscard]] virtual ShardChanges collect_changes(ShardId shard) = 0;
  /// What collect_changes() gave is safe now: outbox rows may be acted on.
  virtual void on_committed(ShardId shard) { static_cast<void>(shard); }
  /// A Redis answers again that did not, or not to us: it may have been restarted, and have lost its last
  /// second.
  virtual void on_redis_back() {}
  /// Drop all state of the shard: it is not ours any more, or what Redis holds is in doubt.
  virtual void on_reset(ShardId shard) = 0;
};

}  // namespace da
