// One shard's batch in the making: takes segments and records as they come, hands out a SyscallBatch.
//
// Used by the batcher. Records of several threads arrive interleaved; finish() groups them by thread,
// which makes segments few and deltas small. Keeps its memory from batch to batch, and what a record took in
// the last one, from which it estimates the size of the next: to reckon it would take as long as to encode
// it.
//
//   const std::uint32_t segment = batch.add_segment({.task = task, .tid = tid, .pid = pid}, id, origin);
//   batch.add_record(segment, record);
//   batch.finish(out);   // header: start_ns only
//   batch.learn_size(encode(out).size());
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/capture/origin_table.h"
#include "proto/codec.h"
#include "proto/syscall_batch.h"

namespace da {

class OpenBatch {
 public:
  [[nodiscard]] bool empty() const noexcept { return segments_.empty(); }
  [[nodiscard]] std::size_t record_count() const noexcept { return record_count_; }
  /// Of the encoded payload. Within a tenth while records are like those of the batch before.
  [[nodiscard]] std::size_t estimated_bytes() const noexcept {
    return other_bytes_ + record_count_ * bytes_of_16_records_ / 16;
  }
  /// Whether one more event could pass a limit of the wire format.
  [[nodiscard]] bool at_wire_limit() const noexcept {
    return others_at_limit_ || record_count_ >= WireLimits::records;
  }

  /// Begins a segment; `segment.origin` is filled in. Its number is valid until finish(). Segments of a
  /// thread keep their order: `after` is an earlier one of the same task in this batch, or none.
  std::uint32_t add_segment(Segment segment, OriginId id, const Origin& origin, std::uint32_t after = kNone);
  /// To the end of the segment. Only the thread's newest segment may grow.
  void add_record(std::uint32_t segment, const SyscallRecord& record);
  [[nodiscard]] Segment& segment(std::uint32_t number) { return segments_[number].segment; }

  /// Replaces `out` with the batch, grouped by thread, and starts a new one. With no record in it,
  /// start_ns is that of the batch before.
  void finish(SyscallBatch& out);
  /// The last finished batch took so many bytes.
  void learn_size(std::size_t payload_bytes) noexcept;

  /// The most that a record may take without its captures: a call number, six arguments, result and time.
  static constexpr std::size_t kMostRecordBytes = 5 + 9 * (kMaxCallArgs + 2);
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
  void note_limits() noexcept;
  void place_segments(SyscallBatch& out);
  void place_records(SyscallBatch& out);
  void place_captures(SyscallBatch& out);
  void reset();

  std::vector<Origin> origins_;
  std::vector<Staged> segments_;
  /// In order of arrival, one after the other: call, segment and number of arguments in one word, result,
  /// time, the arguments. The last kMaxCallArgs are room: all arguments are copied, whether there or not.
  std::vector<std::uint64_t> records_ = std::vector<std::uint64_t>(kMaxCallArgs);
  std::size_t record_words_ = 0;
  std::size_t record_count_ = 0;
  std::vector<StagedCapture> captures_;
  std::string capture_bytes_;
  std::unordered_map<std::uint32_t, std::uint32_t> origin_indexes_;
  std::size_t origin_bytes_ = 0;
  std::int64_t start_ns_ = 0;

  static constexpr std::size_t kFixedBytes = 200;  // header and keys
  std::size_t other_bytes_ = kFixedBytes;          // than records
  bool others_at_limit_ = false;
  std::size_t bytes_of_16_records_ = 16 * 20;
  std::size_t finished_records_ = 0;
  std::size_t finished_other_bytes_ = 0;

  std::vector<std::uint32_t> order_;     // of segments, grouped by thread
  std::vector<std::uint32_t> next_;      // where each segment's next record goes
  std::vector<std::uint32_t> place_of_;  // where each record went
  std::vector<std::string> spare_;       // strings of earlier captures, with their memory
};

}  // namespace da
