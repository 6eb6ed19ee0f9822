#include "libs/policy/keys.h"

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/crypto/rsa_weakness.h"
#include "libs/errors/errors.h"

namespace cairn::policy {
namespace {

using crypto::KeyType;
using namespace std::string_view_literals;

// BR 6.1.1.3(5.3)
constexpr int kFermatRounds = 100;

// Why the key is refused; empty if it isn't.
std::string WhyNotRsa(const crypto::PublicKey& key) {
  // KEY-01, KEY-02: at least 2048 and whole octets; the usual sizes only.
  if (key.bits() != 2048 && key.bits() != 3072 && key.bits() != 4096) {
    return base::Cat("an RSA key must have 2048, 3072 or 4096 bits, not ", key.bits());
  }
  // KEY-05
  if (key.rsa_exponent() != "\x01\x00\x01"sv) return "the RSA exponent must be 65537";
  const std::string modulus = key.rsa_modulus();
  if (crypto::HasSmallFactor(modulus)) return "a small prime divides the RSA modulus";
  if (crypto::HasRocaFingerprint(modulus)) {
    return "the RSA key was made by a library with a known flaw (ROCA)";
  }
  if (crypto::FactorsByFermat(modulus, kFermatRounds)) {
    return "the two primes of the RSA key are too close to each other";
  }
  if (crypto::IsPrimePower(modulus)) return "the RSA modulus is a power of a prime";
  return "";
}

std::string WhyNot(const crypto::PublicKey& key, KeyUse use, const KeyRules& rules) {
  const bool for_certificate = use == KeyUse::kCertificate;
  switch (key.type()) {
    case KeyType::kRsa:
      if (std::string why = WhyNotRsa(key); !why.empty()) return why;
      break;
    case KeyType::kEcP256:
    case KeyType::kEcP384:
      break;
    case KeyType::kEcP521:
      if (for_certificate && !rules.p521_certificates) {
        return "a P-521 key can't have a certificate here; use P-256 or P-384";
      }
      break;
    case KeyType::kEd25519:
      // KEY-04
      if (for_certificate) return "an Ed25519 key can't have a certificate; use P-256 or P-384";
      break;
  }
  if (rules.blocklist != nullptr) {
    if (const std::optional<std::string_view> source = rules.blocklist->SourceOf(key)) {
      return base::Cat("the private half of this key is known to others (", *source, ")");
    }
  }
  return "";
}

}  // namespace

absl::Status CheckKey(const crypto::PublicKey& key, KeyUse use, const KeyRules& rules) {
  const std::string why = WhyNot(key, use, rules);
  if (why.empty()) return absl::OkStatus();
  return errors::Make(
      use == KeyUse::kCertificate ? errors::Reason::kBadCsr : errors::Reason::kBadPublicKey, why);
}

}  // namespace cairn::policy
