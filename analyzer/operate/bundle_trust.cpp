#include "analyzer/operate/bundle_trust.h"

#include <algorithm>

namespace da {

Result<SignatureCheck> check_signature(const Bundle& bundle, const std::vector<PublicKey>& trusted) {
  const auto& signature = bundle.signature;
  if (trusted.empty()) return SignatureCheck{signature ? signature->key : "", false};
  if (!signature) return fail("the bundle is not signed");
  const auto key = std::ranges::find(trusted, signature->key, &PublicKey::fingerprint);
  if (key == trusted.end())
    return fail("the bundle is signed by another key, " + signature->key +
                (trusted.size() == 1 ? "; asked for is " + trusted.front().fingerprint() : ""));
  if (!key->verifies(signature->statement, signature->bytes))
    return fail("the bundle is not signed by key " + signature->key +
                ", as it says: it was changed afterwards, or forged");
  return SignatureCheck{signature->key, true};
}

std::string signature_words(const SignatureCheck& check) {
  if (check.key.empty()) return "not signed";
  if (check.verified) return "signed by key " + check.key + ", verified";
  return "says that it is signed by key " + check.key + "; that was not checked";
}

}  // namespace da
