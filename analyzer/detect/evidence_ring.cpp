#include "analyzer/detect/evidence_ring.h"

#include <algorithm>
#include <array>

#include "proto/syscalls/describe.h"

namespace da {

std::string Evidence::described() const {
  std::array<CapturedArg, kMaxCallArgs> views;
  const std::size_t count = std::min(captures.size(), views.size());
  for (std::size_t i = 0; i < count; ++i)
    views[i] = {captures[i].arg, captures[i].kind, captures[i].truncated, captures[i].bytes};
  SyscallRecord whole = record;
  whole.captured = {views.data(), count};
  return describe_call(whole);
}

Evidence& EvidenceRing::push(const SyscallRecord& record, Tid tid) {
  if (slots_.size() < kCapacity) slots_.emplace_back();
  Evidence& slot = slots_[pushed_++ % kCapacity];
  slot.record = record;
  slot.record.captured = {};
  slot.tid = tid;
  slot.ngram = kEmptyNgram;
  slot.program = 0;
  slot.unseen = slot.after_gap = false;
  slot.captures.clear();
  return slot;
}

Evidence& EvidenceRing::replace_newest(const SyscallRecord& record, Tid tid) {
  Evidence& slot = slots_[(pushed_ - 1) % kCapacity];
  slot.record = record;
  slot.record.captured = {};
  slot.tid = tid;
  slot.captures.clear();
  return slot;
}

}  // namespace da
