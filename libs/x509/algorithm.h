#pragma once

#include <optional>
#include <string_view>

#include "libs/crypto/public_key.h"

namespace cairn::x509 {

// The AlgorithmIdentifier, octet by octet as BR 7.1.3.2 lists it.
std::string_view AlgorithmIdentifier(crypto::SignatureAlgorithm algorithm);

// The algorithm with exactly these octets; nothing for any other, SHA-1 and MD5
// among them.
std::optional<crypto::SignatureAlgorithm> AlgorithmFromIdentifier(std::string_view der);

// With what a key of ours signs certificates: the hash of an ECDSA signature is
// fixed by the curve (BR 7.1.3.2.2).
crypto::SignatureAlgorithm CertificateAlgorithm(crypto::KeyType type);

}  // namespace cairn::x509
