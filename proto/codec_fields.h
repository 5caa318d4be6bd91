// The keys of a batch's map and the size limits of their values, for the decoder (codec_visitor.h).
//
//   if (size > most_elements(Field::calls)) ...
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

#include "proto/codec.h"
#include "proto/codec_rows.h"

namespace da::detail {

/// In the order of kKeys.
enum class Field : std::uint8_t {
  v,
  host,
  epoch,
  seq,
  r0,
  t0,
  origins,
  segs,
  calls,
  nargs,
  nargx,
  args,
  results,
  times,
  caps,
  unknown
};
inline constexpr std::string_view kKeys[] = {"v",     "host",    "epoch",   "seq",   "r0",
                                             "t0",    "origins", "segs",    "calls", "nargs",
                                             "nargx", "args",    "results", "times", "caps"};
inline constexpr std::uint32_t kAllFields = (1U << std::size(kKeys)) - 1;

/// 0 for a field whose elements are plain integers.
constexpr std::uint32_t row_size(Field field) {
  switch (field) {
    case Field::origins:
      return kOriginElements;
    case Field::segs:
      return kSegmentElements;
    case Field::caps:
      return kCaptureElements;
    default:
      return 0;
  }
}
/// A shorter row is malformed.
constexpr std::uint32_t least_row_size(Field field) {
  return field == Field::origins ? kLeastOriginElements : row_size(field);
}
constexpr std::size_t most_elements(Field field) {
  switch (field) {
    case Field::origins:
      return WireLimits::origins;
    case Field::segs:
      return WireLimits::segments;
    case Field::caps:
      return WireLimits::captures;
    case Field::args:
      return WireLimits::records * kMaxCallArgs;
    case Field::nargx:
      return WireLimits::records * 2;
    default:
      return WireLimits::records;
  }
}

}  // namespace da::detail
