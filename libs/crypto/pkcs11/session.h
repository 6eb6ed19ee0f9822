#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <p11-kit-1/p11-kit/pkcs11.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/pkcs11/return_value.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/crypto/public_key.h"

// What one session of a token can do with objects; errors as ToStatus gives them.
namespace cairn::crypto::pkcs11 {

// A session that is open and logged in, for one thread at a time.
struct Session {
  const CK_FUNCTION_LIST& functions;
  CK_SESSION_HANDLE handle;
  std::string_view token;

  absl::Status Check(std::string_view function, CK_RV rv) const {
    return ToStatus(token, function, rv);
  }
};

// All objects of a class: those with that label, or all if it is empty.
absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> FindObjects(const Session& session,
                                                          CK_OBJECT_CLASS object_class,
                                                          std::string_view label);

absl::StatusOr<std::string> ReadAttribute(const Session& session, CK_OBJECT_HANDLE object,
                                          CK_ATTRIBUTE_TYPE type);

// From the attributes of a public key object. kInternal for a type that Cairn does
// not sign with; kBadPublicKey for a key that is not well-formed.
absl::StatusOr<PublicKey> ReadPublicKey(const Session& session, CK_OBJECT_HANDLE object);

absl::StatusOr<KeyAttributes> ReadKeyAttributes(const Session& session, CK_OBJECT_HANDLE object);

// kInternal where the algorithm does not go with the key.
absl::StatusOr<std::string> SignWith(const Session& session, CK_OBJECT_HANDLE key,
                                     const PublicKey& public_key, SignatureAlgorithm algorithm,
                                     std::string_view message);

// Signs a random challenge, and verifies the signature (ROOT-13).
absl::Status ProvePossession(const Session& session, CK_OBJECT_HANDLE key,
                             const PublicKey& public_key);

struct KeyPairHandles {
  CK_OBJECT_HANDLE public_key;
  CK_OBJECT_HANDLE private_key;
};
// The session must be writable.
absl::StatusOr<KeyPairHandles> Generate(const Session& session, std::string_view label,
                                        std::string_view id, KeyType type, int rsa_bits);

}  // namespace cairn::crypto::pkcs11
