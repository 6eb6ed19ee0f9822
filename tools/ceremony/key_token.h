#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/pkcs11/token.h"
#include "libs/crypto/public_key.h"
#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

using TokenFacts = crypto::pkcs11::TokenInfo;
using KeyFacts = crypto::pkcs11::KeyAttributes;

// What a ceremony asks of a token: the methods of crypto::pkcs11::Token, which see
// for what they promise. Blocking.
class KeyToken {
 public:
  virtual ~KeyToken() = default;

  virtual absl::StatusOr<TokenFacts> Info() = 0;
  virtual absl::StatusOr<std::vector<std::string>> ListKeyLabels() = 0;
  virtual absl::StatusOr<std::string> GenerateRandom(size_t octets) = 0;
  virtual absl::StatusOr<crypto::PublicKey> FindPublicKey(std::string_view label) = 0;
  virtual absl::StatusOr<crypto::PublicKey> GenerateKeyPair(std::string_view label,
                                                            crypto::KeyType type, int rsa_bits) = 0;
  virtual absl::StatusOr<KeyFacts> ReadAttributes(std::string_view label) = 0;
  virtual absl::StatusOr<std::string> Sign(std::string_view label,
                                           crypto::SignatureAlgorithm algorithm,
                                           std::string_view message) = 0;
  virtual absl::Status DestroyKeyPair(std::string_view label) = 0;
};

// Opens the tokens that a plan names.
class TokenOpener {
 public:
  virtual ~TokenOpener() = default;
  virtual absl::StatusOr<std::unique_ptr<KeyToken>> Open(const TokenName& name) = 0;
};

}  // namespace cairn::ceremony
