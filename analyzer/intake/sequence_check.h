// Judges each batch by its sequence number: in order, seen before, or after a gap of known size. Pure.
//
// Used by the intake, one for each shard. An n-gram never spans a loss, so the detector must hear of each.
// State is kept per host, as text in Redis, in the same commit as the read position.
//
//   SequenceVerdict verdict = check.judge(batch.header, batch.record_count());
//   if (!verdict.continuous()) ...      // windows of that host's threads start anew
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ids.h"
#include "proto/syscall_batch.h"

namespace da {

struct SequenceVerdict {
  enum class Kind : std::uint8_t {
    in_order,   ///< the one that was due
    duplicate,  ///< seen before: its records must not count again
    gap,        ///< batches or records before it are missing
    new_epoch,  ///< first of a collector run (or of a host): threads of earlier runs are gone
  };
  Kind kind = Kind::in_order;
  std::uint64_t batches_lost = 0;
  std::uint64_t records_lost = 0;  ///< by r0, the count of all records before the batch

  [[nodiscard]] bool continuous() const noexcept { return kind == Kind::in_order; }
};

class SequenceCheck {
 public:
  /// At most so many hosts are remembered; beyond, the longest silent is forgotten.
  explicit SequenceCheck(std::size_t capacity = 16'384) : capacity_(capacity) {}

  [[nodiscard]] SequenceVerdict judge(const BatchHeader& header, std::size_t records);

  /// From a commit. False, and nothing is changed, if the text is not of take_changes()'s making.
  bool restore(const std::string& host, std::string_view text);
  /// What judge() changed since the last call, by host; nothing: forgotten.
  using Changes = std::map<std::string, std::optional<std::string>>;
  [[nodiscard]] Changes take_changes();

 private:
  struct State {
    Epoch epoch{};
    std::uint64_t next_sequence = 1;
    std::uint64_t records = 0;  ///< before the next batch
    std::uint64_t used = 0;     ///< tick of the last use
  };

  void remember(const std::string& host, State state);
  void forget_longest_silent();

  std::size_t capacity_;
  std::map<std::string, State> states_;
  Changes changes_;
  std::uint64_t tick_ = 0;
};

}  // namespace da
