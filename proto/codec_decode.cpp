// The reader of docs/wire-format.md.
//
// Two steps: BatchVisitor takes the msgpack events and collects checked, still delta-coded columns;
// resolve() undoes the deltas. What is left to check then is find_fault()'s.
#include <exception>
#include <iterator>

#include <fmt/format.h>
#include <msgpack.hpp>

#include "proto/codec.h"
#include "proto/codec_calls.h"

namespace da {
namespace {

using Kind = CodecError::Kind;
using Column = std::vector<std::int64_t>;

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
constexpr std::string_view kKeys[] = {"v",     "host",    "epoch",   "seq",   "r0",
                                      "t0",    "origins", "segs",    "calls", "nargs",
                                      "nargx", "args",    "results", "times", "caps"};
constexpr std::uint32_t kAllFields = (1U << std::size(kKeys)) - 1;

/// Elements of a row that this version knows; further ones are ignored.
constexpr std::uint32_t row_size(Field field) {
  switch (field) {
    case Field::origins:
      return 9;
    case Field::segs:
      return 7;
    case Field::caps:
      return 4;
    default:
      return 0;
  }
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

/// An integer of a header field or a row: msgpack has uint64 and int64.
struct Integer {
  std::uint64_t bits;
  bool negative;

  [[nodiscard]] bool fits_signed() const { return negative || bits <= INT64_MAX; }
  [[nodiscard]] std::int64_t as_signed() const { return static_cast<std::int64_t>(bits); }
  [[nodiscard]] bool within(std::uint64_t most) const { return !negative && bits <= most; }
};

bool add_tid(std::int64_t base, Integer delta, std::int32_t& sum) {
  std::int64_t wide = 0;
  if (!delta.fits_signed() || __builtin_add_overflow(base, delta.as_signed(), &wide)) return false;
  sum = static_cast<std::int32_t>(wide);
  return sum == wide;
}

class BatchVisitor : public msgpack::null_visitor {
 public:
  explicit BatchVisitor(std::size_t payload_size) : payload_size_(payload_size) {}

  SyscallBatch batch;
  Column calls, nargs, nargx, args;  // still delta-coded; results and times lie in the batch
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
  bool visit_nil() {
    if (column_ != nullptr && field_ == Field::results) {
      column_->push_back(kNoResult);
      return true;
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

  bool integer(Integer value) {
    if (ignoring()) return true;
    if (depth_ == 1 && !in_key_) return header_integer(value);
    if (depth_ == 3) return row_integer(value);
    return other("an integer");
  }

  bool header_integer(Integer value) {
    BatchHeader& header = batch.header;
    switch (field_) {
      case Field::v:
        if (!value.within(UINT64_MAX) || value.bits == 0) return malformed("a version that never was in {}");
        if (value.bits > kWireVersion) {
          return fail(Kind::newer_version,
                      fmt::format("version {} is newer than this reader's {}", value.bits, kWireVersion));
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
    switch (field_) {
      case Field::origins:
        batch.origins.reserve(size);
        break;
      case Field::segs:
        batch.segments.reserve(size);
        break;
      case Field::caps:
        batch.captures.reserve(size);
        break;
      case Field::calls:
        column_ = &calls;
        break;
      case Field::nargs:
        column_ = &nargs;
        break;
      case Field::nargx:
        column_ = &nargx;
        break;
      case Field::args:
        column_ = &args;
        break;
      case Field::results:
        column_ = &batch.results;
        break;
      default:
        column_ = &batch.times_ns;
        break;
    }
    if (column_ != nullptr) column_->reserve(size);
    return descend();
  }

  bool start_row(std::uint32_t size) {
    if (size < row_size(field_)) return malformed("a short row in {}");
    row_at_ = 0;
    switch (field_) {
      case Field::origins:
        batch.origins.emplace_back();
        break;
      case Field::segs:
        batch.segments.emplace_back();
        break;
      default:
        batch.captures.emplace_back();
        break;
    }
    return descend();
  }

  bool row_integer(Integer value) {
    bool good = false;
    if (field_ == Field::segs) good = segment_integer(batch.segments.back(), value);
    if (field_ == Field::caps) good = capture_integer(batch.captures.back(), value);
    if (field_ == Field::origins) good = origin_integer(batch.origins.back(), value);
    return good || fail(Kind::inconsistent,
                        fmt::format("element {} of a row of {} is out of range", row_at_, field_name()));
  }

  bool segment_integer(Segment& segment, Integer value) {
    const Segment* before = batch.segments.size() > 1 ? &segment - 1 : nullptr;
    std::int32_t id = 0;
    switch (row_at_) {
      case 0:
        segment.task = TaskSerial{(before != nullptr ? to_raw(before->task) : 0) + value.bits};
        return value.fits_signed();
      case 1:
        if (!add_tid(before != nullptr ? to_raw(before->tid) : 0, value, id)) return false;
        segment.tid = Tid{id};
        return true;
      case 2:
        if (!add_tid(to_raw(segment.tid), value, id)) return false;
        segment.pid = Pid{id};
        return true;
      case 3:
        segment.record_count = static_cast<std::uint32_t>(value.bits);
        return value.within(WireLimits::records);
      case 4:
        segment.flags = static_cast<std::uint8_t>(value.bits & kKnownSegmentFlags);
        return value.within(UINT8_MAX);
      case 5:
        segment.origin = static_cast<std::uint32_t>(value.bits);
        return value.within(WireLimits::origins);
      default:
        segment.lost = value.bits;
        return !value.negative;
    }
  }

  bool capture_integer(BatchCapture& capture, Integer value) {
    const std::uint32_t before = batch.captures.size() > 1 ? (&capture - 1)->record : 0;
    const auto byte = static_cast<std::uint8_t>(value.bits & 0xffU);
    switch (row_at_) {
      case 0:
        capture.record = before + static_cast<std::uint32_t>(value.bits);
        return value.within(WireLimits::records - before);
      case 1:
        capture.arg = byte;
        return value.within(kMaxCallArgs - 1);
      case 2:
        capture.truncated = (byte & 0x80U) != 0;
        capture.kind = static_cast<CapturedKind>(byte & 0x7fU);
        return value.within(UINT8_MAX);
      default:
        return false;
    }
  }

  bool origin_integer(Origin& origin, Integer value) {
    if (row_at_ == 7) {
      std::int32_t id = 0;
      if (!add_tid(0, value, id)) return false;
      origin.parent_pid = Pid{id};
      return true;
    }
    origin.arch = static_cast<Arch>(value.bits & 3U);
    return row_at_ == 8 && value.within(static_cast<std::uint64_t>(Arch::aarch64));
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
    if (depth_ == 3 && field_ == Field::origins && row_at_ < 7) {
      static constexpr std::string Origin::*kTexts[] = {
          &Origin::container_id, &Origin::container_name,    &Origin::image,       &Origin::image_id,
          &Origin::executable,   &Origin::parent_executable, &Origin::command_line};
      batch.origins.back().*kTexts[row_at_] = value;
      return true;
    }
    return other("a string");
  }

  std::size_t payload_size_;
  Column* column_ = nullptr;  ///< where integers go; null outside a flat column
  Field field_ = Field::unknown;
  bool in_key_ = false;
  std::uint32_t depth_ = 0;   ///< open arrays and maps: 1 in the root, 2 in a field, 3 in a row
  std::uint32_t row_at_ = 0;  ///< element of the row that comes next
  std::uint32_t seen_ = 0;    ///< one bit a Field
};

/// Undoes the deltas of calls, counts, arguments and times.
std::optional<CodecError> resolve(BatchVisitor& raw) {
  const auto bad = [](std::string message) { return CodecError{Kind::inconsistent, std::move(message)}; };
  SyscallBatch& batch = raw.batch;
  const std::size_t records = raw.calls.size();
  batch.calls.reserve(records);
  batch.arg_counts.reserve(records);
  batch.args.reserve(records);

  detail::CallHistory history;
  std::uint64_t call = 0;
  std::size_t next_arg = 0;
  std::size_t next_exception = 0;
  std::uint64_t exception_at = raw.nargx.empty() ? records : static_cast<std::uint64_t>(raw.nargx[0]);
  if (raw.nargx.size() % 2 != 0) return bad("half a pair in nargx");
  for (std::size_t i = 0; i < records; ++i) {
    call += static_cast<std::uint64_t>(raw.calls[i]);
    if (call >> WireLimits::call_bits != 0) return bad(fmt::format("record {}: no call has this number", i));
    const CallId id{static_cast<std::uint32_t>(call)};
    const std::size_t known = history.size();
    detail::CallState& state = history.at(id);
    if (history.size() != known) {
      if (known >= raw.nargs.size()) return bad("more distinct calls than argument counts");
      if (raw.nargs[known] < 0 || raw.nargs[known] > static_cast<std::int64_t>(kMaxCallArgs)) {
        return bad(fmt::format("a call of {} arguments", raw.nargs[known]));
      }
      state.arg_count = static_cast<std::uint8_t>(raw.nargs[known]);
    }
    std::uint8_t count = state.arg_count;
    if (i == exception_at) {
      const std::int64_t other = raw.nargx[next_exception + 1];
      if (other < 0 || other > static_cast<std::int64_t>(kMaxCallArgs))
        return bad(fmt::format("a call of {} arguments", other));
      count = static_cast<std::uint8_t>(other);
      next_exception += 2;
      if (next_exception < raw.nargx.size()) {
        if (raw.nargx[next_exception] <= 0) return bad("nargx out of order");
        exception_at += static_cast<std::uint64_t>(raw.nargx[next_exception]);
      }
    }
    if (raw.args.size() - next_arg < count) return bad("fewer arguments than the calls have");
    std::array<std::uint64_t, kMaxCallArgs>& args = batch.args.emplace_back();
    for (std::size_t arg = 0; arg < count; ++arg) {
      state.previous[arg] += static_cast<std::uint64_t>(raw.args[next_arg++]);
      args[arg] = state.previous[arg];
    }
    batch.calls.push_back(id);
    batch.arg_counts.push_back(count);
  }
  if (next_arg != raw.args.size()) return bad("more arguments than the calls have");
  if (history.size() != raw.nargs.size()) return bad("more argument counts than distinct calls");
  if (next_exception != raw.nargx.size()) return bad("nargx beyond the last record");

  // A kind that a later minor version adds costs its capture, not the batch.
  std::erase_if(batch.captures,
                [](const BatchCapture& capture) { return capture.kind > CapturedKind::text; });

  auto time = static_cast<std::uint64_t>(batch.header.start_ns);
  for (std::int64_t& column : batch.times_ns) {
    time += static_cast<std::uint64_t>(column);
    column = static_cast<std::int64_t>(time);
  }
  return {};
}

}  // namespace

Decoded decode(std::string_view payload) {
  if (payload.size() > WireLimits::payload_bytes) {
    return tl::unexpected(
        CodecError{Kind::limit_exceeded, fmt::format("a payload of {} bytes", payload.size())});
  }
  try {
    BatchVisitor visitor(payload.size());
    std::size_t end = 0;
    if (!msgpack::parse(payload.data(), payload.size(), end, visitor)) {
      return tl::unexpected(visitor.error.value_or(CodecError{Kind::malformed, "no msgpack"}));
    }
    if (end != payload.size()) return tl::unexpected(CodecError{Kind::malformed, "bytes after the end"});
    if (!visitor.complete()) return tl::unexpected(CodecError{Kind::malformed, visitor.missing()});
    if (std::optional<CodecError> fault = resolve(visitor)) return tl::unexpected(std::move(*fault));
    if (std::optional<CodecError> fault = find_fault(visitor.batch)) return tl::unexpected(std::move(*fault));
    return std::move(visitor.batch);
  } catch (const std::exception& problem) {
    // msgpack's own limits, or no memory: the batch is lost either way, the process is not.
    return tl::unexpected(CodecError{Kind::malformed, problem.what()});
  }
}

}  // namespace da
