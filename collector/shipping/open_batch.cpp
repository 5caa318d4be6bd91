#include "collector/shipping/open_batch.h"

#include <algorithm>
#include <numeric>

#include "proto/codec.h"

namespace da {
namespace {

/// Bytes of a msgpack integer.
std::size_t packed_size(std::int64_t value) noexcept {
  if (value >= -32 && value <= 127) return 1;
  if (value >= INT8_MIN && value <= UINT8_MAX) return 2;
  if (value >= INT16_MIN && value <= UINT16_MAX) return 3;
  if (value >= INT32_MIN && value <= UINT32_MAX) return 5;
  return 9;
}
std::size_t packed_delta(std::uint64_t value, std::uint64_t previous) noexcept {
  return packed_size(static_cast<std::int64_t>(value - previous));
}

constexpr std::size_t kSegmentBytes = 14;
constexpr std::size_t kCaptureBytes = 7;  // and the captured ones
constexpr std::size_t kCallBytes = 2;     // a call number; threads change places more often than calls repeat

}  // namespace

bool OpenBatch::at_wire_limit() const noexcept {
  // An event adds at most a record, two segments, an origin and six captures.
  constexpr std::size_t kLongestOrigin = std::size(kOriginTexts) * WireLimits::text_bytes;
  return record_count() >= WireLimits::records || segments_.size() + 2 > WireLimits::segments ||
         staged_.origins.size() >= WireLimits::origins ||
         origin_bytes_ + kLongestOrigin > WireLimits::origin_bytes ||
         captures_.size() + kMaxCallArgs > WireLimits::captures;
}

std::uint32_t OpenBatch::add_segment(Segment segment, OriginId id, const Origin& origin,
                                     std::uint32_t after) {
  const auto number = static_cast<std::uint32_t>(segments_.size());
  segment.origin = origin_index(id, origin);
  segment.record_count = 0;
  segments_.push_back({segment, after == kNone ? number : segments_[after].thread});
  estimated_bytes_ += kSegmentBytes;
  return number;
}

void OpenBatch::add_record(std::uint32_t segment, const SyscallRecord& record) {
  const auto index = static_cast<std::uint32_t>(record_count());
  start_ns_ = index == 0 ? record.time_ns : std::min(start_ns_, record.time_ns);
  estimate(record);

  const auto arg_count = static_cast<std::uint8_t>(std::min<std::size_t>(record.arg_count, kMaxCallArgs));
  staged_.calls.push_back(record.call);
  staged_.arg_counts.push_back(arg_count);
  auto& args = staged_.args.emplace_back();
  std::copy_n(record.args.begin(), arg_count, args.begin());
  staged_.results.push_back(record.result);
  staged_.times_ns.push_back(record.time_ns);
  segment_of_.push_back(segment);
  ++segments_[segment].segment.record_count;

  for (const CapturedArg& captured : record.captured) {
    if (captured.arg >= kMaxCallArgs) continue;
    const std::string_view bytes = captured.bytes.substr(0, WireLimits::capture_bytes);
    captures_.push_back(
        {index, captured.arg, captured.kind, captured.truncated || bytes.size() < captured.bytes.size(),
         static_cast<std::uint32_t>(capture_bytes_.size()), static_cast<std::uint32_t>(bytes.size())});
    capture_bytes_ += bytes;
    estimated_bytes_ += kCaptureBytes + bytes.size();
  }
}

void OpenBatch::finish(SyscallBatch& out) {
  for (BatchCapture& capture : out.captures)
    spare_.push_back(std::move(capture.bytes));
  out.clear();
  out.header.start_ns = start_ns_;
  std::swap(out.origins, staged_.origins);
  place_segments(out);
  place_records(out);
  place_captures(out);
  reset();
}

std::uint32_t OpenBatch::origin_index(OriginId id, const Origin& origin) {
  const auto next = static_cast<std::uint32_t>(staged_.origins.size());
  const auto [it, is_new] = origin_indexes_.try_emplace(to_raw(id), next);
  if (!is_new) return it->second;
  Origin& added = staged_.origins.emplace_back(origin);
  estimated_bytes_ += 20;
  for (const auto member : kOriginTexts) {
    std::string& text = added.*member;
    if (text.size() > WireLimits::text_bytes) text.resize(WireLimits::text_bytes);
    origin_bytes_ += text.size();
    if (next == 0 || staged_.origins[next - 1].*member != text) estimated_bytes_ += text.size();
  }
  return next;
}

void OpenBatch::estimate(const SyscallRecord& record) {
  CallState& state = history_.at(record.call);
  std::size_t bytes = kCallBytes;
  for (std::size_t arg = 0; arg < std::min<std::size_t>(record.arg_count, kMaxCallArgs); ++arg) {
    bytes += packed_delta(record.args[arg], state.previous[arg]);
    state.previous[arg] = record.args[arg];
  }
  bytes += record.result == kNoResult ? 1 : packed_size(record.result);
  bytes +=
      packed_delta(static_cast<std::uint64_t>(record.time_ns), static_cast<std::uint64_t>(previous_time_));
  previous_time_ = record.time_ns;
  estimated_bytes_ += bytes;
}

void OpenBatch::place_segments(SyscallBatch& out) {
  order_.resize(segments_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::stable_sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return segments_[a].thread < segments_[b].thread;
  });
  next_.resize(segments_.size());
  std::uint32_t begin = 0;
  for (const std::uint32_t number : order_) {
    const Segment& segment = segments_[number].segment;
    out.segments.push_back(segment);
    next_[number] = begin;
    begin += segment.record_count;
  }
}

void OpenBatch::place_records(SyscallBatch& out) {
  const std::size_t count = record_count();
  out.calls.resize(count);
  out.arg_counts.resize(count);
  out.args.resize(count);
  out.results.resize(count);
  out.times_ns.resize(count);
  place_of_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t place = next_[segment_of_[i]]++;
    place_of_[i] = place;
    out.calls[place] = staged_.calls[i];
    out.arg_counts[place] = staged_.arg_counts[i];
    out.args[place] = staged_.args[i];
    out.results[place] = staged_.results[i];
    out.times_ns[place] = staged_.times_ns[i];
  }
}

void OpenBatch::place_captures(SyscallBatch& out) {
  for (StagedCapture& capture : captures_)
    capture.record = place_of_[capture.record];
  std::stable_sort(captures_.begin(), captures_.end(),
                   [](const StagedCapture& a, const StagedCapture& b) { return a.record < b.record; });
  for (const StagedCapture& capture : captures_) {
    std::string bytes;
    if (!spare_.empty()) {
      bytes = std::move(spare_.back());
      spare_.pop_back();
    }
    bytes.assign(capture_bytes_, capture.begin, capture.size);
    out.captures.push_back({capture.record, capture.arg, capture.kind, capture.truncated, std::move(bytes)});
  }
}

void OpenBatch::reset() {
  staged_.clear();
  segments_.clear();
  segment_of_.clear();
  captures_.clear();
  capture_bytes_.clear();
  origin_indexes_.clear();
  origin_bytes_ = 0;
  history_.clear();
  previous_time_ = 0;
  estimated_bytes_ = kFixedBytes;
}

}  // namespace da
