// The writer of docs/wire-format.md.
#include <cassert>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <msgpack.hpp>

#include "proto/call_history.h"
#include "proto/codec.h"
#include "proto/packed_integer.h"

namespace da {
namespace {

/// Where the packer writes: memory that is kept from batch to batch, so that it is neither asked for nor
/// cleared anew each time.
class Sink {
 public:
  explicit Sink(std::vector<char>& memory) : memory_(memory) {}

  void write(const char* bytes, std::size_t size) {
    make_room(size);
    std::memcpy(memory_.data() + used_, bytes, size);
    used_ += size;
  }
  /// Room for `count` integers, to be written by pack_integer(); then say how far with end_at().
  [[nodiscard]] char* begin_integers(std::size_t count) {
    make_room(kPackedRoom * (count + 1));
    return memory_.data() + used_;
  }
  void end_at(const char* end) { used_ = static_cast<std::size_t>(end - memory_.data()); }
  [[nodiscard]] std::string taken(std::string into) const {
    if (into.capacity() < used_ || into.capacity() > 2 * used_) return {memory_.data(), used_};
    into.assign(memory_.data(), used_);
    return into;
  }

 private:
  void make_room(std::size_t size) {
    if (memory_.size() - used_ < size) memory_.resize(2 * memory_.size() + size);
  }

  std::vector<char>& memory_;
  std::size_t used_ = 0;
};
using Packer = msgpack::packer<Sink>;

/// The difference modulo 2^64 as a signed number: small for close values, and never an overflow.
std::int64_t wrapped_delta(std::uint64_t value, std::uint64_t previous) {
  return static_cast<std::int64_t>(value - previous);
}

std::uint32_t length_of(std::size_t size) {
  return static_cast<std::uint32_t>(size);
}

void pack_key(Packer& packer, std::string_view key) {
  packer.pack_str(length_of(key.size()));
  packer.pack_str_body(key.data(), length_of(key.size()));
}

/// Names and paths need not be UTF-8, so all text travels as bin.
void pack_bytes(Packer& packer, std::string_view bytes) {
  packer.pack_bin(length_of(bytes.size()));
  packer.pack_bin_body(bytes.data(), length_of(bytes.size()));
}

void pack_header(Packer& packer, const BatchHeader& header) {
  pack_key(packer, "v");
  packer.pack_uint32(kWireVersion);
  pack_key(packer, "host");
  pack_bytes(packer, header.host);
  pack_key(packer, "epoch");
  packer.pack_uint64(to_raw(header.epoch));
  pack_key(packer, "seq");
  packer.pack_uint64(header.sequence);
  pack_key(packer, "r0");
  packer.pack_uint64(header.records_before);
  pack_key(packer, "t0");
  packer.pack_int64(header.start_ns);
}

void pack_origins(Packer& packer, const std::vector<Origin>& origins) {
  pack_key(packer, "origins");
  packer.pack_array(length_of(origins.size()));
  const Origin* before = nullptr;
  for (const Origin& origin : origins) {
    packer.pack_array(10);
    // Processes of one container differ in a text or two: nil repeats the origin before.
    const auto pack_text = [&](const auto text) {
      if (before != nullptr && before->*text == origin.*text) {
        packer.pack_nil();
      } else {
        pack_bytes(packer, origin.*text);
      }
    };
    constexpr std::span kTexts(kOriginTexts);
    for (const auto text : kTexts.first(kTexts.size() - 1))
      pack_text(text);
    packer.pack_int32(to_raw(origin.parent_pid));
    packer.pack_uint8(static_cast<std::uint8_t>(origin.arch));
    pack_text(kTexts.back());
    before = &origin;
  }
}

void pack_segments(Packer& packer, const std::vector<Segment>& segments) {
  pack_key(packer, "segs");
  packer.pack_array(length_of(segments.size()));
  std::uint64_t task = 0;
  std::int64_t tid = 0;
  for (const Segment& segment : segments) {
    packer.pack_array(7);
    packer.pack_int64(wrapped_delta(to_raw(segment.task), task));
    packer.pack_int64(to_raw(segment.tid) - tid);
    task = to_raw(segment.task);
    tid = to_raw(segment.tid);
    packer.pack_int64(to_raw(segment.pid) - tid);
    packer.pack_uint32(segment.record_count);
    packer.pack_uint8(segment.flags);
    packer.pack_uint32(segment.origin);
    packer.pack_uint64(segment.lost);
  }
}

/// A record whose argument count is not the one its call began with.
struct CountException {
  std::uint32_t record;
  std::uint8_t arg_count;
};

/// Also fills `history` with the usual argument count of each distinct call.
std::vector<CountException> pack_calls(Packer& packer, Sink& sink, const SyscallBatch& batch,
                                       CallHistory& history) {
  std::vector<CountException> exceptions;
  pack_key(packer, "calls");
  packer.pack_array(length_of(batch.record_count()));
  char* at = sink.begin_integers(batch.record_count());
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < batch.record_count(); ++i) {
    const std::int64_t raw = static_cast<std::uint32_t>(batch.calls[i]);
    at = pack_integer(at, raw - previous);
    previous = raw;
    const std::size_t known = history.size();
    CallState& state = history.at(batch.calls[i]);
    if (history.size() != known) {
      state.arg_count = batch.arg_counts[i];
    } else if (state.arg_count != batch.arg_counts[i]) {
      exceptions.push_back({static_cast<std::uint32_t>(i), batch.arg_counts[i]});
    }
  }
  sink.end_at(at);
  return exceptions;
}

void pack_arg_counts(Packer& packer, const CallHistory& history,
                     const std::vector<CountException>& exceptions) {
  pack_key(packer, "nargs");
  packer.pack_array(length_of(history.size()));
  for (const CallState& state : history.states())
    packer.pack_uint8(state.arg_count);

  pack_key(packer, "nargx");
  packer.pack_array(length_of(2 * exceptions.size()));
  std::uint32_t previous = 0;
  for (const CountException& exception : exceptions) {
    packer.pack_uint32(exception.record - previous);
    packer.pack_uint8(exception.arg_count);
    previous = exception.record;
  }
}

void pack_args(Packer& packer, Sink& sink, const SyscallBatch& batch, CallHistory& history) {
  std::size_t count = 0;
  for (const std::uint8_t arg_count : batch.arg_counts)
    count += arg_count;
  pack_key(packer, "args");
  packer.pack_array(length_of(count));
  char* at = sink.begin_integers(count);
  for (std::size_t i = 0; i < batch.record_count(); ++i) {
    CallState& state = history.at(batch.calls[i]);
    for (std::size_t arg = 0; arg < batch.arg_counts[i]; ++arg) {
      at = pack_integer(at, wrapped_delta(batch.args[i][arg], state.previous[arg]));
      state.previous[arg] = batch.args[i][arg];
    }
  }
  sink.end_at(at);
}

void pack_results_and_times(Packer& packer, Sink& sink, const SyscallBatch& batch) {
  constexpr char kNil = '\xc0';
  pack_key(packer, "results");
  packer.pack_array(length_of(batch.results.size()));
  char* at = sink.begin_integers(batch.results.size());
  for (const std::int64_t result : batch.results) {
    if (result == kNoResult) {
      *at++ = kNil;
    } else {
      at = pack_integer(at, result);
    }
  }
  sink.end_at(at);
  pack_key(packer, "times");
  packer.pack_array(length_of(batch.times_ns.size()));
  auto previous = static_cast<std::uint64_t>(batch.header.start_ns);
  at = sink.begin_integers(batch.times_ns.size());
  for (const std::int64_t time : batch.times_ns) {
    at = pack_integer(at, wrapped_delta(static_cast<std::uint64_t>(time), previous));
    previous = static_cast<std::uint64_t>(time);
  }
  sink.end_at(at);
}

void pack_captures(Packer& packer, const std::vector<BatchCapture>& captures) {
  pack_key(packer, "caps");
  packer.pack_array(length_of(captures.size()));
  std::uint32_t previous = 0;
  for (const BatchCapture& capture : captures) {
    packer.pack_array(4);
    packer.pack_uint32(capture.record - previous);
    packer.pack_uint8(capture.arg);
    packer.pack_uint8(
        static_cast<std::uint8_t>(static_cast<unsigned>(capture.kind) | (capture.truncated ? 0x80U : 0U)));
    pack_bytes(packer, capture.bytes);
    previous = capture.record;
  }
}

}  // namespace

std::string encode(const SyscallBatch& batch, std::string into) {
  assert(!find_fault(batch));
  thread_local std::vector<char> memory;
  Sink sink(memory);
  Packer packer(sink);
  packer.pack_map(15);
  pack_header(packer, batch.header);
  pack_origins(packer, batch.origins);
  pack_segments(packer, batch.segments);
  CallHistory history;
  const std::vector<CountException> exceptions = pack_calls(packer, sink, batch, history);
  pack_arg_counts(packer, history, exceptions);
  pack_args(packer, sink, batch, history);
  pack_results_and_times(packer, sink, batch);
  pack_captures(packer, batch.captures);
  return sink.taken(std::move(into));
}

}  // namespace da
