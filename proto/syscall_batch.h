// A batch of syscall records of one shard, the unit that travels through Redis.
//
// Records lie in per-thread segments: `segments[i].record_count` consecutive records of the columns
// belong to segment i. A segment that is marked `gap` follows records that were lost (`lost` of them,
// if known): no n-gram may span it. docs/wire-format.md is the normative description of the encoding.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/ids.h"
#include "proto/syscall_record.h"

namespace da {

/// Where and in which stream position a batch belongs.
struct BatchHeader {
  std::string host;                  ///< the collector's host name
  Epoch epoch{};                     ///< the collector run
  std::uint64_t sequence = 0;        ///< of this batch in (host, epoch, shard), from 1
  std::uint64_t records_before = 0;  ///< records of (host, epoch, shard) in all earlier batches, sent or lost
  std::int64_t start_ns = 0;         ///< time of the earliest record, CLOCK_REALTIME
};

/// What runs where: the learned profile's identity and what an alert says of a process.
struct Origin {
  std::string container_id;    ///< 64 hex digits; empty for a command run by `collector trace`
  std::string container_name;  ///< as `docker ps` shows it
  std::string image;           ///< as the container names it: repository:tag
  std::string image_id;        ///< sha256:...
  std::string executable;      ///< path inside the container
  std::string parent_executable;
  std::string command_line;  ///< NUL-separated argv, bounded
  Pid parent_pid{};
  Arch arch{};  ///< of the executable
  /// Of the container, those that the collector is to tell: "key=value" with NUL between them, by key.
  std::string labels{};

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// The texts of an Origin, in the order in which they travel; the last after what is no text.
inline constexpr std::string Origin::*kOriginTexts[] = {
    &Origin::container_id, &Origin::container_name,    &Origin::image,        &Origin::image_id,
    &Origin::executable,   &Origin::parent_executable, &Origin::command_line, &Origin::labels};

/// Bits of Segment::flags.
enum class SegmentFlag : std::uint8_t {
  start = 1,  ///< the first record is the thread's first: it was traced from its birth
  exec = 2,   ///< a new program begins with the first record: windows start anew
  exit = 4,   ///< the thread ended after the last record
  gap = 8,    ///< records may be missing before the first one (loss, a late attach)
};

inline constexpr std::uint8_t kKnownSegmentFlags = 0x0f;

struct Segment {
  TaskSerial task{};
  Tid tid{};
  Pid pid{};
  std::uint32_t record_count = 0;
  std::uint64_t lost = 0;  ///< records of this thread known to be lost before the first
  std::uint8_t flags = 0;
  std::uint32_t origin = 0;  ///< index into SyscallBatch::origins

  [[nodiscard]] bool has(SegmentFlag flag) const noexcept {
    return (flags & static_cast<std::uint8_t>(flag)) != 0;
  }
  void set(SegmentFlag flag) noexcept {
    flags = static_cast<std::uint8_t>(flags | static_cast<std::uint8_t>(flag));
  }
};

/// A captured argument that owns its bytes, with the record it belongs to (index into the columns).
struct BatchCapture {
  std::uint32_t record = 0;
  std::uint8_t arg = 0;
  CapturedKind kind = CapturedKind::path;
  bool truncated = false;
  std::string bytes;
};

/// Columns are parallel: calls.size() == arg_counts.size() == args.size() == results.size() ==
/// times_ns.size().
struct SyscallBatch {
  BatchHeader header;
  std::vector<Origin> origins;
  std::vector<Segment> segments;
  std::vector<CallId> calls;
  std::vector<std::uint8_t> arg_counts;
  std::vector<std::array<std::uint64_t, kMaxCallArgs>> args;
  std::vector<std::int64_t> results;
  std::vector<std::int64_t> times_ns;
  std::vector<BatchCapture> captures;  ///< ordered by record

  [[nodiscard]] std::size_t record_count() const noexcept { return calls.size(); }
  /// Empties everything; the columns keep their memory for the next batch.
  void clear();
};

}  // namespace da
