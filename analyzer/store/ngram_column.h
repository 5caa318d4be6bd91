// The n-grams of a counter to and from bytes: sorted, each as what differs from the one before.
//
// Used by profile_codec. Canonical: the same counts give the same bytes, and no others are taken. An n-gram
// is a byte (its length in the high half, how many of its oldest symbols are those of the one before in the
// low half), its other symbols, its count, and of a singleton the blocks since it was first seen; numbers are
// LEB128.
//
//   std::string bytes = encode_ngrams(counter, novelty.block());
//   decode_ngrams(bytes, block, counter);      // throws Malformed
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/model/ngram_counter.h"

namespace da {

/// Ages are told up to RecentNovelty::kBlocks: those beyond are all old.
[[nodiscard]] std::string encode_ngrams(const NgramCounter& counter, std::uint32_t block);

/// Adds to an empty counter. Throws profile_fields::Malformed for anything that encode_ngrams() would not
/// write, or that has no room.
void decode_ngrams(std::string_view bytes, std::uint32_t block, NgramCounter& counter);

}  // namespace da
