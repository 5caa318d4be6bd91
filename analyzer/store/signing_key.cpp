#include "analyzer/store/signing_key.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/file.h"

namespace da {
namespace {

constexpr std::size_t kMostPem = 65536;  // a key is a hundred bytes; comments may stand around it

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* raw(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Bio memory_of(std::string_view pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

/// Nobody is asked for a passphrase: a command may run where nobody is.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

/// Of what every holder of the key can compute: its public half.
std::string fingerprint_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  std::string fingerprint = sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return fingerprint;
}

bool is_ed25519(const EVP_PKEY* key) noexcept {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
}

template <typename Key>
Result<Key> key_from(const std::string& path) {
  const std::string pem = read_file_prefix(path, kMostPem);
  if (pem.empty()) return fail(path + ": cannot be read, or is empty");
  auto key = Key::from_pem(pem);
  if (!key) return fail(path + ": " + key.error().message());
  return key;
}

}  // namespace

std::string in_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes)
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  return in_hex({reinterpret_cast<const char*>(digest.data()), size});
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const Bio bio = memory_of(pem);
  PublicKey key;
  key.key_.reset(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (!key.key_) return fail("no public key in PEM");
  if (!is_ed25519(key.key_.get())) return fail("not a key of Ed25519");
  key.fingerprint_ = fingerprint_of(key.key_.get());
  return key;
}

Result<PublicKey> PublicKey::from_file(const std::string& path) {
  return key_from<PublicKey>(path);
}

bool PublicKey::verifies(std::string_view statement, std::string_view signature) const {
  const Context context(EVP_MD_CTX_new());
  const bool good =
      context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(statement), statement.size()) ==
          1;
  ERR_clear_error();
  return good;
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  const Bio bio = memory_of(pem);
  SigningKey key;
  key.key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (!key.key_) return fail("no private key in PEM that can be read without a passphrase");
  if (!is_ed25519(key.key_.get())) return fail("not a key of Ed25519");
  key.fingerprint_ = fingerprint_of(key.key_.get());
  return key;
}

Result<SigningKey> SigningKey::from_file(const std::string& path) {
  return key_from<SigningKey>(path);
}

Result<std::string> SigningKey::sign(std::string_view statement) const {
  const Context context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const bool made = context &&
                    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                   raw(statement), statement.size()) == 1 &&
                    size == kSignatureBytes;
  ERR_clear_error();
  if (!made) return fail("openssl cannot sign with this key");
  return signature;
}

}  // namespace da
