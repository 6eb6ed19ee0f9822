// LINT-44, LINT-45: A server's certificate has alternative names, one at least.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckPresent(const View& view) {
  return view.Find(oid::kSubjectAltName) == nullptr ? "there is no subjectAltName" : "";
}

std::string CheckEntries(const View& view) {
  return view.alternative_names.has_value() && view.alternative_names->empty() ? "it is empty" : "";
}

}  // namespace

const Lint kExtSanMissing = {
    .name = "e_ext_san_missing",
    .requirement = "LINT-44",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = CheckPresent,
};

const Lint kExtSanNoEntries = {
    .name = "e_ext_san_no_entries",
    .requirement = "LINT-45",
    .clause = "BR 7.1.2.7.12; RFC 5280 4.2.1.6",
    .kinds = kLeaf,
    .check = CheckEntries,
};

}  // namespace cairn::lint
