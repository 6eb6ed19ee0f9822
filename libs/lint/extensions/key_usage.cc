// PROF-24, LINT-74: The key usage is there, critical, has a bit at least and no trailing zeros.
#include <bit>
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckPresent(const View& view) {
  return view.Find(oid::kKeyUsage) == nullptr ? "there is none" : "";
}

std::string CheckCritical(const View& view) {
  const Extension* usage = view.Find(oid::kKeyUsage);
  return usage != nullptr && !usage->critical ? "it is not critical" : "";
}

std::string CheckBits(const View& view) {
  return view.key_usage.has_value() && view.key_usage->bits == 0 ? "no bit is set" : "";
}

// X.690 11.2.2: the last bit of a list of named bits is one.
std::string CheckMinimal(const View& view) {
  if (!view.key_usage.has_value() || view.key_usage->bits == 0) return "";
  const std::string_view content = view.key_usage->content;
  const auto last = static_cast<uint8_t>(content.back());
  const bool minimal = last != 0 && std::countr_zero(last) == content[0];
  return minimal ? "" : "there are trailing zeros";
}

}  // namespace

const Lint kExtKeyUsageMissing = {
    .name = "w_ext_key_usage_missing",
    .requirement = "PROF-24",
    .clause = "BR 7.1.2.7.6",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckPresent,
};

const Lint kExtKeyUsageNotCritical = {
    .name = "w_ext_key_usage_not_critical",
    .requirement = "LINT-74",
    .clause = "BR 7.1.2.7.11, 7.1.2.10.7; RFC 5280 4.2.1.3",
    .severity = Severity::kWarning,
    .kinds = kCertificate,
    .check = CheckCritical,
};

const Lint kExtKeyUsageWithoutBits = {
    .name = "e_ext_key_usage_without_bits",
    .requirement = "LINT-74",
    .clause = "BR 7.1.2.7.11; RFC 5280 4.2.1.3",
    .kinds = kCertificate,
    .check = CheckBits,
};

const Lint kSuperfluousKuEncoding = {
    .name = "e_superfluous_ku_encoding",
    .requirement = "LINT-74",
    .clause = "RFC 5280 4.2.1.3; X.690 11.2.2",
    .kinds = kCertificate,
    .check = CheckMinimal,
};

}  // namespace cairn::lint
