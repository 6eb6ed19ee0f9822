// LINT-61, LINT-64: No names of addresses (since 2026-03-15), and no onion names, for which
// validation goes through Tor (BR appendix B), which this CA does not do.
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

bool IsBelow(std::string_view name, std::string_view domain) {
  return name == domain || (name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.');
}

std::string CheckArpa(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) {
    const std::string lower = base::ToLower(name);
    return IsBelow(lower, "in-addr.arpa") || IsBelow(lower, "ip6.arpa");
  });
}

std::string CheckOnion(const View& view) {
  return FirstBad(view.dns_names,
                  [](std::string_view name) { return IsBelow(base::ToLower(name), "onion"); });
}

}  // namespace

const Lint kArpaDomainNotAllowed = {
    .name = "e_arpa_domain_not_allowed",
    .requirement = "LINT-61",
    .clause = "BR 4.2.2, 7.1.2.7.12",
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2026, 3, 15),
    .check = CheckArpa,
};

const Lint kSanDnsNameOnionInvalid = {
    .name = "e_san_dns_name_onion_invalid",
    .requirement = "LINT-64",
    .clause = "BR appendix B",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckOnion,
};

}  // namespace cairn::lint
