// Learned profiles and images to and from bytes, for the checkpoint in Redis.
//
// Used by detect/catalogue. A blob is a msgpack map with a version; it is canonical (the same content in
// whatever order it was learned gives the same bytes) and hostile until decoded: sizes, symbols and
// states are checked, and a blob of a newer version or with other n-gram options is refused. Version 2 has no
// footprints and nothing of whole threads, version 3 does not tell kinds of them apart: such a profile keeps
// its state, and an armed one judges by departures alone.
//
//   std::string blob = encode_profile(profile);
//   Result<Profile> again = decode_profile(blob, options, score);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/model/image.h"
#include "analyzer/model/profile.h"
#include "common/result.h"

namespace da {

/// Bumped when an old reader would misread new data.
inline constexpr std::uint32_t kProfileVersion = 4;

[[nodiscard]] std::string encode_profile(const Profile& profile);
[[nodiscard]] std::string encode_image(const Image::Saved& image);

/// Errors: malformed, newer version, learned with another n-gram order, larger than the options allow.
[[nodiscard]] Result<Profile> decode_profile(std::string_view blob, const LifeCycleOptions& options,
                                             const ScoreOptions& score);
/// Whose it is, without decoding what was learned.
[[nodiscard]] Result<ProfileKey> profile_key_of(std::string_view blob);
/// The containers that taught something of it that no other did, without decoding the rest.
[[nodiscard]] Result<std::vector<std::string>> teachers_of(std::string_view blob);
[[nodiscard]] Result<Image::Saved> decode_image(std::string_view blob);

}  // namespace da
