// What the intake calls: whoever learns from batches, judges them and has alerts to keep.
//
// Implemented by the analyzer's wiring over detect/ and notify/. All calls come from the intake's executor,
// one after the other: loaded, batches and commits, reset, loaded again ...
#pragma once

#include <map>
#include <string>

#include "analyzer/intake/sequence_check.h"
#include "analyzer/store/commit.h"
#include "proto/syscall_batch.h"

namespace da {

class IntakeHandler {
 public:
  virtual ~IntakeHandler() = default;

  /// The state of the last commit: profile id -> blob, alert id -> JSON. Batches behind it follow.
  virtual void on_loaded(std::map<std::string, std::string> profiles,
                         std::map<std::string, std::string> outbox) = 0;
  /// Never a duplicate. With verdict.continuous() false, no n-gram of that host may span its begin.
  virtual void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) = 0;
  /// Everything that changed since the last call; called right before a commit, also when nothing was read.
  [[nodiscard]] virtual StateChanges collect_changes() = 0;
  /// What collect_changes() gave is safe now: outbox rows may be acted on.
  virtual void on_committed() {}
  /// Drop all state: this analyzer is not the one any more, or what Redis holds is in doubt.
  virtual void on_reset() = 0;
};

}  // namespace da
