#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/errors/errors.h"
#include "libs/evidence/verifier.h"
#include "libs/metrics/metrics.h"
#include "libs/policy/calendar.h"
#include "libs/policy/keys.h"
#include "libs/x509/csr.h"
#include "libs/x509/tbs_certificate.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/keyed_lock.h"
#include "services/ca/core/profile.h"
#include "services/ca/signing/signer.h"

namespace cairn::ca {

// The one way to a certificate. Thread-safe; blocks on the journal and the key.
//
// It believes nothing but its configuration, its journal and what cryptography
// shows (docs/architecture.md). One issuance id and one finalize URL give at most
// one certificate, whatever fails and whenever.
class IssueCertificate {
 public:
  struct Rules {
    policy::Pack pack = policy::Pack::kWebPki;
    uint8_t instance = 0;
    std::vector<Profile> profiles;
    policy::KeyRules keys;
  };
  struct Parts {
    const evidence::Verifier& verifier;
    Issuers& issuers;
    IssuanceJournal& journal;
    signing::Signer& signer;
    audit::Log& audit;
    const base::Clock& clock;
    base::Random& random;
    metrics::Registry& metrics;
  };

  // All parts must outlive it.
  IssueCertificate(Rules rules, const Parts& parts);

  // Evidence: as evidence::Verifier. kBadCsr: the request or its key. kReplayed: the
  // finalize URL, the request or the issuance id served another request.
  // kUnavailable: journal, audit log or key; the same call again is safe.
  // Every refusal is in the audit log.
  absl::StatusOr<v1::SignCertificateResponse> Run(const base::Call& call,
                                                  const v1::SignCertificateRequest& request);

 private:
  absl::StatusOr<v1::SignCertificateResponse> Issue(const base::Call& call,
                                                    const v1::SignCertificateRequest& request);
  absl::StatusOr<const Profile*> FindProfile(std::string_view name) const;
  absl::StatusOr<x509::Csr> CheckCsr(const evidence::Proof& proof, const Profile& profile) const;
  absl::StatusOr<x509::Leaf> NewLeaf(const Issuer& issuer, const Profile& profile,
                                     const x509::Csr& csr);
  absl::StatusOr<std::string> Sign(const Issuer& issuer, signing::Checked<signing::Tbs> tbs);
  // Why the certificate is not what was to be signed; empty if it is.
  static std::string WhyNotAsSigned(const std::string& certificate_der, const std::string& tbs_der,
                                    const Issuer& issuer);
  absl::Status StopIssuer(const base::Call& call, const Issuer& issuer,
                          const std::string& issuance_id, const std::string& why);
  absl::StatusOr<v1::SignCertificateResponse> Answer(const std::string& issuer_name,
                                                     const v1::Signed& certificate) const;
  void Refused(const base::Call& call, const v1::SignCertificateRequest& request,
               const absl::Status& status);

  const Rules rules_;
  const Parts parts_;
  KeyedLock issuances_;
  KeyedLock finalize_urls_;
  metrics::Histogram sign_seconds_;
  std::map<std::string, metrics::Counter, std::less<>> signatures_;
  std::map<errors::Reason, metrics::Counter> refusals_;
};

}  // namespace cairn::ca
