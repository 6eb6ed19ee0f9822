// LINT-65: RSA moduli have 2048 bits at least, in whole octets. Those above 8192 bits are not
// examined for weaknesses, and so not used.
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckSmall(const View& view) {
  if (!view.key.is_rsa() || view.key.modulus_bits >= 2048) return "";
  return base::Cat(view.key.modulus_bits, " bits");
}

std::string CheckMultiple(const View& view) {
  if (!view.key.is_rsa() || view.key.modulus_bits % 8 == 0) return "";
  return base::Cat(view.key.modulus_bits, " bits");
}

std::string CheckLarge(const View& view) {
  return view.key_facts().too_large ? base::Cat(view.key.modulus_bits, " bits") : "";
}

}  // namespace

const Lint kRsaModLessThan2048Bits = {
    .name = "e_rsa_mod_less_than_2048_bits",
    .requirement = "LINT-65",
    .clause = "BR 6.1.5",
    .kinds = kCertificate,
    .check = CheckSmall,
};

const Lint kMpModulusMustBeDivisibleBy8 = {
    .name = "e_mp_modulus_must_be_divisible_by_8",
    .requirement = "LINT-65",
    .clause = "BR 6.1.5; MRSP 5.1",
    .kinds = kCertificate,
    .check = CheckMultiple,
};

const Lint kRsaModLongerThan8192Bits = {
    .name = "e_rsa_mod_longer_than_8192_bits",
    .requirement = "LINT-65",
    .clause = "BR 6.1.1.3(5)",
    .kinds = kCertificate,
    .check = CheckLarge,
};

}  // namespace cairn::lint
