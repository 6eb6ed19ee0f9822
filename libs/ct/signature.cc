#include "libs/ct/signature.h"

#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

// HashAlgorithm and SignatureAlgorithm of RFC 5246 section 7.4.1.4.1.
constexpr uint64_t kSha256 = 4;
constexpr uint64_t kRsa = 1;
constexpr uint64_t kEcdsa = 3;

}  // namespace

absl::Status CheckLogKey(const crypto::PublicKey& key) {
  if (key.type() == crypto::KeyType::kEcP256) return absl::OkStatus();
  if (key.type() == crypto::KeyType::kRsa && key.bits() >= 2048) return absl::OkStatus();
  return errors::Make(errors::Reason::kBadPublicKey,
                      "a log's key is P-256, or RSA of at least 2048 bits");
}

std::string LogIdOf(const crypto::PublicKey& key) { return crypto::Sha256(key.spki_der()); }

absl::StatusOr<DigitallySigned> DigitallySigned::Read(TlsReader& reader) {
  ASSIGN_OR_RETURN(const uint64_t hash, reader.ReadNumber(1));
  ASSIGN_OR_RETURN(const uint64_t algorithm, reader.ReadNumber(1));
  ASSIGN_OR_RETURN(const std::string_view signature, reader.ReadVector(2));
  if (hash != kSha256 || (algorithm != kRsa && algorithm != kEcdsa) || signature.empty()) {
    return errors::Make(errors::Reason::kMalformed,
                        "a log's signature is not of an algorithm of RFC 6962 section 2.1.4");
  }
  return DigitallySigned{
      .algorithm = algorithm == kRsa ? Algorithm::kRsa : Algorithm::kEcdsa,
      .signature = std::string(signature),
  };
}

std::string DigitallySigned::Encode() const {
  return TlsNumber(kSha256, 1)
      .append(TlsNumber(algorithm == Algorithm::kRsa ? kRsa : kEcdsa, 1))
      .append(TlsVector(signature, 2));
}

bool DigitallySigned::Verify(const crypto::PublicKey& key, std::string_view message) const {
  if (!CheckLogKey(key).ok()) return false;
  // Verify refuses an algorithm that does not go with the key.
  return key.Verify(algorithm == Algorithm::kRsa ? crypto::SignatureAlgorithm::kRsaPkcs1Sha256
                                                 : crypto::SignatureAlgorithm::kEcdsaSha256,
                    message, signature);
}

}  // namespace cairn::ct
