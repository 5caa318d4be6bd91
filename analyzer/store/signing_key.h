// The Ed25519 keys (RFC 8032) that bundles are signed with, as OpenSSL writes them:
//
//   openssl genpkey -algorithm ed25519 -out site.key
//   openssl pkey -in site.key -pubout -out site.pem
//
// Used by the operator's commands and the configuration. A key is known by its fingerprint, which is also
// what `openssl pkey -pubin -in site.pem -outform DER | sha256sum` prints.
//
//   Result<SigningKey> key = SigningKey::from_pem(text);
//   Result<std::string> signature = key->sign(statement);
//   public_key.verifies(statement, *signature)
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "common/result.h"

namespace da {

inline constexpr std::size_t kSignatureBytes = 64;

/// Two hexadecimal digits for each byte.
[[nodiscard]] std::string in_hex(std::string_view bytes);
/// SHA-256 in 64 hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

class PublicKey {
 public:
  /// Errors: no public key in PEM, or none of Ed25519.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);
  [[nodiscard]] static Result<PublicKey> from_file(const std::string& path);

  [[nodiscard]] bool verifies(std::string_view statement, std::string_view signature) const;
  [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::string fingerprint_;
};

class SigningKey {
 public:
  /// Errors: no private key in PEM, none of Ed25519, or one that a passphrase protects.
  [[nodiscard]] static Result<SigningKey> from_pem(std::string_view pem);
  [[nodiscard]] static Result<SigningKey> from_file(const std::string& path);

  [[nodiscard]] Result<std::string> sign(std::string_view statement) const;
  [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::string fingerprint_;
};

}  // namespace da
