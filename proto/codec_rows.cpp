#include "proto/codec_rows.h"

#include <iterator>

#include "proto/codec.h"

namespace da::detail {
namespace {

bool add_id(std::int64_t base, WireInteger delta, std::int32_t& sum) {
  std::int64_t wide = 0;
  if (!delta.fits_signed() || __builtin_add_overflow(base, delta.as_signed(), &wide)) return false;
  sum = static_cast<std::int32_t>(wide);
  return sum == wide;
}

/// Elements 0 to 6 are texts, and the last.
std::string* origin_text(Origin& origin, std::uint32_t element) {
  constexpr std::size_t kTexts = std::size(kOriginTexts);
  if (element == kOriginElements - 1) return &(origin.*kOriginTexts[kTexts - 1]);
  return element < kTexts - 1 ? &(origin.*kOriginTexts[element]) : nullptr;
}

}  // namespace

bool set_origin_text(std::vector<Origin>& origins, std::uint32_t element, std::string_view text) {
  std::string* const member = origin_text(origins.back(), element);
  if (member == nullptr) return false;
  *member = text;
  return true;
}

const std::string* repeat_origin_text(std::vector<Origin>& origins, std::uint32_t element) {
  std::string* const member = origin_text(origins.back(), element);
  if (member == nullptr || origins.size() < 2) return nullptr;
  *member = *origin_text(origins[origins.size() - 2], element);
  return member;
}

bool set_origin_element(std::vector<Origin>& origins, std::uint32_t element, WireInteger value) {
  Origin& origin = origins.back();
  if (element == 7) {
    std::int32_t id = 0;
    if (!add_id(0, value, id)) return false;
    origin.parent_pid = Pid{id};
    return true;
  }
  if (element != 8 || !value.within(static_cast<std::uint64_t>(Arch::aarch64))) return false;
  origin.arch = static_cast<Arch>(value.bits);
  return true;
}

bool set_segment_element(std::vector<Segment>& segments, std::uint32_t element, WireInteger value) {
  static const Segment kNone;
  Segment& segment = segments.back();
  const Segment& before = segments.size() > 1 ? segments[segments.size() - 2] : kNone;
  std::int32_t id = 0;
  switch (element) {
    case 0:
      segment.task = TaskSerial{to_raw(before.task) + value.bits};
      return value.fits_signed();
    case 1:
      if (!add_id(to_raw(before.tid), value, id)) return false;
      segment.tid = Tid{id};
      return true;
    case 2:
      if (!add_id(to_raw(segment.tid), value, id)) return false;
      segment.pid = Pid{id};
      return true;
    case 3:
      segment.record_count = static_cast<std::uint32_t>(value.bits);
      return value.within(WireLimits::records);
    case 4:  // a bit that a later minor version adds is ignored
      segment.flags = static_cast<std::uint8_t>(value.bits & kKnownSegmentFlags);
      return value.within(UINT8_MAX);
    case 5:
      segment.origin = static_cast<std::uint32_t>(value.bits);
      return value.within(WireLimits::origins);
    case 6:
      segment.lost = value.bits;
      return !value.negative;
    default:
      return false;
  }
}

bool set_capture_element(std::vector<BatchCapture>& captures, std::uint32_t element, WireInteger value) {
  BatchCapture& capture = captures.back();
  const std::uint32_t before = captures.size() > 1 ? captures[captures.size() - 2].record : 0;
  switch (element) {
    case 0:
      capture.record = before + static_cast<std::uint32_t>(value.bits);
      return value.within(WireLimits::records - before);
    case 1:
      capture.arg = static_cast<std::uint8_t>(value.bits);
      return value.within(kMaxCallArgs - 1);
    case 2:
      capture.truncated = (value.bits & 0x80U) != 0;
      capture.kind = static_cast<CapturedKind>(value.bits & 0x7fU);
      return value.within(UINT8_MAX);
    default:
      return false;
  }
}

}  // namespace da::detail
