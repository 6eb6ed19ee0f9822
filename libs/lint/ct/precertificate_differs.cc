// LINT-89: A certificate is its precertificate, octet by octet, but for the poison of the one
// and the SCT list of the other.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

// The extensions but for one, in their order.
std::vector<Extension> Without(const View& view, std::string_view oid) {
  std::vector<Extension> out;
  std::copy_if(view.extensions.begin(), view.extensions.end(), std::back_inserter(out),
               [&](const Extension& extension) { return extension.oid != oid; });
  return out;
}

std::string CheckExtensions(const View& view) {
  const std::vector<Extension> final_ones = Without(view, oid::kSctList);
  const std::vector<Extension> first_ones = Without(*view.precertificate, oid::kPoison);
  const bool equal =
      std::equal(final_ones.begin(), final_ones.end(), first_ones.begin(), first_ones.end(),
                 [](const Extension& a, const Extension& b) {
                   return a.oid == b.oid && a.critical == b.critical && a.value == b.value;
                 });
  return equal ? "" : "the extensions differ";
}

std::string Check(const View& view) {
  const View& first = *view.precertificate;
  if (first.Find(oid::kPoison) == nullptr) return "what was given is no precertificate";
  if (view.version != first.version) return "the versions differ";
  if (view.serial != first.serial) return "the serial numbers differ";
  if (view.inner_algorithm != first.inner_algorithm) return "the algorithms differ";
  if (view.issuer_name != first.issuer_name) return "the issuers differ";
  if (view.not_before.content != first.not_before.content ||
      view.not_after.content != first.not_after.content) {
    return "the validities differ";
  }
  if (view.subject_name != first.subject_name) return "the subjects differ";
  if (view.key.der != first.key.der) return "the keys differ";
  return CheckExtensions(view);
}

}  // namespace

const Lint kCertificateDiffersFromPrecertificate = {
    .name = "e_certificate_differs_from_precertificate",
    .requirement = "LINT-89",
    .clause = "BR 7.1.2.9.1; RFC 6962 3.2",
    .kinds = KindSet(Kind::kSubscriber),
    .needs = kNeedsPrecertificate,
    .check = Check,
};

}  // namespace cairn::lint
