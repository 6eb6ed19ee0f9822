#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/repeated_field.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/ct/log_list.h"
#include "libs/ct/log_policy.h"
#include "libs/ct/sct.h"
#include "libs/x509/certificate.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issue_certificate.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/keyed_lock.h"
#include "services/ca/core/lints.h"
#include "services/ca/core/refusals.h"
#include "services/ca/core/sign_journaled.h"

namespace cairn::ca {

// From the precertificate in the journal and the logs' promises to the
// certificate. It needs no evidence: the precertificate was the commitment, and
// the certificate says the same octet for octet. Thread-safe; blocks on the journal
// and the key.
//
// Whoever hands over the SCTs is believed nothing: each must be signed, by a log of
// the signer's own list, over this very precertificate.
class CompleteCertificate {
 public:
  struct Parts {
    // The logs of today.
    std::function<std::shared_ptr<const ct::LogList>()> logs;
    ct::LogPolicy policy;
    Issuers& issuers;
    IssuanceJournal& journal;
    const Lints& lints;
    SignJournaled& sign;
    Refusals& refusals;
    const base::Clock& clock;
  };

  // All parts must outlive it.
  explicit CompleteCertificate(Parts parts);

  // kEvidenceForged: an SCT that no known log signed for this precertificate.
  // kEvidenceInsufficient: SCTs that clients would not accept, or no precertificate.
  // kEvidenceStale: the precertificate is too old. kUnavailable: journal, audit log,
  // key, or the log list; the same call again is safe. Every refusal is in the audit
  // log.
  absl::StatusOr<Issued> Run(const base::Call& call, const v1::SignCertificateRequest& request);

  // The certificate of this issuance, if it was signed; else nothing. Reads the
  // journal, and no key is used.
  absl::StatusOr<std::optional<std::string>> FindSigned(const std::string& issuance_id) const;

 private:
  using Encoded = google::protobuf::RepeatedPtrField<std::string>;

  absl::StatusOr<Issued> Complete(const base::Call& call,
                                  const v1::SignCertificateRequest& request);
  // The SCTs, if they are good and enough.
  absl::StatusOr<std::vector<ct::SignedCertificateTimestamp>> Verified(
      const x509::Certificate& precertificate, const Issuer& issuer, const ct::LogList& logs,
      const Encoded& scts) const;

  const Parts parts_;
  KeyedLock issuances_;
};

}  // namespace cairn::ca
