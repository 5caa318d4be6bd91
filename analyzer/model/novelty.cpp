#include "analyzer/model/novelty.h"

#include <algorithm>

namespace da {

RecentNovelty::RecentNovelty(std::uint64_t recent)
    : block_size_(std::max<std::uint64_t>(1, recent / (kBlocks - 1))) {}

void RecentNovelty::count(const Added& added) noexcept {
  if (!added.complete) return;
  Block& now = at(block_);
  ++now.ngrams;
  // An n-gram that found no room is as good as one seen once: it will be unseen when it comes again.
  if (added.dropped || added.before == 0) ++now.singletons;
  if (!added.dropped && added.before == 1 && block_ - added.born < kBlocks) {
    Block& birth = at(added.born);
    if (birth.singletons > 0) --birth.singletons;
  }
  if (now.ngrams >= block_size_) at(++block_) = {};
}

double RecentNovelty::unseen_mass() const noexcept {
  std::uint64_t singletons = 0;
  for (const Block& block : blocks_)
    singletons += block.singletons;
  const std::uint64_t total = ngrams();
  return total == 0 ? 1.0 : static_cast<double>(singletons) / static_cast<double>(total);
}

std::uint64_t RecentNovelty::ngrams() const noexcept {
  std::uint64_t total = 0;
  for (const Block& block : blocks_)
    total += block.ngrams;
  return total;
}

bool RecentNovelty::full() const noexcept {
  return ngrams() >= needed();
}

void RecentNovelty::restore(std::uint32_t block, const std::array<Block, kBlocks>& blocks) noexcept {
  block_ = block;
  blocks_ = blocks;
}

}  // namespace da
