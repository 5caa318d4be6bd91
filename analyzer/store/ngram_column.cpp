#include "analyzer/store/ngram_column.h"

#include <algorithm>
#include <vector>

#include "analyzer/model/novelty.h"
#include "analyzer/store/leb128.h"

namespace da {
namespace {

using profile_fields::Malformed;

constexpr unsigned kLengthShift = 4;
constexpr unsigned kSharedMask = 0xf;

/// Symbols that two n-grams have in common at their beginnings; none if their lengths differ.
std::size_t shared_symbols(Ngram a, Ngram b) {
  const std::size_t length = length_of(a);
  if (length != length_of(b)) return 0;
  std::size_t shared = 0;
  while (shared < length && symbol_at(a, length - 1 - shared) == symbol_at(b, length - 1 - shared))
    ++shared;
  return shared;
}

}  // namespace

std::string encode_ngrams(const NgramCounter& counter, std::uint32_t block) {
  std::vector<NgramCounter::Entry> entries;
  entries.reserve(counter.size());
  counter.for_each([&](const NgramCounter::Entry& entry) { entries.push_back(entry); });
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.ngram() < b.ngram(); });

  std::string bytes;
  bytes.reserve(4 * entries.size());
  Ngram before = kEmptyNgram;
  for (const NgramCounter::Entry& entry : entries) {
    const Ngram ngram = entry.ngram();
    const std::size_t length = length_of(ngram);
    const std::size_t shared = shared_symbols(ngram, before);
    bytes.push_back(static_cast<char>((length << kLengthShift) | shared));
    for (std::size_t age = length - shared; age-- > 0;)
      add_number(bytes, symbol_at(ngram, age));
    add_number(bytes, entry.count);
    // Only a singleton's birth matters any more.
    if (entry.count == 1) {
      const auto age = std::min<std::uint32_t>(entry.age(block), RecentNovelty::kBlocks);
      bytes.push_back(static_cast<char>(age));
    }
    before = ngram;
  }
  return bytes;
}

void decode_ngrams(std::string_view bytes, std::uint32_t block, NgramCounter& counter) {
  Ngram before = kEmptyNgram;
  while (!bytes.empty()) {
    const std::uint8_t head = take_byte(bytes, "ngrams");
    const std::size_t length = head >> kLengthShift;
    const std::size_t shared = head & kSharedMask;
    if (length == 0 || length > counter.order() || shared >= length) throw Malformed("ngrams");
    if (shared > 0 && length != length_of(before)) throw Malformed("ngrams");
    Ngram ngram = shared == 0 ? kEmptyNgram : before >> (kSymbolBits * (length - shared));
    for (std::size_t i = shared; i < length; ++i) {
      const std::uint32_t symbol = take_number(bytes, "ngrams");
      if (!is_symbol(symbol)) throw Malformed("ngrams");
      ngram = append(ngram, static_cast<Symbol>(symbol));
    }
    if (ngram <= before || shared_symbols(ngram, before) != shared) throw Malformed("ngrams");
    const std::uint32_t count = take_number(bytes, "ngrams");
    std::uint32_t age = 0;
    if (count == 0) throw Malformed("counts");
    if (count == 1) age = take_byte(bytes, "ngrams");
    if (age > RecentNovelty::kBlocks) throw Malformed("ages");
    const std::size_t known = counter.size();
    counter.add_count(ngram, count, block - age);
    if (counter.size() == known) throw Malformed("more n-grams than allowed");
    before = ngram;
  }
}

}  // namespace da
