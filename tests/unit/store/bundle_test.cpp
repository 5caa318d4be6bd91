#include "analyzer/store/bundle.h"

#include <catch2/catch.hpp>

#include "tests/unit/store/signing_keys.h"

using namespace da;

namespace {

std::string why(const std::string& bytes) {
  const auto bundle = decode_bundle(bytes);
  return bundle ? "good" : bundle.error().message();
}

}  // namespace

SCENARIO("a bundle comes back as it was") {
  const Bundle bundle{
      "sha256:1", "shop:1.4", 5, {{"image:sha256:1", std::string("\0\n", 2)}, {"profile:x", "p"}}, {}};
  const std::string bytes = encode_bundle(bundle);
  CHECK(bytes.starts_with("docker-anomalies bundle 1 sha256:"));
  CHECK(bytes.find('\n') == 33 + 64);
  const auto again = decode_bundle(bytes);
  REQUIRE(again);
  CHECK(again->image == bundle.image);
  CHECK(again->name == bundle.name);
  CHECK(again->time_ns == 5);
  CHECK(again->models == bundle.models);
}

SCENARIO("what is no whole bundle is refused, and the error says why") {
  const std::string bytes = encode_bundle({"sha256:1", "shop", 5, {{"a", "b"}}, {}});
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

SCENARIO("a signed bundle is the same bundle, and its signature stands for all of it") {
  const std::string plain = encode_bundle({"sha256:1", "shop", 5, {{"a", "b"}}, {}});
  CHECK_FALSE(decode_bundle(plain)->signature);
  const auto key = SigningKey::from_pem(test::kFirstPrivate);
  const auto verifier = PublicKey::from_pem(test::kFirstPublic);
  REQUIRE((key && verifier));
  const auto bytes = sign_bundle(plain, *key);
  REQUIRE(bytes);
  const auto bundle = decode_bundle(*bytes);
  REQUIRE(bundle);
  CHECK(bundle->models == decode_bundle(plain)->models);
  REQUIRE(bundle->signature);
  CHECK(bundle->signature->key == key->fingerprint());
  CHECK(bundle->signature->statement == bytes->substr(0, bytes->find('\n')));
  CHECK(verifier->verifies(bundle->signature->statement, bundle->signature->bytes));
  CHECK(sign_bundle(*bytes, *key) == *bytes);  // in place of the former one

  // Another content with its right checksum is another statement.
  const auto other = sign_bundle(encode_bundle({"sha256:2", "shop", 5, {{"a", "b"}}, {}}), *key);
  const std::string forged = other->substr(0, other->find('\n')) + bytes->substr(bytes->find('\n'), 219) +
                             other->substr(other->find('\n') + 219);
  const auto taken = decode_bundle(forged);
  REQUIRE(taken);
  CHECK(taken->image == "sha256:2");
  CHECK_FALSE(verifier->verifies(taken->signature->statement, taken->signature->bytes));
}

SCENARIO("a signature that cannot be read is damage, whatever is wrong with it") {
  const auto key = SigningKey::from_pem(test::kFirstPrivate);
  REQUIRE(key);
  const auto bytes = sign_bundle(encode_bundle({"sha256:1", "shop", 5, {{"a", "b"}}, {}}), *key);
  REQUIRE(bytes);
  const std::size_t line = bytes->find('\n') + 1;
  for (std::size_t length = 40; length < bytes->size(); ++length)
    CHECK(why(bytes->substr(0, length)).starts_with("the bundle is damaged"));
  for (const std::size_t at : {line, line + 24 + 64, line + 24 + 64 + 1 + 128}) {
    std::string damaged = *bytes;
    damaged[at] = 'X';
    CHECK(why(damaged).starts_with("the bundle is damaged"));
  }
  std::string upper = *bytes;
  upper[line + 24] = 'A';
  CHECK(why(upper) == "the bundle is damaged: its signature cannot be read");
  std::string newer = *bytes;
  newer[line + 10] = '2';
  CHECK(why(newer) == "the bundle is signed in a way of a newer version");
  CHECK_FALSE(sign_bundle("#!/bin/sh", *key));
}
