#include "analyzer/store/signing_key.h"

#include <array>

#include <catch2/catch.hpp>

#include "tests/unit/store/signing_keys.h"

using namespace da;
using namespace da::test;

SCENARIO("a signature is that of RFC 8032, and only its own key verifies it") {
  const auto key = SigningKey::from_pem(kFirstPrivate);
  REQUIRE(key);
  const auto signature = key->sign("");
  REQUIRE(signature);
  const std::array<unsigned char, 8> beginning{0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72};
  CHECK(signature->size() == kSignatureBytes);
  CHECK(signature->substr(0, 8) == std::string(beginning.begin(), beginning.end()));

  const auto own = PublicKey::from_pem(kFirstPublic);
  const auto other = PublicKey::from_pem(kSecondPublic);
  REQUIRE(own);
  REQUIRE(other);
  CHECK(own->fingerprint() == key->fingerprint());
  CHECK(own->fingerprint().size() == 64);
  CHECK(own->fingerprint() != other->fingerprint());
  CHECK(own->verifies("", *signature));
  CHECK_FALSE(own->verifies("x", *signature));
  CHECK_FALSE(own->verifies("", signature->substr(1)));
  CHECK_FALSE(own->verifies("", ""));
  CHECK_FALSE(other->verifies("", *signature));
}

SCENARIO("what is no key of this kind is refused, and nobody is asked for a passphrase") {
  const auto why = [](const auto& key) { return key ? "good" : key.error().message(); };
  CHECK(why(PublicKey::from_pem("")) == "no public key in PEM");
  CHECK(why(PublicKey::from_pem(kFirstPrivate)) == "no public key in PEM");
  CHECK(why(PublicKey::from_pem(kEllipticPublic)) == "not a key of Ed25519");
  const std::string unreadable = "no private key in PEM that can be read without a passphrase";
  CHECK(why(SigningKey::from_pem(kFirstPublic)) == unreadable);
  CHECK(why(SigningKey::from_pem(kProtectedPrivate)) == unreadable);
  CHECK(why(SigningKey::from_file("/nonexistent")) == "/nonexistent: cannot be read, or is empty");
}
