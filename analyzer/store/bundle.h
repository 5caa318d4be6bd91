// The models of one image as one file, to take to another site: versioned, with a checksum, keyed by the
// image's digest.
//
// Written and read by `analyzer profile export|import`, taken in by the image's curator. A line of text, for
// people and `file`, then a msgpack map; hostile until decoded.
//
//   docker-anomalies bundle 2 sha256:<of all that follows>
//
//   std::string bytes = encode_bundle({image_id, name, time_ns, models});
//   Result<Bundle> bundle = decode_bundle(bytes);
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/result.h"

namespace da {

struct Bundle {
  std::string image;  ///< id: the digest
  std::string name;
  std::int64_t time_ns = 0;                   ///< when it was made
  std::map<std::string, std::string> models;  ///< blob id -> blob, as published
};

/// What an order may bring along.
inline constexpr std::size_t kMostBundleBytes = std::size_t{16} << 20U;

[[nodiscard]] std::string encode_bundle(const Bundle& bundle);
/// Errors: no bundle, a newer version, damaged, too large. The models inside are not looked at.
[[nodiscard]] Result<Bundle> decode_bundle(std::string_view bytes);

}  // namespace da
