// PROF-57, PROF-66, PROF-79: A subordinate CA is for serverAuth, and for nothing else since
// 2026-06-15 (Chrome); a root has no list of purposes; no CA ever signs OCSP by its purpose, for it
// would answer for its siblings.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckPresent(const View& view) {
  if (view.Find(oid::kExtKeyUsage) == nullptr) return "there is no extKeyUsage";
  const bool bad = view.extended_key_usage.has_value() && !HasPurpose(view, oid::kServerAuth);
  return bad ? "serverAuth is missing" : "";
}

std::string CheckClientAuth(const View& view) {
  return HasPurpose(view, oid::kClientAuth) ? "clientAuth is among the purposes" : "";
}

std::string CheckOthers(const View& view) {
  if (!view.extended_key_usage.has_value()) return "";
  for (const std::string_view purpose : *view.extended_key_usage) {
    if (purpose != oid::kServerAuth && purpose != oid::kClientAuth) return OidText(purpose);
  }
  return "";
}

std::string CheckRoot(const View& view) {
  return view.Find(oid::kExtKeyUsage) != nullptr ? "there is an extKeyUsage" : "";
}

std::string CheckOcsp(const View& view) {
  return HasPurpose(view, oid::kOcspSigning) ? "OCSPSigning is among the purposes" : "";
}

}  // namespace

const Lint kSubCaEkuServerAuthMissing = {
    .name = "e_sub_ca_eku_server_auth_missing",
    .requirement = "PROF-57",
    .clause = "BR 7.1.2.10.6",
    .kinds = KindSet(Kind::kSubordinateCa),
    .web_only = true,
    .check = CheckPresent,
};

const Lint kSubCaEkuClientAuth = {
    .name = "e_sub_ca_eku_client_auth",
    .requirement = "PROF-57",
    .clause = "CRP 1.3.2, 2.3",
    .kinds = KindSet(Kind::kSubordinateCa),
    .web_only = true,
    .since = Day(2026, 6, 15),
    .check = CheckClientAuth,
};

const Lint kSubCaEkuOtherPurposes = {
    .name = "e_sub_ca_eku_other_purposes",
    .requirement = "PROF-57",
    .clause = "BR 7.1.2.10.6; CRP 1.3.2",
    .kinds = kSubordinate,
    .web_only = true,
    .check = CheckOthers,
};

const Lint kRootEkuPresent = {
    .name = "e_root_eku_present",
    .requirement = "PROF-66",
    .clause = "BR 7.1.2.1.2",
    .kinds = KindSet(Kind::kRoot),
    .web_only = true,
    .since = Day(2023, 9, 15),
    .check = CheckRoot,
};

const Lint kCaEkuOcspSigning = {
    .name = "e_ca_eku_ocsp_signing",
    .requirement = "PROF-79",
    .clause = "BR 7.1.2.10.6",
    .kinds = kAnyCa,
    .check = CheckOcsp,
};

}  // namespace cairn::lint
