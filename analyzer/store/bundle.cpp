#include "analyzer/store/bundle.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <msgpack.hpp>

#include "analyzer/store/profile_fields.h"

namespace da {
namespace {

using profile_fields::as_time;
using profile_fields::Fields;
using profile_fields::guarded;
using profile_fields::Malformed;
using profile_fields::pack_bytes;
using profile_fields::Packer;

constexpr std::string_view kMagic = "docker-anomalies bundle ";
constexpr std::string_view kVersion1 = "1 sha256:";
constexpr std::string_view kVersion2 = "2 sha256:";
constexpr std::string_view kSignature = "signature ";
constexpr std::string_view kSignatureVersion1 = "1 ed25519 key:";
constexpr std::size_t kHexDigest = 64;
constexpr std::size_t kMostModels = 4096;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Precondition: is_hex(text), and its length is even.
std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

/// A file taken apart; the checksum holds.
struct Envelope {
  std::string_view checksum;
  std::string_view body;
  std::optional<BundleSignature> signature;
};

/// Up to the next end of line, which is passed. Nothing if there is none.
std::optional<std::string_view> take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  return line;
}

bool take(std::string_view& bytes, std::string_view prefix) {
  if (!bytes.starts_with(prefix)) return false;
  bytes.remove_prefix(prefix.size());
  return true;
}

std::string statement_of(std::string_view checksum) {
  return fmt::format("{}{}{}", kMagic, kVersion2, checksum);
}

Result<BundleSignature> read_signature(std::string_view line, std::string_view checksum) {
  const auto damaged = [] { return fail("the bundle is damaged: its signature cannot be read"); };
  if (!take(line, kSignature)) return damaged();
  if (!take(line, kSignatureVersion1)) return fail("the bundle is signed in a way of a newer version");
  if (line.size() != kHexDigest + 1 + 2 * kSignatureBytes || line[kHexDigest] != ' ') return damaged();
  const std::string_view key = line.substr(0, kHexDigest);
  const std::string_view signature = line.substr(kHexDigest + 1);
  if (!is_hex(key) || !is_hex(signature)) return damaged();
  return BundleSignature{std::string(key), from_hex(signature), statement_of(checksum)};
}

Result<Envelope> open_envelope(std::string_view bytes) {
  if (bytes.size() > kMostBundleBytes) return fail("larger than a bundle may be");
  if (!take(bytes, kMagic)) return fail("no bundle of docker-anomalies");
  const bool is_signed = bytes.starts_with(kVersion2);
  if (!is_signed && !bytes.starts_with(kVersion1)) return fail("a bundle of a newer version");
  bytes.remove_prefix(kVersion1.size());
  const auto cut_off = [] { return fail("the bundle is damaged: it is cut off"); };
  Envelope envelope;
  const auto checksum = take_line(bytes);
  if (!checksum) return cut_off();
  envelope.checksum = *checksum;
  if (is_signed) {
    const auto line = take_line(bytes);
    if (!line) return cut_off();
    auto signature = read_signature(*line, envelope.checksum);
    if (!signature) return tl::unexpected(signature.error());
    envelope.signature = *std::move(signature);
  }
  envelope.body = bytes;
  if (envelope.checksum.empty() || sha256_hex(envelope.body) != envelope.checksum)
    return fail("the bundle is damaged: its checksum is wrong");
  return envelope;
}

Result<Bundle> decode_body(std::string_view body) {
  return guarded<Bundle>(body, "bundle", [](const Fields& fields) -> Result<Bundle> {
    Bundle bundle;
    bundle.image = fields.bytes("image");
    bundle.name = fields.bytes("name");
    bundle.time_ns = as_time(fields.number("time"), "time");
    const auto models = fields.items("models", 2 * kMostModels);
    if (models.size() % 2 != 0) throw Malformed("models");
    for (std::size_t i = 0; i < models.size(); i += 2)
      bundle.models.insert_or_assign(models[i].as_bytes(), models[i + 1].as_bytes(kMostBundleBytes));
    return bundle;
  });
}

}  // namespace

std::string encode_bundle(const Bundle& bundle) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(6);
  packer.pack("v").pack_uint32(1);
  packer.pack("kind").pack("bundle");
  packer.pack("image");
  pack_bytes(packer, bundle.image);
  packer.pack("name");
  pack_bytes(packer, bundle.name);
  packer.pack("time").pack_int64(bundle.time_ns);
  packer.pack("models").pack_array(static_cast<std::uint32_t>(2 * bundle.models.size()));
  for (const auto& [id, blob] : bundle.models) {
    pack_bytes(packer, id);
    pack_bytes(packer, blob);
  }
  const std::string_view body(buffer.data(), buffer.size());
  return fmt::format("{}{}{}\n{}", kMagic, kVersion1, sha256_hex(body), body);
}

Result<std::string> sign_bundle(std::string_view bytes, const SigningKey& key) {
  const auto envelope = open_envelope(bytes);
  if (!envelope) return tl::unexpected(envelope.error());
  const std::string statement = statement_of(envelope->checksum);
  const auto signature = key.sign(statement);
  if (!signature) return tl::unexpected(signature.error());
  std::string signed_bytes = fmt::format("{}\n{}{}{} {}\n{}", statement, kSignature, kSignatureVersion1,
                                         key.fingerprint(), in_hex(*signature), envelope->body);
  if (signed_bytes.size() > kMostBundleBytes) return fail("larger than a bundle may be");
  return signed_bytes;
}

Result<Bundle> decode_bundle(std::string_view bytes) {
  auto envelope = open_envelope(bytes);
  if (!envelope) return tl::unexpected(envelope.error());
  auto bundle = decode_body(envelope->body);
  if (bundle) bundle->signature = std::move(envelope->signature);
  return bundle;
}

}  // namespace da
