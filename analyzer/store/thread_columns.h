// Footprints of threads, what threads measured in shadow, and what was fitted to that, to and from bytes.
//
// Used by profile_codec, decisions_codec and detect/thread_codec. Canonical and hostile until decoded, like
// ngram_column. A footprint is 24 bytes that say which of its 192 bytes are not 0, and those: about 90 bytes.
// Numbers of a fixed width have their low byte first.
//
//   std::string bytes = encode_footprints(profile.footprints());
//   decode_footprints(bytes, footprints);      // throws Malformed
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/model/footprint_set.h"
#include "analyzer/model/held_out_sample.h"

namespace da {

inline constexpr std::size_t kMostFootprintBytes = 24 + sizeof(Footprint);
inline constexpr std::size_t kFittedNumbers = 5 + 2 * kFeatures;

void append_footprint(std::string& bytes, const Footprint& footprint);
/// Takes it off the front. These and the ones below throw profile_fields::Malformed for anything that was not
/// written so, or that has no room.
[[nodiscard]] Footprint take_footprint(std::string_view& bytes);

/// Each with how many threads left it, ascending.
[[nodiscard]] std::string encode_footprints(const FootprintSet& footprints);
/// Adds to an empty set, at most `most`.
void decode_footprints(std::string_view bytes, std::size_t most, FootprintSet& footprints);

[[nodiscard]] std::string encode_footprints(const std::set<Footprint>& footprints);
[[nodiscard]] std::set<Footprint> decode_footprints(std::string_view bytes, std::size_t most);

[[nodiscard]] std::string encode_sample(const HeldOutSample& sample);
/// Into an empty one.
void decode_sample(std::string_view bytes, HeldOutSample& sample);

/// kFittedNumbers of them; fractions as their bits.
[[nodiscard]] std::vector<std::uint64_t> numbers_of(const Fitted& fitted);
[[nodiscard]] Fitted fitted_from(const std::vector<std::uint64_t>& numbers);

}  // namespace da
