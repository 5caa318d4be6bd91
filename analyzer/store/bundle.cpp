#include "analyzer/store/bundle.h"

#include <array>

#include <fmt/format.h>
#include <msgpack.hpp>
#include <openssl/evp.h>

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
/// The same map; 2 since there are habits among the models, which a reader of 1 takes for damaged images.
constexpr std::string_view kVersion1 = "1 sha256:";
constexpr std::string_view kVersion2 = "2 sha256:";
constexpr std::size_t kMostModels = 4096;

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < size; ++i)
    text += fmt::format("{:02x}", digest.at(i));
  return text;
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
  return fmt::format("{}{}{}\n{}", kMagic, kVersion2, sha256(body), body);
}

Result<Bundle> decode_bundle(std::string_view bytes) {
  if (bytes.size() > kMostBundleBytes) return fail("larger than a bundle may be");
  if (!bytes.starts_with(kMagic)) return fail("no bundle of docker-anomalies");
  bytes.remove_prefix(kMagic.size());
  if (!bytes.starts_with(kVersion1) && !bytes.starts_with(kVersion2))
    return fail("a bundle of a newer version");
  bytes.remove_prefix(kVersion1.size());
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return fail("the bundle is damaged: it is cut off");
  const std::string_view checksum = bytes.substr(0, end);
  const std::string_view body = bytes.substr(end + 1);
  if (checksum.empty() || sha256(body) != checksum)
    return fail("the bundle is damaged: its checksum is wrong");
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

}  // namespace da
