// Whether a bundle's signature is good enough to import it. Pure.
//
//   const auto check = check_signature(bundle, {key});         // must be signed by it
//   const auto check = check_signature(bundle, {});            // nobody asks
//   print(signature_words(*check));
#pragma once

#include <string>
#include <vector>

#include "analyzer/store/bundle.h"
#include "analyzer/store/signing_key.h"
#include "common/result.h"

namespace da {

struct SignatureCheck {
  std::string key;  ///< fingerprint of who signed, or claims to; empty: it is not signed
  bool verified = false;
};

/// An error unless one of these keys signed it. No keys: whatever it is signed by is taken, unchecked.
[[nodiscard]] Result<SignatureCheck> check_signature(const Bundle& bundle,
                                                     const std::vector<PublicKey>& trusted);
/// "signed by key 3f..., verified", "not signed".
[[nodiscard]] std::string signature_words(const SignatureCheck& check);

}  // namespace da
