// LINT-71: The private half of the key is not known to others.
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  const auto source = view.subject->key_blocklist->SourceOfSpki(view.key.der);
  return source.has_value() ? base::Cat("it is known (", *source, ")") : "";
}

}  // namespace

const Lint kKeyBlocklisted = {
    .name = "e_key_blocklisted",
    .requirement = "LINT-71",
    .clause = "BR 6.1.1.3",
    .kinds = kCertificate,
    .needs = kNeedsKeyBlocklist,
    .check = Check,
};

}  // namespace cairn::lint
