// The models of one image as one file, to take to another site: versioned, with a checksum, keyed by the
// image's digest.
//
// Written and read by `analyzer profile export|import`, taken in by the image's curator. A line of text, for
// people and `file`, then a msgpack map; hostile until decoded.
//
//   docker-anomalies bundle 1 sha256:<of all that follows>
//
// One that is signed says 2, and has a second line. Signed is the first line, which stands for all of the
// rest:
//
//   docker-anomalies bundle 2 sha256:<of all that follows the next line>
//   signature 1 ed25519 key:<fingerprint> <signature>
//
//   std::string bytes = encode_bundle({image_id, name, time_ns, models});
//   Result<std::string> signed_bytes = sign_bundle(bytes, key);
//   Result<Bundle> bundle = decode_bundle(bytes);
//   bundle->signature && public_key.verifies(bundle->signature->statement, bundle->signature->bytes)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/store/signing_key.h"
#include "common/result.h"

namespace da {

/// As it stands in the file: who signed is only claimed until a key has verified it.
struct BundleSignature {
  std::string key;  ///< fingerprint
  std::string bytes;
  std::string statement;  ///< what was signed
};

struct Bundle {
  std::string image;  ///< id: the digest
  std::string name;
  std::int64_t time_ns = 0;                    ///< when it was made
  std::map<std::string, std::string> models;   ///< blob id -> blob, as published
  std::optional<BundleSignature> signature{};  ///< of what was read
};

/// What an order may bring along.
inline constexpr std::size_t kMostBundleBytes = std::size_t{16} << 20U;

/// Without a signature.
[[nodiscard]] std::string encode_bundle(const Bundle& bundle);
/// The same bundle, signed by this key; a signature that it had is replaced.
[[nodiscard]] Result<std::string> sign_bundle(std::string_view bytes, const SigningKey& key);
/// Errors: no bundle, a newer version, damaged, too large. A signature is read, and not verified. The models
/// inside are not looked at.
[[nodiscard]] Result<Bundle> decode_bundle(std::string_view bytes);

}  // namespace da
