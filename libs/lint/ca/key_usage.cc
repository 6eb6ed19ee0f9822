// PROF-56: A CA's key signs certificates and CRLs, and OCSP responses at most beside them.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

template <int kBit>
std::string CheckBit(const View& view) {
  const bool is_set = view.key_usage.has_value() && (view.key_usage->bits & kBit) != 0;
  return is_set ? "" : "it is not set";
}

std::string CheckOthers(const View& view) {
  constexpr int kAllowed = kDigitalSignature | kKeyCertSign | kCrlSign;
  if (!view.key_usage.has_value()) return "";
  return (view.key_usage->bits & ~kAllowed) != 0 ? "there are other bits" : "";
}

}  // namespace

const Lint kCaKeyCertSignNotSet = {
    .name = "e_ca_key_cert_sign_not_set",
    .requirement = "PROF-56",
    .clause = "BR 7.1.2.10.7; RFC 5280 4.2.1.3",
    .kinds = kAnyCa,
    .check = CheckBit<kKeyCertSign>,
};

const Lint kCaCrlSignNotSet = {
    .name = "e_ca_crl_sign_not_set",
    .requirement = "PROF-56",
    .clause = "BR 7.1.2.10.7",
    .kinds = kAnyCa,
    .check = CheckBit<kCrlSign>,
};

const Lint kCaKeyUsageOtherBits = {
    .name = "e_ca_key_usage_other_bits",
    .requirement = "PROF-56",
    .clause = "BR 7.1.2.10.7",
    .kinds = kAnyCa,
    .web_only = true,
    .check = CheckOthers,
};

}  // namespace cairn::lint
