// LINT-90: The names are those that were ordered, no more and no fewer. That each was
// validated is libs/evidence's business.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"
#include "libs/x509/names.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  x509::Names names;
  for (const std::string_view name : view.dns_names) names.dns.emplace_back(name);
  for (const std::string_view ip : view.ips) names.ips.emplace_back(ip);
  names.Normalize();
  return names == *view.subject->names ? "" : "they differ from those that were ordered";
}

}  // namespace

const Lint kNamesDifferFromOrder = {
    .name = "e_names_differ_from_order",
    .requirement = "LINT-90",
    .clause = "BR 3.2.2.4",
    .kinds = kLeaf,
    .needs = kNeedsNames,
    .check = Check,
};

}  // namespace cairn::lint
