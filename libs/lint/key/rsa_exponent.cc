// LINT-66: An RSA exponent is odd, at least 3, and should be from 2^16 + 1 to 2^256 - 1.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

bool IsBelow(std::string_view exponent, uint32_t bound) {
  if (exponent.size() > 4) return false;
  uint64_t value = 0;
  for (const char octet : exponent) value = value << 8 | static_cast<uint8_t>(octet);
  return value < bound;
}

std::string CheckOdd(const View& view) {
  const std::string_view exponent = view.key.exponent;
  return !exponent.empty() && (exponent.back() & 1) == 0 ? "it is even" : "";
}

std::string CheckSmall(const View& view) {
  return view.key.is_rsa() && IsBelow(view.key.exponent, 3) ? "it is below 3" : "";
}

std::string CheckRange(const View& view) {
  const std::string_view exponent = view.key.exponent;
  if (!view.key.is_rsa()) return "";
  if (IsBelow(exponent, 65537)) return "it is below 65537";
  return exponent.size() > 32 ? "it has more than 256 bits" : "";
}

}  // namespace

const Lint kRsaPublicExponentNotOdd = {
    .name = "e_rsa_public_exponent_not_odd",
    .requirement = "LINT-66",
    .clause = "BR 6.1.6",
    .kinds = kCertificate,
    .check = CheckOdd,
};

const Lint kRsaPublicExponentTooSmall = {
    .name = "e_rsa_public_exponent_too_small",
    .requirement = "LINT-66",
    .clause = "BR 6.1.6",
    .kinds = kCertificate,
    .check = CheckSmall,
};

const Lint kRsaPublicExponentNotInRange = {
    .name = "w_rsa_public_exponent_not_in_range",
    .requirement = "LINT-66",
    .clause = "BR 6.1.6",
    .severity = Severity::kWarning,
    .kinds = kCertificate,
    .check = CheckRange,
};

}  // namespace cairn::lint
