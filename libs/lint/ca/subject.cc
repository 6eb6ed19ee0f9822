// PROF-52: A CA has a country, an organization and a common name.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

template <const std::string_view& kOid>
std::string Check(const View& view) {
  return view.FindInSubject(kOid) == nullptr ? "there is none" : "";
}

}  // namespace

const Lint kCaCountryNameMissing = {
    .name = "e_ca_country_name_missing",
    .requirement = "PROF-52",
    .clause = "BR 7.1.2.10.2",
    .kinds = kAnyCa | kOcspSigner,
    .web_only = true,
    .check = Check<oid::kCountry>,
};

const Lint kCaOrganizationNameMissing = {
    .name = "e_ca_organization_name_missing",
    .requirement = "PROF-52",
    .clause = "BR 7.1.2.10.2",
    .kinds = kAnyCa | kOcspSigner,
    .web_only = true,
    .check = Check<oid::kOrganization>,
};

const Lint kCaCommonNameMissing = {
    .name = "e_ca_common_name_missing",
    .requirement = "PROF-52",
    .clause = "BR 7.1.2.10.2",
    .kinds = kAnyCa | kOcspSigner,
    .web_only = true,
    .check = Check<oid::kCommonName>,
};

}  // namespace cairn::lint
