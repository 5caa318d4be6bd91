#include "analyzer/store/bundle.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

std::string why(const std::string& bytes) {
  const auto bundle = decode_bundle(bytes);
  return bundle ? "good" : bundle.error().message();
}

}  // namespace

SCENARIO("a bundle comes back as it was") {
  const Bundle bundle{
      "sha256:1", "shop:1.4", 5, {{"image:sha256:1", std::string("\0\n", 2)}, {"profile:x", "p"}}};
  const std::string bytes = encode_bundle(bundle);
  CHECK(bytes.starts_with("docker-anomalies bundle 2 sha256:"));
  CHECK(bytes.find('\n') == 33 + 64);
  const auto again = decode_bundle(bytes);
  REQUIRE(again);
  CHECK(again->image == bundle.image);
  CHECK(again->name == bundle.name);
  CHECK(again->time_ns == 5);
  CHECK(again->models == bundle.models);
}

SCENARIO("what is no whole bundle is refused, and the error says why") {
  const std::string bytes = encode_bundle({"sha256:1", "shop", 5, {{"a", "b"}}});
  CHECK(why("") == "no bundle of docker-anomalies");
  CHECK(why("#!/bin/sh") == "no bundle of docker-anomalies");
  std::string newer = bytes;
  newer[24] = '3';
  CHECK(why(newer) == "a bundle of a newer version");
  for (std::size_t length = 40; length < bytes.size(); ++length)
    CHECK(why(bytes.substr(0, length)).starts_with("the bundle is damaged"));
  for (std::size_t at = 33; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK(why(damaged).starts_with("the bundle is damaged"));
  }
  CHECK(why(bytes + "x") == "the bundle is damaged: its checksum is wrong");
  CHECK(why(std::string(kMostBundleBytes + 1, 'x')) == "larger than a bundle may be");
}
