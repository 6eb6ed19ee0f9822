// LINT-80: A certificate that is no CA's may say so in basicConstraints: critical, and an
// empty sequence in DER, as FALSE is the default.
#include <string>

#include "libs/base/encoding.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string CheckCa(const View& view) {
  const bool is_ca = view.basic_constraints.has_value() && view.basic_constraints->is_ca;
  return is_ca ? "cA is TRUE" : "";
}

std::string CheckBytes(const View& view) {
  const Extension* constraints = view.Find(oid::kBasicConstraints);
  if (constraints == nullptr) return "";
  if (view.basic_constraints.has_value() && view.basic_constraints->is_ca) return "";
  return constraints->value == "\x30\x00"sv ? "" : base::ToHex(constraints->value.substr(0, 32));
}

std::string CheckCritical(const View& view) {
  const Extension* constraints = view.Find(oid::kBasicConstraints);
  return constraints != nullptr && !constraints->critical ? "it is not critical" : "";
}

}  // namespace

const Lint kSubCertNotIsCa = {
    .name = "e_sub_cert_not_is_ca",
    .requirement = "LINT-80",
    .clause = "BR 7.1.2.7.8, 7.1.2.8.4",
    .kinds = kLeaf | kOcspSigner,
    .check = CheckCa,
};

const Lint kBasicConstrInvalidDer = {
    .name = "e_basic_constr_invalid_der",
    .requirement = "LINT-80",
    .clause = "BR 7.1.2.7.8; RFC 5280 4.2.1.9",
    .kinds = kLeaf | kOcspSigner,
    .check = CheckBytes,
};

const Lint kSubCertBasicConstraintsNotCritical = {
    .name = "e_sub_cert_basic_constraints_not_critical",
    .requirement = "LINT-80",
    .clause = "BR 7.1.2.7.8",
    .kinds = kLeaf | kOcspSigner,
    .check = CheckCritical,
};

}  // namespace cairn::lint
