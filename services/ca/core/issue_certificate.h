#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/evidence/verifier.h"
#include "libs/policy/calendar.h"
#include "libs/policy/keys.h"
#include "libs/x509/csr.h"
#include "libs/x509/tbs_certificate.h"
#include "protos/ca/v1/ca.pb.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issued.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/keyed_lock.h"
#include "services/ca/core/lints.h"
#include "services/ca/core/profile.h"
#include "services/ca/core/refusals.h"
#include "services/ca/core/sign_journaled.h"

namespace cairn::ca {

// The one way to a certificate: the evidence. Signs the precertificate where CT is
// required, else the certificate. Thread-safe; blocks on the journal and the key.
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
    bool with_ct = false;
  };
  struct Parts {
    const evidence::Verifier& verifier;
    Issuers& issuers;
    IssuanceJournal& journal;
    const Lints& lints;
    SignJournaled& sign;
    Refusals& refusals;
    const base::Clock& clock;
    base::Random& random;
  };
  struct Request {
    const std::string& issuance_id;
    const std::string& profile;
    const evidence::v1::Evidence& evidence;
  };

  // All parts must outlive it.
  IssueCertificate(Rules rules, const Parts& parts);

  // Evidence: as evidence::Verifier. kBadCsr: the request or its key. kReplayed: the
  // finalize URL, the request or the issuance id served another request.
  // kUnavailable: journal, audit log or key; the same call again is safe.
  // Every refusal is in the audit log.
  absl::StatusOr<Issued> Run(const base::Call& call, const Request& request);

 private:
  absl::StatusOr<Issued> Issue(const base::Call& call, const Request& request);
  absl::StatusOr<const Profile*> FindProfile(std::string_view name) const;
  absl::StatusOr<x509::Csr> CheckCsr(const evidence::Proof& proof, const Profile& profile) const;
  absl::StatusOr<x509::Leaf> NewLeaf(const Issuer& issuer, const Profile& profile,
                                     const x509::Csr& csr);
  absl::StatusOr<std::string> Compose(const x509::Leaf& leaf) const;

  const Rules rules_;
  const Parts parts_;
  KeyedLock issuances_;
  KeyedLock finalize_urls_;
};

}  // namespace cairn::ca
