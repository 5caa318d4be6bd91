#include "proto/compression.h"

#include <functional>
#include <random>

#include <catch2/catch.hpp>
#include <msgpack.hpp>

#include "tests/support/batches.h"

using namespace da;
using namespace da::test;

namespace {

using Packer = msgpack::packer<msgpack::sbuffer>;
using Pack = std::function<void(Packer&)>;

/// A payload of version 2 with these keys, as they stand.
std::string forge(const std::vector<std::pair<std::string, Pack>>& keys) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(static_cast<std::uint32_t>(keys.size()));
  for (const auto& [name, value] : keys) {
    packer.pack(name);
    value(packer);
  }
  return {buffer.data(), buffer.size()};
}
Pack number(std::uint64_t value) {
  return [value](Packer& packer) { packer.pack(value); };
}
Pack bytes(std::string value) {
  return [value](Packer& packer) {
    packer.pack_bin(static_cast<std::uint32_t>(value.size()));
    packer.pack_bin_body(value.data(), static_cast<std::uint32_t>(value.size()));
  };
}

std::string refusal(std::string_view payload) {
  const Decoded decoded = decode(payload);
  return decoded ? "" : std::string(to_string(decoded.error().kind)) + ": " + decoded.error().message;
}

/// What is inside of a compressed batch.
CompressedPayload parts_of(const std::string& packed) {
  const auto found = find_compressed(packed);
  REQUIRE(found);
  REQUIRE(*found);
  return **found;
}

}  // namespace

SCENARIO("a compressed batch is read like any other") {
  std::string memory;
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    const SyscallBatch batch = random_batch(seed);
    memory = compress(encode(batch), std::move(memory));
    const Decoded decoded = decode(memory);
    REQUIRE(decoded);
    CHECK(same_batch(batch, *decoded));
  }
  const std::string alike(100'000, 'x');
  const std::string packed = compress(alike);
  CHECK(packed.size() < 1000);
  CHECK(decompress(parts_of(packed)) == alike);
  CHECK(decompress(parts_of(compress(""))) == "");
}

SCENARIO("what is not compressed is left to the reader of version 1") {
  for (const std::string& payload :
       {encode(sample_batch()), std::string(), std::string("\xc1"), std::string("\x80"),
        forge({{"v", number(7)}}), forge({{"v", bytes("2")}, {"size", number(1)}}),
        forge({{"size", number(1)}, {"v", number(2)}})}) {
    const auto found = find_compressed(payload);
    REQUIRE(found);
    CHECK_FALSE(*found);
  }
}

SCENARIO("a compressed payload that lies about itself is refused") {
  const std::string plain = encode(sample_batch());
  const std::string packed = compress(plain);
  const std::uint64_t size = plain.size();
  const std::string block(parts_of(packed).block);
  const auto with = [&](std::uint64_t claimed, const std::string& content) {
    return refusal(forge({{"v", number(2)}, {"size", number(claimed)}, {"lz4", bytes(content)}}));
  };
  CHECK(with(size, block).empty());
  CHECK(with(size + 1, block) == "malformed: does not decompress to what it says");
  CHECK(with(size - 1, block) == "malformed: does not decompress to what it says");
  CHECK(with(0, block) == "malformed: does not decompress to what it says");
  CHECK(with(size, "") == "malformed: does not decompress to what it says");
  CHECK(with(UINT64_MAX, block) == "limit_exceeded: 18446744073709551615 bytes, compressed");
  CHECK(with((1U << 20U) + 1, block) == "limit_exceeded: 1048577 bytes, compressed");
  CHECK(refusal(compress(packed)) == "malformed: compressed twice");
  CHECK(refusal(packed + "x") == "malformed: bytes after the end");
  CHECK(refusal(forge({{"v", number(2)}})) == "malformed: no key \"size\"");
  CHECK(refusal(forge({{"v", number(2)}, {"size", number(size)}})) == "malformed: no key \"lz4\"");
  CHECK(refusal(forge({{"v", number(2)}, {"size", bytes("12")}, {"lz4", bytes(block)}})) ==
        "malformed: no key \"size\"");
  CHECK(refusal(forge({{"v", number(2)}, {"lz4", bytes(block)}, {"lz4", bytes(block)}})) ==
        "malformed: lz4 twice");
  CHECK(refusal(forge({{"v", number(2)}, {"v", number(2)}})) == "malformed: v twice");
  // What a later minor version adds.
  CHECK(refusal(forge({{"v", number(2)},
                       {"more",
                        [](Packer& p) {
                          p.pack(std::vector<int>{1, 2});
                        }},
                       {"size", number(size)},
                       {"lz4", bytes(block)}}))
            .empty());
}

SCENARIO("a damaged compressed payload is refused or consistent, wherever it is damaged") {
  std::mt19937 random(3);
  std::size_t refused = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    const std::string original = compress(encode(random_batch(seed)));
    for (std::size_t size = 0; size < original.size(); size += 1 + size / 50) {
      const std::vector<char> cut(original.begin(), original.begin() + static_cast<std::ptrdiff_t>(size));
      REQUIRE_FALSE(decode(std::string_view(cut.data(), cut.size())));
    }
    for (int round = 0; round < 200; ++round) {
      std::vector<char> payload(original.begin(), original.end());
      payload[random() % payload.size()] = static_cast<char>(random());
      const Decoded decoded = decode(std::string_view(payload.data(), payload.size()));
      if (decoded) REQUIRE_FALSE(find_fault(*decoded));
      refused += decoded ? 0 : 1;
    }
  }
  CHECK(refused > 500);
}
