#include "proto/packed_integer.h"

#include <map>
#include <optional>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <msgpack.hpp>

using namespace da;

namespace {

std::string packed(std::int64_t value) {
  std::string bytes(kPackedRoom, '\0');
  bytes.resize(static_cast<std::size_t>(pack_integer(bytes.data(), value) - bytes.data()));
  return bytes;
}

std::string as_msgpack(std::int64_t value) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer>(buffer).pack_int64(value);
  return {buffer.data(), buffer.size()};
}

/// As msgpack-c reads it: nothing where it is no integer of 64 bits with a sign.
std::optional<std::int64_t> by_msgpack(const std::string& bytes) {
  const auto handle = msgpack::unpack(bytes.data(), bytes.size());
  const msgpack::object& object = handle.get();
  if (object.type == msgpack::type::NEGATIVE_INTEGER) return object.via.i64;
  if (object.type != msgpack::type::POSITIVE_INTEGER || object.via.u64 > INT64_MAX) return {};
  return static_cast<std::int64_t>(object.via.u64);
}

std::optional<std::int64_t> unpacked(std::string bytes) {
  const std::size_t size = bytes.size();
  bytes.resize(kPackedRoom, '\x5a');
  std::int64_t value = 0;
  const char* const end = unpack_integer(bytes.data(), value);
  if (end == nullptr) return {};
  CHECK(static_cast<std::size_t>(end - bytes.data()) == size);
  return value;
}

}  // namespace

SCENARIO("integers are packed as msgpack-c packs them, at every edge and anywhere between") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (int beside = -2; beside <= 2; ++beside) {
      const auto edge =
          static_cast<std::int64_t>((std::uint64_t{1} << bit) + static_cast<std::uint64_t>(beside));
      for (const std::int64_t value :
           {edge, static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(edge))}) {
        CAPTURE(value);
        CHECK(packed(value) == as_msgpack(value));
        CHECK(unpacked(packed(value)) == value);
      }
    }
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(random()) >> (random() % 64);
    if (packed(value) != as_msgpack(value) || unpacked(packed(value)) != value) FAIL(value);
  }
}

SCENARIO("each form of an integer is unpacked as msgpack-c does, shortest or not, and nothing else is") {
  std::mt19937_64 random(2);
  const std::map<int, std::size_t> sizes{{0xcc, 2}, {0xcd, 3}, {0xce, 5}, {0xcf, 9},
                                         {0xd0, 2}, {0xd1, 3}, {0xd2, 5}, {0xd3, 9}};
  for (int tag = 0; tag < 256; ++tag) {
    const bool within = tag < 0x80 || tag >= 0xe0;
    const auto size = sizes.find(tag);
    CAPTURE(tag);
    if (!within && size == sizes.end()) {
      CHECK(unpacked(std::string(1, static_cast<char>(tag))) == std::nullopt);
      continue;
    }
    for (int i = 0; i < 500; ++i) {
      std::string bytes(within ? 1 : size->second, static_cast<char>(tag));
      for (std::size_t at = 1; at < bytes.size(); ++at)
        bytes[at] = static_cast<char>(i == 0 ? 0 : i == 1 ? 0xff : i == 2 ? 0x80 : random());
      CHECK(unpacked(bytes) == by_msgpack(bytes));
    }
  }
}
