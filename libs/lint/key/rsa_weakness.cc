// LINT-67, KEY-06, KEY-09, LINT-68: RSA moduli that cheap means factor
// (libs/crypto/rsa_weakness.h), or nearly so.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckOdd(const View& view) {
  const std::string_view modulus = view.key.modulus;
  return !modulus.empty() && (modulus.back() & 1) == 0 ? "it is even" : "";
}

std::string CheckFactors(const View& view) {
  return view.key_facts().has_small_factor ? "a prime below 752 divides it" : "";
}

std::string CheckPower(const View& view) {
  return view.key_facts().is_prime_power ? "it is a power of a prime" : "";
}

std::string CheckRoca(const View& view) {
  return view.key_facts().has_roca_fingerprint ? "it has the fingerprint of ROCA" : "";
}

std::string CheckFermat(const View& view) {
  return view.key_facts().factors_by_fermat ? "its primes are too close to each other" : "";
}

}  // namespace

const Lint kRsaModNotOdd = {
    .name = "w_rsa_mod_not_odd",
    .requirement = "LINT-67",
    .clause = "BR 6.1.6",
    .severity = Severity::kWarning,
    .kinds = kCertificate,
    .check = CheckOdd,
};

const Lint kRsaModFactorsSmallerThan752 = {
    .name = "w_rsa_mod_factors_smaller_than_752",
    .requirement = "LINT-67",
    .clause = "BR 6.1.6",
    .severity = Severity::kWarning,
    .kinds = kCertificate,
    .check = CheckFactors,
};

const Lint kRsaModPrimePower = {
    .name = "w_rsa_mod_prime_power",
    .requirement = "KEY-06",
    .clause = "BR 6.1.6",
    .severity = Severity::kWarning,
    .kinds = kCertificate,
    .check = CheckPower,
};

const Lint kRsaRocaFingerprint = {
    .name = "e_rsa_roca_fingerprint",
    .requirement = "KEY-09",
    .clause = "BR 6.1.1.3(5.2)",
    .kinds = kCertificate,
    .check = CheckRoca,
};

const Lint kRsaFermatFactorization = {
    .name = "e_rsa_fermat_factorization",
    .requirement = "LINT-68",
    .clause = "BR 6.1.1.3(5.3)",
    .kinds = kCertificate,
    .check = CheckFermat,
};

}  // namespace cairn::lint
