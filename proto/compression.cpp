#include "proto/compression.h"

#include <utility>

#include <fmt/format.h>
#include <lz4.h>
#include <msgpack.hpp>

namespace da {
namespace {

using Kind = CodecError::Kind;

/// Collects the keys of a payload of version 2; of any other version it stops at once.
class PackedVisitor : public msgpack::null_visitor {
 public:
  std::optional<CodecError> error;
  bool is_compressed = false;  ///< false: another version, and what came after that was not looked at

  bool visit_positive_integer(std::uint64_t value) {
    if (depth_ != 1 || in_key_) return true;
    if (key_ == Key::version) return is_compressed = value == kCompressedVersion;
    if (key_ == Key::size) size_ = value;
    return true;
  }
  bool visit_bin(const char* bytes, std::uint32_t size) { return text(std::string_view(bytes, size)); }
  bool visit_str(const char* bytes, std::uint32_t size) {
    const std::string_view value(bytes, size);
    return in_key_ ? key(value) : text(value);
  }
  bool start_map(std::uint32_t) { return descend(); }
  bool end_map() { return ascend(); }
  bool start_array(std::uint32_t) { return descend(); }
  bool end_array() { return ascend(); }
  bool start_map_key() {
    in_key_ = depth_ == 1;
    return true;
  }
  bool end_map_key() {
    in_key_ = false;
    return true;
  }
  void parse_error(std::size_t at, std::size_t) { fail(fmt::format("no msgpack at byte {}", at)); }
  void insufficient_bytes(std::size_t, std::size_t at) { fail(fmt::format("cut off at byte {}", at)); }

  [[nodiscard]] tl::expected<CompressedPayload, CodecError> result() const {
    if (!size_) return tl::unexpected(CodecError{Kind::malformed, "no key \"size\""});
    if (!block_) return tl::unexpected(CodecError{Kind::malformed, "no key \"lz4\""});
    return CompressedPayload{*size_, *block_};
  }

 private:
  enum class Key : std::uint8_t { unknown, version, size, block };

  bool fail(std::string message) {
    if (!error) error = CodecError{Kind::malformed, std::move(message)};
    return false;
  }
  bool key(std::string_view name) {
    if (std::exchange(first_key_, false)) {
      key_ = Key::version;
      return name == "v";
    }
    if (!is_compressed) return false;
    key_ = name == "size" ? Key::size : name == "lz4" ? Key::block : Key::unknown;
    const bool twice = name == "v" || (key_ == Key::size && size_) || (key_ == Key::block && block_);
    return !twice || fail(fmt::format("{} twice", name));
  }
  bool text(std::string_view value) {
    if (depth_ == 1 && key_ == Key::block) block_ = value;
    return true;
  }
  bool descend() {
    if (++depth_ <= 1 + WireLimits::unknown_depth) return true;
    error = CodecError{Kind::limit_exceeded, "nested too deep"};
    return false;
  }
  bool ascend() {
    --depth_;
    return true;
  }

  std::uint32_t depth_ = 0;
  bool in_key_ = false;
  bool first_key_ = true;
  Key key_ = Key::unknown;
  std::optional<std::uint64_t> size_;
  std::optional<std::string_view> block_;
};

constexpr std::size_t kMostHeader = 32;  // around the block

/// msgpack's stream, into a string.
struct Appender {
  std::string& into;
  void write(const char* bytes, std::size_t size) { into.append(bytes, size); }
};

}  // namespace

std::string compress(std::string_view payload, std::string into) {
  thread_local std::string block;
  const auto size = static_cast<int>(payload.size());
  block.resize(static_cast<std::size_t>(LZ4_compressBound(size)));
  const int length = LZ4_compress_default(payload.data(), block.data(), size, static_cast<int>(block.size()));
  const auto packed = static_cast<std::uint32_t>(length);

  into.clear();
  into.reserve(packed + kMostHeader);
  Appender appender{into};
  msgpack::packer<Appender> packer(appender);
  packer.pack_map(3);
  packer.pack("v");
  packer.pack_uint32(kCompressedVersion);
  packer.pack("size");
  packer.pack_uint64(payload.size());
  packer.pack("lz4");
  packer.pack_bin(packed);
  packer.pack_bin_body(block.data(), packed);
  return into;
}

tl::expected<std::optional<CompressedPayload>, CodecError> find_compressed(std::string_view payload) {
  PackedVisitor visitor;
  std::size_t end = 0;
  const bool whole = msgpack::parse(payload.data(), payload.size(), end, visitor);
  if (!visitor.is_compressed) return std::nullopt;  // the reader of version 1 says what is wrong with it
  if (visitor.error) return tl::unexpected(*visitor.error);
  if (!whole) return tl::unexpected(CodecError{Kind::malformed, "no msgpack"});
  if (end != payload.size()) return tl::unexpected(CodecError{Kind::malformed, "bytes after the end"});
  return visitor.result().map([](const CompressedPayload& found) { return std::optional(found); });
}

tl::expected<std::string, CodecError> decompress(const CompressedPayload& packed) {
  if (packed.size > WireLimits::payload_bytes)
    return tl::unexpected(CodecError{Kind::limit_exceeded, fmt::format("{} bytes, compressed", packed.size)});
  std::string payload(static_cast<std::size_t>(packed.size), '\0');
  const int length =
      LZ4_decompress_safe(packed.block.data(), payload.data(), static_cast<int>(packed.block.size()),
                          static_cast<int>(payload.size()));
  if (length < 0 || static_cast<std::uint64_t>(length) != packed.size)
    return tl::unexpected(CodecError{Kind::malformed, "does not decompress to what it says"});
  return payload;
}

}  // namespace da
