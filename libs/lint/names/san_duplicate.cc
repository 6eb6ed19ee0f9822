// LINT-48: No name stands twice, whatever its case.
#include <set>
#include <string>
#include <string_view>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  std::set<std::string> seen;
  for (const std::string_view name : view.dns_names) {
    if (!seen.insert(base::ToLower(name)).second) return Text(name);
  }
  std::set<std::string_view> addresses;
  for (const std::string_view ip : view.ips) {
    if (!addresses.insert(ip).second) return base::Cat("the address ", base::ToHex(ip));
  }
  return "";
}

}  // namespace

const Lint kSanDnsNameDuplicate = {
    .name = "n_san_dns_name_duplicate",
    .requirement = "LINT-48",
    .clause = "practice",
    .severity = Severity::kNotice,
    .kinds = kLeaf,
    .check = Check,
};

}  // namespace cairn::lint
