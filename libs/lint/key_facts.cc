#include "libs/crypto/public_key.h"
#include "libs/crypto/rsa_weakness.h"
#include "libs/lint/take.h"
#include "libs/lint/view.h"

namespace cairn::lint {
namespace {

// Below, the tests have no meaning; above, they take too long. Neither size may
// be in a certificate anyway.
constexpr size_t kSmallest = 512;
constexpr size_t kLargest = 8192;
// BR 6.1.1.3(5.3)
constexpr int kFermatRounds = 100;

KeyFacts Examine(const PublicKeyInfo& key) {
  KeyFacts facts;
  if (const auto parsed = crypto::PublicKey::FromSpkiDer(key.der); !parsed.ok()) {
    facts.problem = Detail(parsed.status());
  }
  if (!key.is_rsa() || key.modulus.empty()) return facts;
  facts.too_large = key.modulus_bits > kLargest;
  const bool is_odd = (key.modulus.back() & 1) != 0;
  if (!is_odd || facts.too_large || key.modulus_bits < kSmallest) return facts;
  facts.has_small_factor = crypto::HasSmallFactor(key.modulus);
  facts.has_roca_fingerprint = crypto::HasRocaFingerprint(key.modulus);
  facts.factors_by_fermat = crypto::FactorsByFermat(key.modulus, kFermatRounds);
  facts.is_prime_power = crypto::IsPrimePower(key.modulus);
  return facts;
}

}  // namespace

const KeyFacts& View::key_facts() const {
  if (key_facts_.has_value()) return *key_facts_;
  if (subject->key_cache != nullptr) key_facts_ = subject->key_cache->Find(key.der);
  if (!key_facts_.has_value()) {
    key_facts_ = Examine(key);
    if (subject->key_cache != nullptr) subject->key_cache->Insert(key.der, *key_facts_);
  }
  return *key_facts_;
}

}  // namespace cairn::lint
