// The elements of the rows of origins, segs and caps, set one by one as the decoder meets them.
//
// Used by codec_visitor.h alone. Each function undoes the element's delta to the row before (the last
// but one of the vector) and returns false for a value that is out of range.
//
//   segments.emplace_back();
//   set_segment_element(segments, 0, value);   // the task serial
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/syscall_batch.h"

namespace da::detail {

/// An integer of a header field or a row: msgpack has uint64 and int64.
struct WireInteger {
  std::uint64_t bits = 0;  ///< two's complement if negative
  bool negative = false;

  [[nodiscard]] bool fits_signed() const noexcept { return negative || bits <= INT64_MAX; }
  [[nodiscard]] std::int64_t as_signed() const noexcept { return static_cast<std::int64_t>(bits); }
  [[nodiscard]] bool within(std::uint64_t most) const noexcept { return !negative && bits <= most; }
};

/// Elements of a row that this version knows; further ones are ignored.
inline constexpr std::uint32_t kOriginElements = 10;
inline constexpr std::uint32_t kLeastOriginElements = 9;  ///< of a writer that tells no labels
inline constexpr std::uint32_t kSegmentElements = 7;
inline constexpr std::uint32_t kCaptureElements = 4;

[[nodiscard]] bool set_origin_element(std::vector<Origin>& origins, std::uint32_t element, WireInteger value);
[[nodiscard]] bool set_origin_text(std::vector<Origin>& origins, std::uint32_t element,
                                   std::string_view text);
/// nil: the text of the origin before. Which it is; null: it may not be left out.
[[nodiscard]] const std::string* repeat_origin_text(std::vector<Origin>& origins, std::uint32_t element);
[[nodiscard]] bool set_segment_element(std::vector<Segment>& segments, std::uint32_t element,
                                       WireInteger value);
[[nodiscard]] bool set_capture_element(std::vector<BatchCapture>& captures, std::uint32_t element,
                                       WireInteger value);

}  // namespace da::detail
