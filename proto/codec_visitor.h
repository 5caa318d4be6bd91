// Takes msgpack's parse events and collects a batch whose columns are checked, but still delta-coded.
//
// Used by codec_decode.cpp alone. It builds no msgpack objects: integers of a column go straight into
// its vector, rows are undone by codec_rows.h, what is unknown is skipped.
//
//   BatchVisitor visitor(payload.size());
//   PayloadReader(payload, visitor).read();   // false: see visitor.error
#pragma once

#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <msgpack.hpp>

#include "proto/codec.h"
#include "proto/codec_fields.h"
#include "proto/codec_rows.h"

namespace da::detail {

class BatchVisitor : public msgpack::null_visitor {
 public:
  explicit BatchVisitor(std::size_t payload_size) : payload_size_(payload_size) {}

  SyscallBatch batch;
  /// Still delta-coded, as are batch.results and batch.times_ns.
  std::vector<std::int64_t> calls, nargs, nargx, args;
  std::optional<CodecError> error;

  bool visit_positive_integer(std::uint64_t value) {
    if (column_ == nullptr) return integer({value, false});
    if (value > INT64_MAX) return malformed("an integer out of range in {}");
    column_->push_back(static_cast<std::int64_t>(value));
    return true;
  }
  bool visit_negative_integer(std::int64_t value) {
    if (column_ == nullptr) return integer({static_cast<std::uint64_t>(value), true});
    column_->push_back(value);
    return true;
  }
  /// Whether the next value should be a column of integers. If it is: start_array(), these, end_array().
  [[nodiscard]] bool expects_column() { return depth_ == 1 && column_of(field_) != nullptr; }
  void append(std::span<const std::int64_t> values) {
    column_->insert(column_->end(), values.begin(), values.end());
  }

  bool visit_nil() {
    if (column_ != nullptr && field_ == Field::results) {
      column_->push_back(kNoResult);
      return true;
    }
    const std::string* const repeated = depth_ == 3 && field_ == Field::origins && row_at_ < kOriginElements
                                            ? repeat_origin_text(batch.origins, row_at_)
                                            : nullptr;
    if (repeated != nullptr) {
      // One byte repeats kilobytes, so the sum is bounded as it grows.
      origin_bytes_ += repeated->size();
      return origin_bytes_ <= WireLimits::origin_bytes ||
             fail(Kind::limit_exceeded, "too many bytes of texts in origins");
    }
    return other("nil");
  }
  bool visit_boolean(bool) { return other("a boolean"); }
  bool visit_float32(float) { return other("a float"); }
  bool visit_float64(double) { return other("a float"); }
  bool visit_ext(const char*, std::uint32_t) { return other("an extension"); }
  bool visit_bin(const char* bytes, std::uint32_t size) { return text(std::string_view(bytes, size)); }
  bool visit_str(const char* bytes, std::uint32_t size) {
    const std::string_view value(bytes, size);
    return in_key_ ? key(value) : text(value);
  }

  bool start_map(std::uint32_t) {
    if (depth_ != 0 && !ignoring()) return other("a map");
    return descend();
  }
  bool end_map() { return ascend(); }
  bool start_map_key() {
    if (depth_ == 1) in_key_ = true;
    return true;
  }
  bool end_map_key() {
    in_key_ = false;
    return true;
  }

  bool start_array(std::uint32_t size) {
    if (ignoring()) return descend();
    // An element takes a byte at least: a larger count is a lie and must not allocate.
    if (size > payload_size_) return malformed("a count beyond the payload in {}");
    if (depth_ == 1 && !in_key_) return start_field(size);
    if (depth_ == 2 && row_size(field_) != 0) return start_row(size);
    return other("an array");
  }
  bool end_array_item() {
    if (depth_ == 3) ++row_at_;
    return true;
  }
  bool end_array() {
    column_ = nullptr;
    return ascend();
  }

  void parse_error(std::size_t at, std::size_t) {
    fail(Kind::malformed, fmt::format("no msgpack at byte {}", at));
  }
  void insufficient_bytes(std::size_t, std::size_t at) {
    fail(Kind::malformed, fmt::format("cut off at byte {}", at));
  }

  [[nodiscard]] bool complete() const { return seen_ == kAllFields; }
  [[nodiscard]] std::string missing() const {
    for (std::size_t i = 0; i < std::size(kKeys); ++i) {
      if ((seen_ & (1U << i)) == 0) return fmt::format("no key \"{}\"", kKeys[i]);
    }
    return {};
  }

 private:
  using Kind = CodecError::Kind;

  bool fail(Kind kind, std::string message) {
    if (!error) error = CodecError{kind, std::move(message)};
    return false;
  }
  bool malformed(const char* format) {
    return fail(Kind::malformed, fmt::format(fmt::runtime(format), field_name()));
  }
  [[nodiscard]] std::string_view field_name() const {
    return field_ == Field::unknown ? "an unknown key" : kKeys[static_cast<std::size_t>(field_)];
  }

  /// Whether the next value belongs to a key or a row element that this version does not know.
  [[nodiscard]] bool ignoring() const {
    if (depth_ == 0 || in_key_) return false;
    return field_ == Field::unknown || (depth_ >= 3 && row_at_ >= row_size(field_));
  }
  bool other(std::string_view what) {
    if (ignoring()) return true;
    if (depth_ == 0) return fail(Kind::malformed, "not a map");
    if (in_key_) return fail(Kind::malformed, fmt::format("{} as a key", what));
    return fail(Kind::malformed, fmt::format("{} in {}", what, field_name()));
  }

  bool descend() {
    if (depth_ > WireLimits::unknown_depth) return fail(Kind::limit_exceeded, "nested too deeply");
    ++depth_;
    return true;
  }
  bool ascend() {
    --depth_;
    return true;
  }

  bool key(std::string_view name) {
    field_ = Field::unknown;
    for (std::size_t i = 0; i < std::size(kKeys); ++i) {
      if (kKeys[i] == name) field_ = static_cast<Field>(i);
    }
    // The version comes first, so that nothing of a newer layout is looked at before it is refused.
    if (seen_ == 0 && field_ != Field::v) return fail(Kind::malformed, "does not begin with a version");
    if (field_ == Field::unknown) return true;
    const std::uint32_t bit = 1U << static_cast<unsigned>(field_);
    if ((seen_ & bit) != 0) return malformed("{} twice");
    seen_ |= bit;
    return true;
  }

  bool integer(WireInteger value) {
    if (ignoring()) return true;
    if (depth_ == 1 && !in_key_) return header_integer(value);
    if (depth_ == 3) return row_integer(value);
    return other("an integer");
  }

  bool header_integer(WireInteger value) {
    BatchHeader& header = batch.header;
    switch (field_) {
      case Field::v:
        if (value.negative || value.bits == 0) return malformed("a version that never was in {}");
        if (value.bits == kCompressedVersion) return fail(Kind::malformed, "compressed twice");
        if (value.bits > kWireVersion) {
          return fail(Kind::newer_version, fmt::format("version {} is newer than this reader's {}",
                                                       value.bits, kCompressedVersion));
        }
        return true;
      case Field::epoch:
        header.epoch = Epoch{value.bits};
        return !value.negative || other("a negative number");
      case Field::seq:
        header.sequence = value.bits;
        return !value.negative || other("a negative number");
      case Field::r0:
        header.records_before = value.bits;
        return !value.negative || other("a negative number");
      case Field::t0:
        header.start_ns = value.as_signed();
        return value.fits_signed() || other("a huge number");
      default:
        return other("an integer");
    }
  }

  bool start_field(std::uint32_t size) {
    if (field_ <= Field::t0) return other("an array");
    if (size > most_elements(field_))
      return fail(Kind::limit_exceeded, fmt::format("{} elements in {}", size, field_name()));
    if (field_ == Field::origins) batch.origins.reserve(size);
    if (field_ == Field::segs) batch.segments.reserve(size);
    if (field_ == Field::caps) batch.captures.reserve(size);
    column_ = column_of(field_);
    if (column_ != nullptr) column_->reserve(size);
    return descend();
  }

  [[nodiscard]] std::vector<std::int64_t>* column_of(Field field) {
    switch (field) {
      case Field::calls:
        return &calls;
      case Field::nargs:
        return &nargs;
      case Field::nargx:
        return &nargx;
      case Field::args:
        return &args;
      case Field::results:
        return &batch.results;
      case Field::times:
        return &batch.times_ns;
      default:
        return nullptr;
    }
  }

  bool start_row(std::uint32_t size) {
    if (size < least_row_size(field_)) return malformed("a short row in {}");
    row_at_ = 0;
    if (field_ == Field::origins) batch.origins.emplace_back();
    if (field_ == Field::segs) batch.segments.emplace_back();
    if (field_ == Field::caps) batch.captures.emplace_back();
    return descend();
  }

  bool row_integer(WireInteger value) {
    bool good = false;
    if (field_ == Field::segs) good = set_segment_element(batch.segments, row_at_, value);
    if (field_ == Field::caps) good = set_capture_element(batch.captures, row_at_, value);
    if (field_ == Field::origins) good = set_origin_element(batch.origins, row_at_, value);
    return good || fail(Kind::inconsistent,
                        fmt::format("element {} of a row of {} is out of range", row_at_, field_name()));
  }

  bool text(std::string_view value) {
    if (ignoring()) return true;
    const std::size_t most = field_ == Field::caps ? WireLimits::capture_bytes : WireLimits::text_bytes;
    if (value.size() > most)
      return fail(Kind::limit_exceeded, fmt::format("{} bytes in {}", value.size(), field_name()));
    if (depth_ == 1 && !in_key_ && field_ == Field::host) {
      batch.header.host = value;
      return true;
    }
    if (depth_ == 3 && field_ == Field::caps && row_at_ == 3) {
      batch.captures.back().bytes = value;
      return true;
    }
    if (depth_ == 3 && field_ == Field::origins && set_origin_text(batch.origins, row_at_, value))
      return true;
    return other("a string");
  }

  std::size_t payload_size_;
  std::vector<std::int64_t>* column_ = nullptr;  ///< where integers go; null outside a flat column
  Field field_ = Field::unknown;
  bool in_key_ = false;
  std::uint32_t depth_ = 0;   ///< open arrays and maps: 1 in the root, 2 in a field, 3 in a row
  std::uint32_t row_at_ = 0;  ///< element of the row that comes next
  std::size_t origin_bytes_ = 0;
  std::uint32_t seen_ = 0;  ///< one bit a Field
};

}  // namespace da::detail
