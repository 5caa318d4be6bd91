#include "collector/shipping/open_batch.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "proto/codec.h"

namespace da {
namespace {

constexpr std::size_t kSegmentBytes = 14;
constexpr std::size_t kCaptureBytes = 7;    // and the captured ones
constexpr std::size_t kEnoughToLearn = 64;  // records

// A staged record.
constexpr std::size_t kHeadWords = 3;
constexpr std::size_t kMostWords = kHeadWords + kMaxCallArgs;
constexpr unsigned kSegmentShift = 32;
constexpr unsigned kCountShift = 56;
constexpr std::uint64_t kSegmentMask = (1U << (kCountShift - kSegmentShift)) - 1;
static_assert(WireLimits::segments < kSegmentMask);

std::uint64_t head_of(CallId call, std::uint32_t segment, std::size_t arg_count) noexcept {
  return to_raw(call) | std::uint64_t{segment} << kSegmentShift | std::uint64_t{arg_count} << kCountShift;
}

}  // namespace

void OpenBatch::note_limits() noexcept {
  // An event adds at most a record, two segments, an origin and six captures.
  constexpr std::size_t kLongestOrigin = std::size(kOriginTexts) * WireLimits::text_bytes;
  others_at_limit_ = segments_.size() + 2 > WireLimits::segments || origins_.size() >= WireLimits::origins ||
                     origin_bytes_ + kLongestOrigin > WireLimits::origin_bytes ||
                     captures_.size() + kMaxCallArgs > WireLimits::captures;
}

std::uint32_t OpenBatch::add_segment(Segment segment, OriginId id, const Origin& origin,
                                     std::uint32_t after) {
  const auto number = static_cast<std::uint32_t>(segments_.size());
  segment.origin = origin_index(id, origin);
  segment.record_count = 0;
  segments_.push_back({segment, after == kNone ? number : segments_[after].thread});
  other_bytes_ += kSegmentBytes;
  note_limits();
  return number;
}

void OpenBatch::add_record(std::uint32_t segment, const SyscallRecord& record) {
  const auto index = static_cast<std::uint32_t>(record_count());
  start_ns_ = index == 0 ? record.time_ns : std::min(start_ns_, record.time_ns);
  const std::size_t arg_count = std::min<std::size_t>(record.arg_count, kMaxCallArgs);
  if (record_words_ + kMostWords > records_.size()) records_.resize(2 * records_.size() + kMostWords);
  std::uint64_t* word = records_.data() + record_words_;
  *word++ = head_of(record.call, segment, arg_count);
  *word++ = static_cast<std::uint64_t>(record.result);
  *word++ = static_cast<std::uint64_t>(record.time_ns);
  std::memcpy(word, record.args.data(), sizeof record.args);
  record_words_ += kHeadWords + arg_count;
  ++record_count_;
  ++segments_[segment].segment.record_count;

  for (const CapturedArg& captured : record.captured) {
    if (captured.arg >= kMaxCallArgs) continue;
    const std::string_view bytes = captured.bytes.substr(0, WireLimits::capture_bytes);
    captures_.push_back(
        {index, captured.arg, captured.kind, captured.truncated || bytes.size() < captured.bytes.size(),
         static_cast<std::uint32_t>(capture_bytes_.size()), static_cast<std::uint32_t>(bytes.size())});
    capture_bytes_ += bytes;
    other_bytes_ += kCaptureBytes + bytes.size();
  }
  if (!record.captured.empty()) note_limits();
}

void OpenBatch::finish(SyscallBatch& out) {
  for (BatchCapture& capture : out.captures)
    spare_.push_back(std::move(capture.bytes));
  // The columns keep their length, all of which is written over: to grow them from nothing costs a store
  // each.
  out.origins.clear();
  out.segments.clear();
  out.captures.clear();
  out.header = {};
  out.header.start_ns = start_ns_;
  finished_records_ = record_count();
  finished_other_bytes_ = other_bytes_;
  std::swap(out.origins, origins_);
  place_segments(out);
  place_records(out);
  place_captures(out);
  reset();
}

std::uint32_t OpenBatch::origin_index(OriginId id, const Origin& origin) {
  const auto next = static_cast<std::uint32_t>(origins_.size());
  const auto [it, is_new] = origin_indexes_.try_emplace(to_raw(id), next);
  if (!is_new) return it->second;
  Origin& added = origins_.emplace_back(origin);
  other_bytes_ += 20;
  for (const auto member : kOriginTexts) {
    std::string& text = added.*member;
    if (text.size() > WireLimits::text_bytes) text.resize(WireLimits::text_bytes);
    origin_bytes_ += text.size();
    if (next == 0 || origins_[next - 1].*member != text) other_bytes_ += text.size();
  }
  return next;
}

void OpenBatch::learn_size(std::size_t payload_bytes) noexcept {
  if (finished_records_ < kEnoughToLearn) return;
  const std::size_t of_records = payload_bytes - std::min(payload_bytes, finished_other_bytes_);
  bytes_of_16_records_ =
      std::clamp<std::size_t>(16 * of_records / finished_records_, 16, 16 * kMostRecordBytes);
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
  const std::uint64_t* word = records_.data();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t head = word[0];
    const auto arg_count = static_cast<std::uint8_t>(head >> kCountShift);
    const std::uint32_t place = next_[head >> kSegmentShift & kSegmentMask]++;
    place_of_[i] = place;
    out.calls[place] = CallId{static_cast<std::uint32_t>(head)};
    out.arg_counts[place] = arg_count;
    out.results[place] = static_cast<std::int64_t>(word[1]);
    out.times_ns[place] = static_cast<std::int64_t>(word[2]);
    std::memcpy(out.args[place].data(), word + kHeadWords, sizeof out.args[place]);
    word += kHeadWords + arg_count;
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
  origins_.clear();
  segments_.clear();
  record_words_ = 0;
  record_count_ = 0;
  others_at_limit_ = false;
  captures_.clear();
  capture_bytes_.clear();
  origin_indexes_.clear();
  origin_bytes_ = 0;
  other_bytes_ = kFixedBytes;
}

}  // namespace da
