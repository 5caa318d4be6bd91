#include "analyzer/model/ngram_counter.h"

#include <algorithm>
#include <limits>

namespace da {
namespace {

constexpr std::size_t kFirstTableSize = 64;
constexpr std::uint32_t kMaxCount = std::numeric_limits<std::uint32_t>::max();

}  // namespace

NgramCounter::NgramCounter(std::size_t order, std::size_t capacity)
    : order_(std::clamp<std::size_t>(order, 1, kMaxOrder)),
      capacity_(capacity),
      mask_(kFirstTableSize - 1),
      table_(kFirstTableSize) {}

Added NgramCounter::add(Ngram window, std::uint32_t block, const Teacher& teacher) {
  Added added;
  if (block - aged_ >= kOldest) age_all(block);
  const std::size_t longest = std::min(order_, length_of(window));
  std::uint16_t mine = Lessons::kUnknown;  // of the n-gram before, which was looked at
  for (std::size_t length = 1; length <= longest; ++length) {
    Entry* entry = find_or_make(suffix(window, length), block);
    if (length == order_) added.complete = true;
    if (entry == nullptr) {
      ++dropped_;
      added.dropped = length == order_;
      continue;
    }
    if (length == order_) {
      added.before = entry->count;
      added.born = block - entry->age(block);
    }
    if (entry->count == 0) {
      entry->lesson = lessons_.take(teacher);
      ++distinct_[length];
      ++singletons_[length];
    } else if (entry->count == 1) {
      --singletons_[length];
    }
    if (entry->lesson != mine && entry->count > 0 && lessons_.is_of_another(entry->lesson, teacher.container))
      entry->lesson = Lessons::kSeveral;
    mine = entry->lesson;
    if (entry->count < kMaxCount) {
      ++entry->count;
      ++totals_[length];
    }
  }
  return added;
}

void NgramCounter::add_count(Ngram ngram, std::uint32_t count, std::uint32_t born) {
  const std::size_t length = length_of(ngram);
  if (length == 0 || length > order_ || count == 0) return;
  Entry* entry = find_or_make(ngram, born);
  if (entry == nullptr) {
    dropped_ += count;
    return;
  }
  const std::uint32_t before = entry->count;
  entry->count = count > kMaxCount - before ? kMaxCount : before + count;
  if (before == 0) entry->birth = static_cast<std::uint16_t>(born);
  totals_[length] += entry->count - before;
  if (before == 0) ++distinct_[length];
  if (before == 1) --singletons_[length];
  if (entry->count == 1) ++singletons_[length];
}

void NgramCounter::merge(const NgramCounter& other, std::int64_t later) {
  other.for_each([&](const Entry& entry) {
    const auto born = static_cast<std::uint32_t>(static_cast<std::int64_t>(entry.birth) + later);
    add_count(entry.ngram(), entry.count, born);
  });
  dropped_ += other.dropped_;
}

void NgramCounter::for_each(const std::function<void(const Entry&)>& visit) const {
  for (const Entry& entry : table_) {
    if (!entry.empty()) visit(entry);
  }
}

NgramCounter::Entry* NgramCounter::find_or_make(Ngram ngram, std::uint32_t born) {
  if (const Entry* known = find(ngram)) return const_cast<Entry*>(known);
  if (size_ >= capacity_) return nullptr;
  if (2 * (size_ + 1) > table_.size()) grow();
  Entry& made = table_[free_place(ngram)];
  made = {high_half(ngram), low_half(ngram), 0, static_cast<std::uint16_t>(born), Lessons::kUnknown};
  ++size_;
  if (context_of(ngram) == kEmptyNgram) symbols_.push_back(newest(ngram));
  return &made;
}

std::size_t NgramCounter::free_place(Ngram ngram) const noexcept {
  std::size_t at = hash(ngram) & mask_;
  while (!table_[at].empty())
    at = (at + 1) & mask_;
  return at;
}

/// Rarely: once in tens of millions of calls.
void NgramCounter::age_all(std::uint32_t block) noexcept {
  aged_ = block;
  for (Entry& entry : table_) {
    if (!entry.empty() && entry.age(block) > kOldest)
      entry.birth = static_cast<std::uint16_t>(block - kOldest);
  }
}

void NgramCounter::set_lesson(Ngram ngram, std::uint16_t lesson) noexcept {
  if (const Entry* known = find(ngram)) const_cast<Entry*>(known)->lesson = lesson;
}

NgramCounter NgramCounter::without(const std::function<bool(const Entry&)>& drop) const {
  NgramCounter kept(order_, capacity_);
  kept.lessons_ = lessons_;
  kept.aged_ = aged_;
  kept.dropped_ = dropped_;
  for_each([&](const Entry& entry) {
    if (drop(entry)) return;
    kept.add_count(entry.ngram(), entry.count, entry.birth);
    kept.set_lesson(entry.ngram(), entry.lesson);
  });
  return kept;
}

void NgramCounter::grow() {
  std::vector<Entry> old(2 * table_.size());
  old.swap(table_);
  mask_ = table_.size() - 1;
  for (const Entry& entry : old) {
    if (!entry.empty()) table_[free_place(entry.ngram())] = entry;
  }
}

}  // namespace da
