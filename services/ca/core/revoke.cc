#include "services/ca/core/revoke.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/x509/crl.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

constexpr int kKeyCompromise = static_cast<int>(x509::RevocationReason::kKeyCompromise);

// A revocation is known for at most a day before it must be published (BR 4.9.1.1),
// so an older date is the word of nobody.
constexpr absl::Duration kMaxAge = absl::Hours(24);

v1::RevokeResponse ResponseOf(const v1::Revocation& revocation) {
  v1::RevokeResponse response;
  response.set_issuer(revocation.issuer());
  response.set_reason(revocation.reason());
  response.set_revoked_at_ms(revocation.revoked_at_ms());
  return response;
}

v1::Revocation RecordOf(const RevocationIndex::Entry& entry, const std::string& issuer) {
  v1::Revocation revocation;
  revocation.set_serial(entry.revoked.serial);
  revocation.set_issuer(issuer);
  revocation.set_reason(entry.revoked.reason ? static_cast<int>(*entry.revoked.reason) : 0);
  revocation.set_revoked_at_ms(absl::ToUnixMillis(entry.revoked.revoked_at));
  revocation.set_not_after_ms(absl::ToUnixMillis(entry.not_after));
  revocation.set_crl_url(entry.crl_url);
  return revocation;
}

// Whether the request says more than the journal: key compromise, or that it was
// earlier (REV-16). All else leaves it as it is.
bool SaysMore(const v1::RevokeRequest& request, const v1::Revocation& known, absl::Time now) {
  if (request.reason() != kKeyCompromise || now > absl::FromUnixMillis(known.not_after_ms())) {
    return false;
  }
  return known.reason() != kKeyCompromise ||
         (request.revoked_at_ms() != 0 && request.revoked_at_ms() < known.revoked_at_ms());
}

absl::Status CheckDate(absl::Time revoked_at, int reason, absl::Time not_before, absl::Time now) {
  if (revoked_at > now) return Make(Reason::kMalformed, "a revocation in the future");
  if (revoked_at < not_before) {
    return Make(Reason::kMalformed, "a revocation before the certificate was valid");
  }
  // BR 7.2.2: only a compromise may be known to be older.
  if (reason != kKeyCompromise && now - revoked_at > kMaxAge) {
    return Make(Reason::kMalformed, "only a key compromise may be backdated by more than a day");
  }
  return absl::OkStatus();
}

}  // namespace

Revoke::Revoke(uint8_t instance, const Parts& parts)
    : instance_(instance), parts_(parts), serials_(parts.clock) {}

absl::StatusOr<v1::RevokeResponse> Revoke::Run(const base::Call& call,
                                               const v1::RevokeRequest& request) {
  absl::StatusOr<v1::RevokeResponse> response = Note(call, request);
  if (!response.ok()) parts_.refusals.Add(call, "", response.status());
  return response;
}

absl::StatusOr<v1::RevokeResponse> Revoke::Note(const base::Call& call,
                                                const v1::RevokeRequest& request) {
  if (request.reason() != 0 && !x509::RevocationReasonFromNumber(request.reason())) {
    return Make(Reason::kBadRevocationReason, "BR 7.2.2 does not know this reason");
  }
  ASSIGN_OR_RETURN(const KnownCertificate known, FindCertificate(parts_.journal, request.serial()));
  ASSIGN_OR_RETURN(const KeyedLock::Held this_serial, serials_.Lock(call, request.serial()));
  ASSIGN_OR_RETURN(const std::optional<RevocationIndex::Entry> before,
                   parts_.journal.FindRevocation(request.serial()));

  const absl::Time now = parts_.clock.Now();
  v1::Revocation revocation;
  if (before.has_value()) {
    revocation = RecordOf(*before, known.intent.issuer());
    if (!SaysMore(request, revocation, now)) return ResponseOf(revocation);
    if (request.revoked_at_ms() != 0) {
      revocation.set_revoked_at_ms(std::min(revocation.revoked_at_ms(), request.revoked_at_ms()));
    }
  } else {
    if (now > known.tbs.not_after) {
      return Make(Reason::kMalformed, "the certificate has expired: nothing is left to revoke");
    }
    revocation.set_serial(request.serial());
    revocation.set_issuer(known.intent.issuer());
    revocation.set_revoked_at_ms(request.revoked_at_ms() != 0 ? request.revoked_at_ms()
                                                              : absl::ToUnixMillis(now));
    revocation.set_not_after_ms(absl::ToUnixMillis(known.tbs.not_after));
    revocation.set_crl_url(CrlUrlOf(known, request.serial()));
  }
  revocation.set_reason(request.reason());
  revocation.set_peer(call.peer);
  RETURN_IF_ERROR(CheckDate(absl::FromUnixMillis(revocation.revoked_at_ms()), request.reason(),
                            known.tbs.not_before, now));

  audit::v1::Event event = audit::EventOf(call);
  audit::v1::RevocationRequested& requested = *event.mutable_revocation_requested();
  requested.set_serial(revocation.serial());
  requested.set_issuer(revocation.issuer());
  requested.set_reason(revocation.reason());
  requested.set_revoked_at_ms(revocation.revoked_at_ms());
  RETURN_IF_ERROR(parts_.audit.Write(event));
  RETURN_IF_ERROR(parts_.journal.AppendRevocation(revocation).status());
  return ResponseOf(revocation);
}

std::string Revoke::CrlUrlOf(const KnownCertificate& known, const std::string& serial) const {
  // CRL-13: where the certificate says.
  if (!known.tbs.crl_urls.empty()) return known.tbs.crl_urls.front();
  const Issuer* issuer = parts_.issuers.Find(known.intent.issuer());
  if (issuer == nullptr) return "";
  return issuer->crl.UrlOf(instance_, issuer->crl.ShardOf(serial));
}

}  // namespace cairn::ca
