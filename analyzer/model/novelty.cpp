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
  if (added.dropped) {
    ++now.refused;
  } else if (added.before == 0) {
    ++now.singletons;
  }
  if (!added.dropped && added.before == 1 && block_ - added.born < kBlocks) {
    Block& birth = at(added.born);
    if (birth.singletons > 0) --birth.singletons;
  }
  if (now.ngrams >= block_size_) at(++block_) = {};
}

void RecentNovelty::merge(const RecentNovelty& other) noexcept {
  for (std::uint32_t age = 0; age < kBlocks; ++age) {
    const Block& theirs = other.blocks_[(other.block_ - age) % kBlocks];
    Block& ours = at(block_ - age);
    ours.ngrams += theirs.ngrams;
    ours.singletons += theirs.singletons;
    ours.refused += theirs.refused;
  }
}

void RecentNovelty::recount(const NgramCounter& merged) {
  for (Block& block : blocks_)
    block.singletons = 0;
  merged.for_each([this, &merged](const NgramCounter::Entry& entry) {
    if (entry.count == 1 && entry.age(block_) < kBlocks && length_of(entry.ngram()) == merged.order())
      ++at(block_ - entry.age(block_)).singletons;
  });
}

double RecentNovelty::unseen_mass() const noexcept {
  std::uint64_t singletons = 0;
  for (const Block& block : blocks_)
    singletons += block.singletons + block.refused;
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
