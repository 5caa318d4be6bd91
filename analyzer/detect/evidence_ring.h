// The last calls of one thread, with all that is needed to describe them in an alert.
//
// Kept per thread by the detector and carried over an exec, so that an alert about a new program shows
// what its parent did before. Holds the calls that sequences count: no scheduling noise, and of a run of
// one call the first two and the latest. Bounded: kCapacity calls, kMaxCapturedBytes a captured argument.
//
//   Evidence& evidence = ring.push();
//   evidence.take(batch, index, tid);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/model/ngram.h"
#include "proto/ids.h"
#include "proto/syscall_batch.h"

namespace da {

/// A call as it is kept. One is written for nearly every record: in two cache lines.
struct Evidence {
  Ngram ngram = kEmptyNgram;  ///< the phrase with this call as its newest; see ThreadWindow
  std::int64_t time_ns = 0;
  std::int64_t result = kNoResult;
  std::array<std::uint64_t, kMaxCallArgs> args{};
  CallId call{};
  Tid tid{};
  std::uint32_t program = 0;  ///< counts the thread's execs: windows of another program mean nothing here
  std::uint8_t arg_count = 0;
  bool unseen = false;
  bool after_gap = false;  ///< records may be missing right before it

  struct Capture {
    std::uint8_t arg = 0;
    CapturedKind kind = CapturedKind::path;
    bool truncated = false;
    std::string bytes;
  };
  std::vector<Capture> captures;

  /// The record with this index, without its captures.
  void take(const SyscallBatch& batch, std::size_t index, Tid by) noexcept {
    time_ns = batch.times_ns[index];
    result = batch.results[index];
    args = batch.args[index];
    call = batch.calls[index];
    tid = by;
    arg_count = batch.arg_counts[index];
  }
  /// describe_call() of the record with its captured arguments.
  [[nodiscard]] std::string described() const;
};

static_assert(sizeof(Evidence) <= 128);

class EvidenceRing {
 public:
  /// The default locality frame (20), the calls before it that its first n-gram needs, and what follows.
  static constexpr std::size_t kCapacity = 40;

  /// A new newest entry, for take(); valid until the next push. Its captures are empty.
  Evidence& push();
  /// The newest entry for another record, a later one of the same run. Precondition: size() > 0.
  Evidence& replace_newest();

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  /// 0 is the oldest.
  [[nodiscard]] const Evidence& operator[](std::size_t index) const noexcept {
    return slots_[(pushed_ - slots_.size() + index) % kCapacity];
  }
  /// How many were ever pushed; entry i of this ring is number pushed() - size() + i.
  [[nodiscard]] std::uint64_t pushed() const noexcept { return pushed_; }

 private:
  std::vector<Evidence> slots_;  // grows to kCapacity: most threads of a busy server are short
  std::uint64_t pushed_ = 0;
};

}  // namespace da
