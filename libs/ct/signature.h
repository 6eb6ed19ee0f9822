#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "libs/crypto/public_key.h"
#include "libs/ct/tls.h"

namespace cairn::ct {

// What a log signs with: SHA-256 and either RSA of at least 2048 bits or ECDSA on
// P-256 (RFC 6962 section 2.1.4). kBadPublicKey for any other key.
absl::Status CheckLogKey(const crypto::PublicKey& key);

// The SHA-256 of the log's SubjectPublicKeyInfo (RFC 6962 section 3.2).
std::string LogIdOf(const crypto::PublicKey& key);

// TLS's digitally-signed with a log's algorithm (RFC 5246 section 4.7).
struct DigitallySigned {
  enum class Algorithm { kRsa, kEcdsa };

  // kMalformed for hashes and algorithms that logs don't use, and for a signature
  // of no octets.
  static absl::StatusOr<DigitallySigned> Read(TlsReader& reader);
  std::string Encode() const;

  // False, too, for a key of the other algorithm.
  bool Verify(const crypto::PublicKey& key, std::string_view message) const;

  Algorithm algorithm = Algorithm::kEcdsa;
  std::string signature;

  friend bool operator==(const DigitallySigned&, const DigitallySigned&) = default;
};

}  // namespace cairn::ct
