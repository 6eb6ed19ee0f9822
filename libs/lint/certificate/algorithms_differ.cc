// LINT-13: The algorithm inside the signed part is, octet by octet, the one outside.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  return view.inner_algorithm == view.outer_algorithm ? "" : "they differ";
}

}  // namespace

const Lint kCertSigAlgNotMatchTbsSigAlg = {
    .name = "e_cert_sig_alg_not_match_tbs_sig_alg",
    .requirement = "LINT-13",
    .clause = "BR 7.1.2.7, 7.2; RFC 5280 4.1.1.2, 5.1.1.2",
    .kinds = kSigned,
    .check = Check,
};

}  // namespace cairn::lint
