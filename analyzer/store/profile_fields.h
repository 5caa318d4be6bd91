// Reading a hostile msgpack map by field names: every access checks type and size and throws Malformed.
//
// Used by profile_codec.cpp and image_codec.cpp; guarded() catches. Unknown fields are ignored.
//
//   const Fields fields(handle.get());
//   std::uint64_t order = fields.number("order");
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <msgpack.hpp>

#include "analyzer/store/profile_codec.h"

namespace da::profile_fields {

inline constexpr std::size_t kMaxBlobBytes = 16U << 20U;
inline constexpr std::size_t kMaxText = 4096;

struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[nodiscard]] inline msgpack::object_handle unpack(std::string_view blob) {
  if (blob.size() > kMaxBlobBytes) throw Malformed("too large");
  // Elements take at least a byte each: no array can be longer than the blob, and none allocates more.
  const msgpack::unpack_limit limit(blob.size(), 64, kMaxText, blob.size(), 0, 4);
  std::size_t offset = 0;
  msgpack::object_handle handle = msgpack::unpack(blob.data(), blob.size(), offset, nullptr, nullptr, limit);
  if (offset != blob.size()) throw Malformed("trailing bytes");
  return handle;
}

/// One value of unknown type.
class Item {
 public:
  Item(const msgpack::object& object, const char* name) : object_(&object), name_(name) {}

  [[nodiscard]] std::uint64_t as_number() const {
    if (object_->type != msgpack::type::POSITIVE_INTEGER) throw Malformed(name_);
    return object_->via.u64;
  }
  [[nodiscard]] std::string as_bytes(std::size_t limit = kMaxText) const {
    if (object_->type != msgpack::type::BIN || object_->via.bin.size > limit) throw Malformed(name_);
    return {object_->via.bin.ptr, object_->via.bin.size};
  }

 private:
  const msgpack::object* object_;
  const char* name_;
};

class Fields {
 public:
  /// The object must outlive this.
  explicit Fields(const msgpack::object& map) : map_(map) {
    if (map.type != msgpack::type::MAP) throw Malformed("not a map");
  }

  [[nodiscard]] std::uint64_t number(const char* name) const { return Item(at(name), name).as_number(); }
  /// `fallback` if it is missing, as in what was saved before there was such a field.
  [[nodiscard]] std::uint32_t small_number_or(const char* name, std::uint32_t fallback) const {
    if (find(name) == nullptr) return fallback;
    const std::uint64_t value = number(name);
    if (value > UINT32_MAX) throw Malformed(name);
    return static_cast<std::uint32_t>(value);
  }
  [[nodiscard]] bool has(const char* name) const { return find(name) != nullptr; }
  [[nodiscard]] bool flag(const char* name) const {
    const std::uint64_t value = number(name);
    if (value > 1) throw Malformed(name);
    return value == 1;
  }
  [[nodiscard]] std::string bytes(const char* name, std::size_t limit = kMaxText) const {
    return Item(at(name), name).as_bytes(limit);
  }
  [[nodiscard]] std::string text(const char* name) const {
    const msgpack::object& object = at(name);
    if (object.type != msgpack::type::STR || object.via.str.size > kMaxText) throw Malformed(name);
    return {object.via.str.ptr, object.via.str.size};
  }
  [[nodiscard]] std::vector<Item> items(const char* name, std::size_t limit) const {
    const msgpack::object& object = at(name);
    if (object.type != msgpack::type::ARRAY || object.via.array.size > limit) throw Malformed(name);
    std::vector<Item> found;
    found.reserve(object.via.array.size);
    for (std::uint32_t i = 0; i < object.via.array.size; ++i)
      found.emplace_back(object.via.array.ptr[i], name);
    return found;
  }
  [[nodiscard]] std::vector<std::uint64_t> numbers(const char* name, std::size_t limit) const {
    std::vector<std::uint64_t> found;
    for (const Item& item : items(name, limit))
      found.push_back(item.as_number());
    return found;
  }
  [[nodiscard]] std::vector<std::uint64_t> exactly(const char* name, std::size_t count) const {
    auto found = numbers(name, count);
    if (found.size() != count) throw Malformed(name);
    return found;
  }

 private:
  [[nodiscard]] const msgpack::object& at(const char* name) const {
    if (const msgpack::object* found = find(name)) return *found;
    throw Malformed(name);
  }
  [[nodiscard]] const msgpack::object* find(const char* name) const {
    for (std::uint32_t i = 0; i < map_.via.map.size; ++i) {
      const msgpack::object_kv& entry = map_.via.map.ptr[i];
      if (entry.key.type == msgpack::type::STR &&
          std::string_view(entry.key.via.str.ptr, entry.key.via.str.size) == name)
        return &entry.val;
    }
    return nullptr;
  }

  const msgpack::object& map_;
};

using Packer = msgpack::packer<msgpack::sbuffer>;

inline void pack_bytes(Packer& packer, std::string_view bytes) {
  packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
  packer.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

inline std::int64_t as_time(std::uint64_t raw, const char* name) {
  if (raw > INT64_MAX) throw Malformed(name);
  return static_cast<std::int64_t>(raw);
}

inline Arch as_arch(std::uint64_t raw) {
  if (raw > static_cast<std::uint64_t>(Arch::aarch64)) throw Malformed("arch");
  return static_cast<Arch>(raw);
}

/// Runs `read` over the fields of a saved `kind`; what it throws becomes an error.
template <typename Value, typename Reader>
Result<Value> guarded(std::string_view blob, std::string_view kind, Reader&& read) {
  try {
    const msgpack::object_handle handle = unpack(blob);
    const Fields fields(handle.get());
    if (fields.number("v") > kProfileVersion) return fail("saved by a newer version");
    if (fields.text("kind") != kind) return fail("not a saved " + std::string(kind));
    return read(fields);
  } catch (const std::exception& error) {  // msgpack's and ours; nothing else throws here but bad_alloc
    return fail("saved " + std::string(kind) + " is damaged: " + error.what());
  }
}

}  // namespace da::profile_fields
