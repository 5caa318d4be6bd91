// One shard's batch in the making: takes segments and records as they come, hands out a SyscallBatch.
//
// Used by the batcher. Records of several threads arrive interleaved; finish() groups them by thread,
// which makes segments few and deltas small. Keeps its memory from batch to batch.
//
//   const std::uint32_t segment = batch.add_segment({.task = task, .tid = tid, .pid = pid}, id, origin);
//   batch.add_record(segment, record);
//   batch.finish(out);   // header: start_ns only
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/capture/origin_table.h"
#include "proto/call_history.h"
#include "proto/syscall_batch.h"

namespace da {

class OpenBatch {
 public:
  [[nodiscard]] bool empty() const noexcept { return segments_.empty(); }
  [[nodiscard]] std::size_t record_count() const noexcept { return staged_.record_count(); }
  /// Of the encoded payload, in bytes; within a tenth for usual records, and rather too high.
  [[nodiscard]] std::size_t estimated_bytes() const noexcept { return estimated_bytes_; }
  /// Whether one more event could pass a limit of the wire format.
  [[nodiscard]] bool at_wire_limit() const noexcept;

  /// Begins a segment; `segment.origin` is filled in. Its number is valid until finish(). Segments of a
  /// thread keep their order: `after` is an earlier one of the same task in this batch, or none.
  std::uint32_t add_segment(Segment segment, OriginId id, const Origin& origin, std::uint32_t after = kNone);
  /// To the end of the segment. Only the thread's newest segment may grow.
  void add_record(std::uint32_t segment, const SyscallRecord& record);
  [[nodiscard]] Segment& segment(std::uint32_t number) { return segments_[number].segment; }

  /// Replaces `out` with the batch, grouped by thread, and starts a new one. With no record in it,
  /// start_ns is that of the batch before.
  void finish(SyscallBatch& out);

  static constexpr std::uint32_t kNone = UINT32_MAX;

 private:
  struct Staged {
    Segment segment;
    std::uint32_t thread;  // number of the first segment of its task
  };
  struct StagedCapture {
    std::uint32_t record;
    std::uint8_t arg;
    CapturedKind kind;
    bool truncated;
    std::uint32_t begin;  // in capture_bytes_
    std::uint32_t size;
  };

  std::uint32_t origin_index(OriginId id, const Origin& origin);
  void estimate(const SyscallRecord& record);
  void place_segments(SyscallBatch& out);
  void place_records(SyscallBatch& out);
  void place_captures(SyscallBatch& out);
  void reset();

  SyscallBatch staged_;  // origins, and the columns in order of arrival
  std::vector<Staged> segments_;
  std::vector<std::uint32_t> segment_of_;  // each record's
  std::vector<StagedCapture> captures_;
  std::string capture_bytes_;
  std::unordered_map<std::uint32_t, std::uint32_t> origin_indexes_;
  std::size_t origin_bytes_ = 0;
  std::int64_t start_ns_ = 0;

  CallHistory history_;  // for the estimate
  std::int64_t previous_time_ = 0;
  std::size_t estimated_bytes_ = kFixedBytes;
  static constexpr std::size_t kFixedBytes = 200;  // header and keys

  std::vector<std::uint32_t> order_;     // of segments, grouped by thread
  std::vector<std::uint32_t> next_;      // where each segment's next record goes
  std::vector<std::uint32_t> place_of_;  // where each record went
  std::vector<std::string> spare_;       // strings of earlier captures, with their memory
};

}  // namespace da
