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
  return describe_call({call, arg_count, args, result, time_ns, {views.data(), count}});
}

Evidence& EvidenceRing::push() {
  if (slots_.size() < kCapacity) slots_.emplace_back();
  Evidence& slot = slots_[pushed_++ % kCapacity];
  slot.ngram = kEmptyNgram;
  slot.program = 0;
  slot.unseen = slot.after_gap = false;
  slot.captures.clear();
  return slot;
}

Evidence& EvidenceRing::replace_newest() {
  Evidence& slot = slots_[(pushed_ - 1) % kCapacity];
  slot.captures.clear();
  return slot;
}

}  // namespace da
