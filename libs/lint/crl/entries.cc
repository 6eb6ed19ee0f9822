// LINT-96, CRL-19, CRL-16: Entries of a CRL: reasons 1, 3, 4, 5 and 9 only, not critical, none for
// "no reason"; no other extension; no certificate twice; no empty list. A CA's always has a reason.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Serial(const RevokedEntry& entry) {
  return base::Cat("serial number ", base::ToHex(entry.serial.substr(0, 32)));
}

std::string CheckReason(const View& view) {
  for (const RevokedEntry& entry : view.revoked) {
    if (entry.reason >= 0 && !IsAllowedReason(entry.reason)) {
      return base::Cat(Serial(entry), ": reason ", entry.reason);
    }
  }
  return "";
}

std::string CheckCritical(const View& view) {
  for (const RevokedEntry& entry : view.revoked) {
    if (entry.reason_is_critical) return Serial(entry);
  }
  return "";
}

std::string CheckEmpty(const View& view) {
  return view.has_revoked_list && view.revoked.empty() ? "the list is there, and empty" : "";
}

std::string CheckUnique(const View& view) {
  std::vector<std::string_view> serials;
  serials.reserve(view.revoked.size());
  for (const RevokedEntry& entry : view.revoked) serials.push_back(entry.serial);
  std::sort(serials.begin(), serials.end());
  const auto twice = std::adjacent_find(serials.begin(), serials.end());
  return twice == serials.end() ? "" : base::ToHex(twice->substr(0, 32));
}

std::string CheckOthers(const View& view) {
  for (const RevokedEntry& entry : view.revoked) {
    if (entry.has_other_extension) return Serial(entry);
  }
  return "";
}

std::string CheckCa(const View& view) {
  for (const RevokedEntry& entry : view.revoked) {
    if (entry.reason < 0) return Serial(entry);
  }
  return "";
}

}  // namespace

const Lint kCabCrlHasValidReasonCode = {
    .name = "e_cab_crl_has_valid_reason_code",
    .requirement = "LINT-96",
    .clause = "BR 7.2.2; MRSP 6.1.1",
    .kinds = kAnyCrl,
    .web_only = true,
    .check = CheckReason,
};

const Lint kCabCrlReasonCodeNotCritical = {
    .name = "e_cab_crl_reason_code_not_critical",
    .requirement = "LINT-96",
    .clause = "BR 7.2.2; RFC 5280 5.3.1",
    .kinds = kAnyCrl,
    .check = CheckCritical,
};

const Lint kCrlEmptyRevokedCertificates = {
    .name = "e_crl_empty_revoked_certificates",
    .requirement = "LINT-96",
    .clause = "RFC 5280 5.1.2.6",
    .kinds = kAnyCrl,
    .check = CheckEmpty,
};

const Lint kCrlUniqueRevokedCertificate = {
    .name = "e_crl_unique_revoked_certificate",
    .requirement = "LINT-96",
    .clause = "practice",
    .kinds = kAnyCrl,
    .check = CheckUnique,
};

const Lint kCrlEntryOtherExtension = {
    .name = "e_crl_entry_other_extension",
    .requirement = "CRL-19",
    .clause = "BR 7.2.2",
    .kinds = kAnyCrl,
    .web_only = true,
    .check = CheckOthers,
};

const Lint kCaCrlEntryWithoutReason = {
    .name = "e_ca_crl_entry_without_reason",
    .requirement = "CRL-16",
    .clause = "BR 7.2.2",
    .kinds = KindSet(Kind::kCaCrl),
    .web_only = true,
    .check = CheckCa,
};

}  // namespace cairn::lint
