#pragma once

#include <absl/status/statusor.h>

#include <cstdint>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/keyed_lock.h"
#include "services/ca/core/known_certificate.h"
#include "services/ca/core/refusals.h"

namespace cairn::ca {

// Notes in the journal that a certificate is revoked: from then on every CRL and
// every OCSP response says so. Thread-safe; blocks on the journal.
//
// Who may ask for it is not decided here: to revoke is the safe direction. What is
// decided here is that nothing takes it back (REV-25).
class Revoke {
 public:
  struct Parts {
    const Issuers& issuers;
    IssuanceJournal& journal;
    audit::Log& audit;
    Refusals& refusals;
    const base::Clock& clock;
  };

  // All parts must outlive it.
  Revoke(uint8_t instance, const Parts& parts);

  // kNotFound: no certificate of this signer. kBadRevocationReason: a reason that BR
  // 7.2.2 doesn't know. kMalformed: a date that may not be, or a certificate that
  // has expired. kUnavailable: journal or audit log; the same call again is safe.
  absl::StatusOr<v1::RevokeResponse> Run(const base::Call& call, const v1::RevokeRequest& request);

 private:
  absl::StatusOr<v1::RevokeResponse> Note(const base::Call& call, const v1::RevokeRequest& request);
  // Where its CRL lists it.
  std::string CrlUrlOf(const KnownCertificate& known, const std::string& serial) const;

  const uint8_t instance_;
  const Parts parts_;
  KeyedLock serials_;
};

}  // namespace cairn::ca
