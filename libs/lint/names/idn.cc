// LINT-57: A label that begins with xn-- is valid output of Punycode, and what it stands for
// is in Normalization Form C.
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/punycode.h"
#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckPunycode(const View& view) {
  return FirstBadLabel(view, [](std::string_view label) {
    const std::string lower = base::ToLower(label);
    return lower.starts_with("xn--") && !base::FromALabel(lower).has_value();
  });
}

std::string CheckNormal(const View& view) {
  return FirstBadLabel(view, [](std::string_view label) {
    const std::string lower = base::ToLower(label);
    if (!lower.starts_with("xn--")) return false;
    const std::optional<std::u32string> points = base::FromALabel(lower);
    return points.has_value() && !IsNormalizationFormC(*points);
  });
}

}  // namespace

const Lint kInternationalDnsNameNotUnicode = {
    .name = "e_international_dns_name_not_unicode",
    .requirement = "LINT-57",
    .clause = "BR 1.6.1 \"P-Label\"; RFC 3492",
    .kinds = kLeaf,
    .check = CheckPunycode,
};

const Lint kInternationalDnsNameNotNfc = {
    .name = "e_international_dns_name_not_nfc",
    .requirement = "LINT-57",
    .clause = "RFC 5891 4.2.1",
    .kinds = kLeaf,
    .check = CheckNormal,
};

}  // namespace cairn::lint
