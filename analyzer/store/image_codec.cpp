#include <msgpack.hpp>

#include "analyzer/store/profile_codec.h"
#include "analyzer/store/profile_fields.h"

namespace da {

using profile_fields::as_arch;
using profile_fields::as_time;
using profile_fields::Fields;
using profile_fields::guarded;
using profile_fields::Malformed;
using profile_fields::pack_bytes;
using profile_fields::Packer;

/// Of a whole: those of all its parts.
constexpr std::size_t kMostSavedSpans = 1 + 2 * 64 * ObservedTime::kMostSpans;

std::string encode_image(const Image::Saved& image) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(14);
  packer.pack("v").pack_uint32(kProfileVersion);
  packer.pack("kind").pack("image");
  packer.pack("image");
  pack_bytes(packer, image.id);
  packer.pack("name");
  pack_bytes(packer, image.name);
  packer.pack("armed").pack_uint32(image.armed ? 1 : 0);
  packer.pack("full").pack_uint32(image.full ? 1 : 0);
  packer.pack("seen").pack_array(static_cast<std::uint32_t>(1 + 2 * image.spans.size()));
  packer.pack_int64(image.forgotten_ns);
  for (const ObservedTime::Span& span : image.spans) {
    packer.pack_int64(span.begin);
    packer.pack_int64(span.end);
  }
  packer.pack("programs").pack_array(static_cast<std::uint32_t>(5 * image.programs.size()));
  for (const auto& program : image.programs) {
    pack_bytes(packer, program.key.executable);
    packer.pack_uint32(static_cast<std::uint32_t>(program.key.arch));
    packer.pack_uint64(program.calls);
    packer.pack_int64(program.first_seen_ns);
    packer.pack_int64(program.last_seen_ns);
  }
  packer.pack("starts").pack_array(static_cast<std::uint32_t>(3 * image.starts.size()));
  for (const auto& [relation, first_seen_ns] : image.starts) {
    pack_bytes(packer, relation.first);
    pack_bytes(packer, relation.second);
    packer.pack_int64(first_seen_ns);
  }
  packer.pack("generation").pack_uint32(image.generation);
  packer.pack("generations").pack_array(static_cast<std::uint32_t>(image.programs.size()));
  for (const auto& program : image.programs)
    packer.pack_uint32(program.generation);
  packer.pack("from");
  pack_bytes(packer, image.began_from);
  packer.pack("unseen").pack_int64(image.unseen_ns);
  packer.pack("crowded").pack_uint32(image.crowded ? 1 : 0);
  return {buffer.data(), buffer.size()};
}

Result<Image::Saved> decode_image(std::string_view blob) {
  return guarded<Image::Saved>(blob, "image", [](const Fields& fields) -> Result<Image::Saved> {
    Image::Saved image;
    image.id = fields.bytes("image");
    image.name = fields.bytes("name");
    image.armed = fields.flag("armed");
    image.full = fields.flag("full");
    const auto seen = fields.numbers("seen", kMostSavedSpans);
    if (seen.size() % 2 != 1) throw Malformed("seen");
    image.forgotten_ns = as_time(seen[0], "seen");
    for (std::size_t i = 1; i < seen.size(); i += 2)
      image.spans.push_back({as_time(seen[i], "seen"), as_time(seen[i + 1], "seen")});

    const auto programs = fields.items("programs", 5 * Image::kMaxPrograms);
    if (programs.size() % 5 != 0) throw Malformed("programs");
    for (std::size_t i = 0; i < programs.size(); i += 5) {
      image.programs.push_back({{programs[i].as_bytes(), as_arch(programs[i + 1].as_number())},
                                programs[i + 2].as_number(),
                                as_time(programs[i + 3].as_number(), "programs"),
                                as_time(programs[i + 4].as_number(), "programs"),
                                0});
    }
    if (fields.has("from")) image.began_from = fields.bytes("from");
    image.generation = fields.small_number_or("generation", 0);
    // What was saved before there was such a field was seen until then.
    if (fields.has("unseen")) image.unseen_ns = as_time(fields.number("unseen"), "unseen");
    if (fields.has("crowded")) image.crowded = fields.flag("crowded");
    if (fields.has("generations")) {
      const auto generations = fields.exactly("generations", image.programs.size());
      for (std::size_t i = 0; i < generations.size(); ++i) {
        if (generations[i] > UINT32_MAX) throw Malformed("generations");
        image.programs[i].generation = static_cast<std::uint32_t>(generations[i]);
      }
    }
    const auto starts = fields.items("starts", 3 * Image::kMaxStarts);
    if (starts.size() % 3 != 0) throw Malformed("starts");
    for (std::size_t i = 0; i < starts.size(); i += 3) {
      image.starts.emplace(std::pair(starts[i].as_bytes(), starts[i + 1].as_bytes()),
                           as_time(starts[i + 2].as_number(), "starts"));
    }
    return image;
  });
}

}  // namespace da
