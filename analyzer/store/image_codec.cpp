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

std::string encode_image(const Image::Saved& image) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(10);
  packer.pack("v").pack_uint32(kProfileVersion);
  packer.pack("kind").pack("image");
  packer.pack("image");
  pack_bytes(packer, image.id);
  packer.pack("name");
  pack_bytes(packer, image.name);
  packer.pack("armed").pack_uint32(image.armed ? 1 : 0);
  packer.pack("full").pack_uint32(image.full ? 1 : 0);
  packer.pack("time").pack_int64(image.time_ns);
  packer.pack("last_new").pack_int64(image.last_new_ns);
  packer.pack("programs").pack_array(static_cast<std::uint32_t>(4 * image.programs.size()));
  for (const auto& program : image.programs) {
    pack_bytes(packer, program.key.executable);
    packer.pack_uint32(static_cast<std::uint32_t>(program.key.arch));
    packer.pack_uint64(program.calls);
    packer.pack_int64(program.last_seen_ns);
  }
  packer.pack("starts").pack_array(static_cast<std::uint32_t>(2 * image.starts.size()));
  for (const auto& [parent, child] : image.starts) {
    pack_bytes(packer, parent);
    pack_bytes(packer, child);
  }
  return {buffer.data(), buffer.size()};
}

Result<Image::Saved> decode_image(std::string_view blob) {
  return guarded<Image::Saved>(blob, "image", [](const Fields& fields) -> Result<Image::Saved> {
    Image::Saved image;
    image.id = fields.bytes("image");
    image.name = fields.bytes("name");
    image.armed = fields.flag("armed");
    image.full = fields.flag("full");
    image.time_ns = as_time(fields.number("time"), "time");
    image.last_new_ns = as_time(fields.number("last_new"), "last_new");
    if (image.last_new_ns > image.time_ns) throw Malformed("last_new");

    const auto programs = fields.items("programs", 4 * Image::kMaxPrograms);
    if (programs.size() % 4 != 0) throw Malformed("programs");
    for (std::size_t i = 0; i < programs.size(); i += 4) {
      const std::uint64_t last_seen = programs[i + 3].as_number();
      if (last_seen > static_cast<std::uint64_t>(image.time_ns)) throw Malformed("programs");
      image.programs.push_back({{programs[i].as_bytes(), as_arch(programs[i + 1].as_number())},
                                programs[i + 2].as_number(),
                                static_cast<std::int64_t>(last_seen)});
    }
    const auto starts = fields.items("starts", 2 * Image::kMaxStarts);
    if (starts.size() % 2 != 0) throw Malformed("starts");
    for (std::size_t i = 0; i < starts.size(); i += 2)
      image.starts.emplace_back(starts[i].as_bytes(), starts[i + 1].as_bytes());
    return image;
  });
}

}  // namespace da
