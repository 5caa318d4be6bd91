// Payloads packed once more by LZ4: version 2 of the wire format, whose content is a payload of version 1.
//
// For links and Redis memory that are dearer than processor time. A compressed payload comes from Redis and
// is hostile: what it says of its size is checked before memory is taken.
//
//   std::string packed = compress(encode(batch));
//   auto found = find_compressed(packed);            // nothing in it: not compressed
//   if (found && *found) payload = decompress(**found);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "proto/codec.h"

namespace da {

enum class Compression : std::uint8_t { none, lz4 };

/// A view of a payload of version 2.
struct CompressedPayload {
  std::uint64_t size = 0;  ///< of what is inside; not checked yet
  std::string_view block;  ///< LZ4 block format, without a frame
};

/// The memory of `into` is used if it is large enough.
/// Precondition: payload.size() <= WireLimits::payload_bytes.
[[nodiscard]] std::string compress(std::string_view payload, std::string into = {});

/// Looks at the version first, and at nothing more unless that is 2.
[[nodiscard]] tl::expected<std::optional<CompressedPayload>, CodecError> find_compressed(
    std::string_view payload);

/// Refuses what is larger than WireLimits::payload_bytes, or not of the size that it says.
[[nodiscard]] tl::expected<std::string, CodecError> decompress(const CompressedPayload& packed);

}  // namespace da
