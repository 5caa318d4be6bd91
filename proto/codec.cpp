// What both directions share: the definition of a consistent batch.
#include "proto/codec.h"

#include <fmt/format.h>

namespace da {
namespace {

using Fault = std::optional<CodecError>;

Fault inconsistent(std::string message) {
  return CodecError{CodecError::Kind::inconsistent, std::move(message)};
}
Fault over_limit(std::string message) {
  return CodecError{CodecError::Kind::limit_exceeded, std::move(message)};
}

Fault fault_in_columns(const SyscallBatch& batch) {
  const std::size_t records = batch.record_count();
  if (records > WireLimits::records) return over_limit(fmt::format("{} records", records));
  if (batch.arg_counts.size() != records || batch.args.size() != records || batch.results.size() != records ||
      batch.times_ns.size() != records) {
    return inconsistent(
        fmt::format("columns of different length: {} calls, {} arguments, {} results, {} times", records,
                    batch.args.size(), batch.results.size(), batch.times_ns.size()));
  }
  for (std::size_t i = 0; i < records; ++i) {
    if (static_cast<std::uint32_t>(batch.calls[i]) >> WireLimits::call_bits != 0) {
      return inconsistent(
          fmt::format("record {}: call id {:#x}", i, static_cast<std::uint32_t>(batch.calls[i])));
    }
    if (batch.arg_counts[i] > kMaxCallArgs) {
      return inconsistent(fmt::format("record {}: {} arguments", i, batch.arg_counts[i]));
    }
  }
  return {};
}

Fault fault_in_origins(const SyscallBatch& batch) {
  if (batch.origins.size() > WireLimits::origins) {
    return over_limit(fmt::format("{} origins", batch.origins.size()));
  }
  std::size_t total = 0;
  for (const Origin& origin : batch.origins) {
    for (const auto member : kOriginTexts) {
      const std::string& text = origin.*member;
      if (text.size() > WireLimits::text_bytes) {
        return over_limit(fmt::format("a text of {} bytes in an origin", text.size()));
      }
      total += text.size();
    }
    if (static_cast<std::uint8_t>(origin.arch) > static_cast<std::uint8_t>(Arch::aarch64)) {
      return inconsistent(fmt::format("architecture {}", static_cast<std::uint8_t>(origin.arch)));
    }
  }
  if (total > WireLimits::origin_bytes) return over_limit(fmt::format("{} bytes of texts in origins", total));
  return {};
}

Fault fault_in_segments(const SyscallBatch& batch) {
  if (batch.segments.size() > WireLimits::segments) {
    return over_limit(fmt::format("{} segments", batch.segments.size()));
  }
  std::uint64_t records = 0;
  for (const Segment& segment : batch.segments) {
    records += segment.record_count;
    if (segment.origin >= batch.origins.size()) {
      return inconsistent(fmt::format("segment of origin {} of {}", segment.origin, batch.origins.size()));
    }
    if ((segment.flags & ~kKnownSegmentFlags) != 0) {
      return inconsistent(fmt::format("segment flags {:#x}", segment.flags));
    }
    if (segment.lost != 0 && !segment.has(SegmentFlag::gap)) {
      return inconsistent("a segment that lost records is not marked as a gap");
    }
  }
  if (records != batch.record_count()) {
    return inconsistent(fmt::format("segments hold {} records of {}", records, batch.record_count()));
  }
  return {};
}

Fault fault_in_captures(const SyscallBatch& batch) {
  if (batch.captures.size() > WireLimits::captures) {
    return over_limit(fmt::format("{} captures", batch.captures.size()));
  }
  std::uint32_t previous = 0;
  for (const BatchCapture& capture : batch.captures) {
    if (capture.record < previous) return inconsistent("captures out of order");
    previous = capture.record;
    if (capture.record >= batch.record_count()) {
      return inconsistent(fmt::format("capture of record {} of {}", capture.record, batch.record_count()));
    }
    if (capture.arg >= kMaxCallArgs) return inconsistent(fmt::format("capture of argument {}", capture.arg));
    if (static_cast<std::uint8_t>(capture.kind) > static_cast<std::uint8_t>(CapturedKind::text)) {
      return inconsistent(fmt::format("capture of kind {}", static_cast<std::uint8_t>(capture.kind)));
    }
    if (capture.bytes.size() > WireLimits::capture_bytes) {
      return over_limit(fmt::format("a capture of {} bytes", capture.bytes.size()));
    }
  }
  return {};
}

}  // namespace

std::optional<CodecError> find_fault(const SyscallBatch& batch) {
  if (batch.header.host.size() > WireLimits::text_bytes) {
    return over_limit(fmt::format("a host name of {} bytes", batch.header.host.size()));
  }
  for (const auto part : {fault_in_columns, fault_in_origins, fault_in_segments, fault_in_captures}) {
    if (Fault fault = part(batch)) return fault;
  }
  return {};
}

std::string_view to_string(CodecError::Kind kind) noexcept {
  switch (kind) {
    case CodecError::Kind::malformed:
      return "malformed";
    case CodecError::Kind::newer_version:
      return "newer_version";
    case CodecError::Kind::limit_exceeded:
      return "limit_exceeded";
    case CodecError::Kind::inconsistent:
      return "inconsistent";
  }
  return "unknown";
}

}  // namespace da
