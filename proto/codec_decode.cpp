// The reader of docs/wire-format.md, in two steps: BatchVisitor collects columns, resolve() undoes their
// deltas. What is left to check then is find_fault()'s.
#include <exception>

#include "proto/call_history.h"
#include "proto/codec.h"
#include "proto/codec_visitor.h"
#include "proto/compression.h"
#include "proto/payload_reader.h"

namespace da {
namespace {

using Kind = CodecError::Kind;
using detail::BatchVisitor;

/// Undoes the deltas of calls, counts, arguments and times.
std::optional<CodecError> resolve(BatchVisitor& raw) {
  const auto bad = [](std::string message) { return CodecError{Kind::inconsistent, std::move(message)}; };
  SyscallBatch& batch = raw.batch;
  const std::size_t records = raw.calls.size();
  batch.calls.reserve(records);
  batch.arg_counts.reserve(records);
  batch.args.reserve(records);

  CallHistory history;
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
    CallState& state = history.at(id);
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

Decoded decode_plain(std::string_view payload) {
  BatchVisitor visitor(payload.size());
  detail::PayloadReader reader(payload, visitor);
  if (!reader.read()) {
    return tl::unexpected(visitor.error.value_or(CodecError{Kind::malformed, "no msgpack"}));
  }
  if (reader.end() != payload.size())
    return tl::unexpected(CodecError{Kind::malformed, "bytes after the end"});
  if (!visitor.complete()) return tl::unexpected(CodecError{Kind::malformed, visitor.missing()});
  if (std::optional<CodecError> fault = resolve(visitor)) return tl::unexpected(std::move(*fault));
  if (std::optional<CodecError> fault = find_fault(visitor.batch)) return tl::unexpected(std::move(*fault));
  return std::move(visitor.batch);
}

}  // namespace

Decoded decode(std::string_view payload) {
  if (payload.size() > WireLimits::payload_bytes) {
    return tl::unexpected(
        CodecError{Kind::limit_exceeded, fmt::format("a payload of {} bytes", payload.size())});
  }
  try {
    const auto packed = find_compressed(payload);
    if (!packed) return tl::unexpected(packed.error());
    if (!*packed) return decode_plain(payload);
    return decompress(**packed).and_then(decode_plain);
  } catch (const std::exception& problem) {
    // msgpack's own limits, or no memory: the batch is lost either way, the process is not.
    return tl::unexpected(CodecError{Kind::malformed, problem.what()});
  }
}

}  // namespace da
