// LINT-31: issuerUniqueID and subjectUniqueID are not used.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  return view.has_unique_id ? "there is a unique identifier" : "";
}

}  // namespace

const Lint kCertContainsUniqueIdentifier = {
    .name = "e_cert_contains_unique_identifier",
    .requirement = "LINT-31",
    .clause = "BR 7.1.2.7; RFC 5280 4.1.2.8",
    .kinds = kCertificate,
    .check = Check,
};

}  // namespace cairn::lint
