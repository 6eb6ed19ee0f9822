// LINT-60: A wildcard is the whole of the leftmost label, and of no other.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckLeft(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) {
    const std::string_view left = name.substr(0, name.find('.'));
    return left.find('*') != std::string_view::npos && left != "*";
  });
}

std::string CheckOthers(const View& view) {
  return FirstBad(view.dns_names, [](std::string_view name) {
    const size_t dot = name.find('.');
    return dot != std::string_view::npos && name.find('*', dot) != std::string_view::npos;
  });
}

}  // namespace

const Lint kDnsnameLeftLabelWildcardCorrect = {
    .name = "e_dnsname_left_label_wildcard_correct",
    .requirement = "LINT-60",
    .clause = "BR 1.6.1 \"Wildcard Domain Name\"",
    .kinds = kLeaf,
    .check = CheckLeft,
};

const Lint kDnsnameWildcardOnlyInLeftLabel = {
    .name = "e_dnsname_wildcard_only_in_left_label",
    .requirement = "LINT-60",
    .clause = "BR 1.6.1 \"Wildcard Domain Name\"",
    .kinds = kLeaf,
    .check = CheckOthers,
};

}  // namespace cairn::lint
