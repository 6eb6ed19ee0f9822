// LINT-58, LINT-59, LINT-60: A name belongs to the public DNS and is more than a public suffix; a
// wildcard does not span all of one.
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckTopLevel(const View& view) {
  return FirstBad(view.dns_names, [&](std::string_view name) {
    return !view.subject->public_suffixes->KnowsTopLevelOf(base::ToLower(name));
  });
}

std::string CheckSuffix(const View& view) {
  return FirstBad(view.dns_names, [&](std::string_view name) {
    return view.subject->public_suffixes->IsSuffix(base::ToLower(name));
  });
}

std::string CheckWildcard(const View& view) {
  return FirstBad(view.dns_names, [&](std::string_view name) {
    return name.starts_with("*.") &&
           view.subject->public_suffixes->IsSuffix(base::ToLower(name.substr(2)));
  });
}

}  // namespace

const Lint kDnsnameNotValidTld = {
    .name = "e_dnsname_not_valid_tld",
    .requirement = "LINT-58",
    .clause = "BR 4.2.2",
    .kinds = kLeaf,
    .needs = kNeedsPublicSuffixes,
    .web_only = true,
    .check = CheckTopLevel,
};

const Lint kDnsnameContainsBareIanaSuffix = {
    .name = "e_dnsname_contains_bare_iana_suffix",
    .requirement = "LINT-59",
    .clause = "BR 3.2.2.6",
    .kinds = kLeaf,
    .needs = kNeedsPublicSuffixes,
    .web_only = true,
    .check = CheckSuffix,
};

const Lint kDnsnameWildcardLeftOfPublicSuffix = {
    .name = "e_dnsname_wildcard_left_of_public_suffix",
    .requirement = "LINT-60",
    .clause = "BR 3.2.2.6",
    .kinds = kLeaf,
    .needs = kNeedsPublicSuffixes,
    .web_only = true,
    .check = CheckWildcard,
};

}  // namespace cairn::lint
