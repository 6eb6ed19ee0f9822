#pragma once

#include <string>

#include "libs/crypto/openssl.h"
#include "libs/crypto/public_key.h"

namespace cairn::crypto {

struct PublicKey::Impl {
  KeyType type;
  int bits;
  std::string spki_der;
  PkeyPtr key;
};

bool IsEc(KeyType type);
bool GoesWith(SignatureAlgorithm algorithm, KeyType type);
// Not for kEd25519, which hashes by itself.
const EVP_MD* DigestOf(SignatureAlgorithm algorithm);

}  // namespace cairn::crypto
