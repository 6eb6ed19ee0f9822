// LINT-50: DNS names are ASCII; a NUL or a blank has fooled clients before.
#include <algorithm>
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckAscii(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) {
    return std::any_of(name.begin(), name.end(), [](char c) { return (c & 0x80) != 0; });
  });
}

std::string CheckNul(const View& view) {
  return FirstBad(view.dns_names,
                  [](std::string_view name) { return name.find('\0') != std::string_view::npos; });
}

std::string CheckSpace(const View& view) {
  return FirstBad(view.dns_names,
                  [](std::string_view name) { return name.find(' ') != std::string_view::npos; });
}

}  // namespace

const Lint kExtSanDnsNotIa5String = {
    .name = "e_ext_san_dns_not_ia5_string",
    .requirement = "LINT-50",
    .clause = "RFC 5280 4.2.1.6",
    .kinds = kLeaf,
    .check = CheckAscii,
};

const Lint kSanDnsNameIncludesNullChar = {
    .name = "e_san_dns_name_includes_null_char",
    .requirement = "LINT-50",
    .clause = "RFC 5280 4.2.1.6",
    .kinds = kLeaf,
    .check = CheckNul,
};

const Lint kExtSanSpaceDnsName = {
    .name = "e_ext_san_space_dns_name",
    .requirement = "LINT-50",
    .clause = "RFC 5280 4.2.1.6",
    .kinds = kLeaf,
    .check = CheckSpace,
};

}  // namespace cairn::lint
