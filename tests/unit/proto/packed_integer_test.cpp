#include "proto/packed_integer.h"

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
      }
    }
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(random()) >> (random() % 64);
    if (packed(value) != as_msgpack(value)) FAIL(value);
  }
}
