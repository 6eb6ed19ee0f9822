// LINT-51, LINT-52, LINT-53, LINT-54, LINT-55, LINT-56: The labels of a DNS name are letters,
// digits and inner hyphens, 1 to 63 octets each; the name has 253 at most and neither begins nor
// ends with a dot.
#include <algorithm>
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckLdh(const View& view) {
  return FirstBadLabel(view, [](std::string_view label) {
    return !std::all_of(label.begin(), label.end(), [](char c) {
      // The underscore, NUL, blank and non-ASCII have lints of their own.
      return IsLdh(c) || c == '_' || c == '\0' || c == ' ' || (c & 0x80) != 0;
    });
  });
}

std::string CheckUnderscore(const View& view) {
  return FirstBad(view.dns_names,
                  [](std::string_view name) { return name.find('_') != std::string_view::npos; });
}

std::string CheckLabelSize(const View& view) {
  return FirstBadLabel(view, [](std::string_view label) { return label.size() > 63; });
}

std::string CheckNameSize(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) { return name.size() > 253; });
}

std::string CheckEmptyLabel(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) {
    return name.empty() || name.find("..") != std::string_view::npos;
  });
}

std::string CheckStart(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) { return name.starts_with('.'); });
}

std::string CheckEnd(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) { return name.ends_with('.'); });
}

std::string CheckHyphen(const View& view) {
  return FirstBadLabel(
      view, [](std::string_view label) { return label.starts_with('-') || label.ends_with('-'); });
}

std::string CheckReserved(const View& view) {
  return FirstBadLabel(view, [](std::string_view label) {
    return label.size() >= 4 && label.substr(2, 2) == "--" &&
           base::ToLower(label.substr(0, 2)) != "xn";
  });
}

}  // namespace

const Lint kDnsnameBadCharacterInLabel = {
    .name = "e_dnsname_bad_character_in_label",
    .requirement = "LINT-51",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = CheckLdh,
};

const Lint kUnderscoreNotPermissibleInDnsname = {
    .name = "e_underscore_not_permissible_in_dnsname",
    .requirement = "LINT-52",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = CheckUnderscore,
};

const Lint kDnsnameLabelTooLong = {
    .name = "e_dnsname_label_too_long",
    .requirement = "LINT-53",
    .clause = "RFC 5280 4.2.1.6; RFC 1034 3.1",
    .kinds = kLeaf,
    .check = CheckLabelSize,
};

const Lint kExtSanDnsNameTooLong = {
    .name = "e_ext_san_dns_name_too_long",
    .requirement = "LINT-53",
    .clause = "RFC 5280 4.2.1.6; RFC 1034 3.1",
    .kinds = kLeaf,
    .check = CheckNameSize,
};

const Lint kDnsnameEmptyLabel = {
    .name = "e_dnsname_empty_label",
    .requirement = "LINT-54",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = CheckEmptyLabel,
};

const Lint kSanDnsNameStartsWithPeriod = {
    .name = "e_san_dns_name_starts_with_period",
    .requirement = "LINT-54",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = CheckStart,
};

const Lint kSanDnsNameEndsWithPeriod = {
    .name = "e_san_dns_name_ends_with_period",
    .requirement = "LINT-54",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = CheckEnd,
};

const Lint kDnsnameHyphenAtEdgeOfLabel = {
    .name = "e_dnsname_hyphen_at_edge_of_label",
    .requirement = "LINT-55",
    .clause = "BR 7.1.2.7.12; RFC 1034 3.5",
    .kinds = kLeaf,
    .check = CheckHyphen,
};

const Lint kDnsnameContainsProhibitedReservedLabel = {
    .name = "e_dnsname_contains_prohibited_reserved_label",
    .requirement = "LINT-56",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = CheckReserved,
};

}  // namespace cairn::lint
