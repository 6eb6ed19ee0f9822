#include "services/ca/core/complete_certificate.h"

#include <absl/time/time.h>

#include <optional>
#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/public_key.h"
#include "libs/ct/precertificate.h"
#include "libs/errors/errors.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

// More than the policies ever ask for: what is verified must be bounded.
constexpr int kMaxScts = 8;

// How long after its notBefore a precertificate may become a certificate: what it
// was signed on holds 8 hours (BR 4.2.2.1), and notBefore is up to one hour older
// than the signature (CT-17).
constexpr absl::Duration kLongestWait = absl::Hours(9);

std::string DetailOf(const absl::Status& status) { return errors::PayloadOf(status).detail(); }

}  // namespace

CompleteCertificate::CompleteCertificate(Parts parts)
    : parts_(std::move(parts)), issuances_(parts_.clock) {}

absl::StatusOr<Issued> CompleteCertificate::Run(const base::Call& call,
                                                const v1::SignCertificateRequest& request) {
  absl::StatusOr<Issued> issued = Complete(call, request);
  if (!issued.ok()) parts_.refusals.Add(call, request.issuance_id(), issued.status());
  return issued;
}

absl::StatusOr<std::optional<std::string>> CompleteCertificate::FindSigned(
    const std::string& issuance_id) const {
  ASSIGN_OR_RETURN(const IssuanceIndex::Issuance known, parts_.journal.Find(issuance_id));
  if (!known.certificate.signature.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(v1::Signed done, parts_.journal.ReadSigned(*known.certificate.signature));
  return std::move(*done.mutable_certificate());
}

absl::StatusOr<Issued> CompleteCertificate::Complete(const base::Call& call,
                                                     const v1::SignCertificateRequest& request) {
  if (request.issuance_id().size() != 16) {
    return Make(Reason::kMalformed, "an issuance id has 16 octets");
  }

  // (1) The precertificate, and whether its certificate was signed before.
  ASSIGN_OR_RETURN(const KeyedLock::Held this_issuance,
                   issuances_.Lock(call, request.issuance_id()));
  ASSIGN_OR_RETURN(const IssuanceIndex::Issuance known, parts_.journal.Find(request.issuance_id()));
  if (!known.precertificate.signature.has_value()) {
    return Make(Reason::kEvidenceInsufficient, "no precertificate was signed for this issuance");
  }
  ASSIGN_OR_RETURN(const v1::Signed first,
                   parts_.journal.ReadSigned(*known.precertificate.signature));
  ASSIGN_OR_RETURN(const v1::SigningIntent first_intent,
                   parts_.journal.ReadIntent(first.intent_index()));
  ASSIGN_OR_RETURN(const Issuer* issuer, SignerOf(first_intent, parts_.issuers));
  if (known.certificate.signature.has_value()) {
    ASSIGN_OR_RETURN(v1::Signed done, parts_.journal.ReadSigned(*known.certificate.signature));
    return ToIssued(std::move(done), *issuer);
  }
  if (parts_.issuers.Usable(issuer->name) == nullptr) {
    return Make(Reason::kUnavailable,
                base::Cat("issuer ", issuer->name, " is stopped, or must not sign any more"));
  }

  // (2) The TBSCertificate: the precertificate's with the SCTs in place of the
  // poison. One that was journaled is signed as it is: its SCTs were good then.
  ASSIGN_OR_RETURN(const x509::Certificate precertificate,
                   x509::Certificate::Parse(first.certificate()));
  const absl::Time now = parts_.clock.Now();
  if (now - precertificate.tbs().not_before > kLongestWait) {
    return Make(Reason::kEvidenceStale, "the precertificate is too old to be completed");
  }
  const std::shared_ptr<const ct::LogList> logs = parts_.logs();
  std::vector<ct::SignedCertificateTimestamp> scts;
  std::string tbs_der;
  v1::SigningIntent intent;
  if (known.certificate.intent.has_value()) {
    ASSIGN_OR_RETURN(intent, parts_.journal.ReadIntent(*known.certificate.intent));
    tbs_der = intent.tbs();
    ASSIGN_OR_RETURN(scts, ct::SctsOf(tbs_der));
  } else {
    ASSIGN_OR_RETURN(scts, Verified(precertificate, *issuer, *logs, request.scts()));
    absl::StatusOr<std::string> composed = ct::ReplacePoison(precertificate.tbs_der(), scts);
    // Two SCTs of one log, say.
    if (!composed.ok()) return Make(Reason::kEvidenceForged, DetailOf(composed.status()));
    tbs_der = *std::move(composed);
    intent = first_intent;
    intent.set_signable(v1::SIGNABLE_CERTIFICATE);
    intent.set_precertificate_index(*known.precertificate.signature);
  }

  // (3) The check that stands before every signature: both say the same, and the
  // linters find nothing.
  ASSIGN_OR_RETURN(
      signing::LeafCheck::Passed passed,
      signing::LeafCheck::WithScts(
          std::move(tbs_der),
          {.precertificate = precertificate, .scts = scts, .logs = *logs, .policy = parts_.policy},
          issuer->name, parts_.lints.RulesAt(now, issuer->certificate)));

  // (4) Intent, signature, verification, record.
  ASSIGN_OR_RETURN(v1::Signed done, parts_.sign.Run(call, *issuer, std::move(intent),
                                                    known.certificate.intent, std::move(passed)));
  return ToIssued(std::move(done), *issuer);
}

absl::StatusOr<std::vector<ct::SignedCertificateTimestamp>> CompleteCertificate::Verified(
    const x509::Certificate& precertificate, const Issuer& issuer, const ct::LogList& logs,
    const Encoded& scts) const {
  if (scts.size() > kMaxScts) return Make(Reason::kMalformed, "there are too many SCTs");
  const absl::Time now = parts_.clock.Now();
  if (now - logs.timestamp() > ct::LogList::kMaxAge) {
    return Make(Reason::kUnavailable, "the signer's log list is too old to tell good logs");
  }
  ASSIGN_OR_RETURN(const std::string entry_tbs, ct::RemovePoison(precertificate.tbs_der()));
  const ct::Entry entry = ct::Entry::Precertificate(issuer.certificate.public_key(), entry_tbs);
  std::vector<ct::SignedCertificateTimestamp> promises;
  std::vector<const ct::Log*> promised_by;
  for (const std::string& encoded : scts) {
    absl::StatusOr<ct::SignedCertificateTimestamp> sct =
        ct::SignedCertificateTimestamp::Parse(encoded);
    if (!sct.ok()) return Make(Reason::kEvidenceForged, DetailOf(sct.status()));
    const ct::Log* log = logs.Find(sct->log_id);
    if (log == nullptr) {
      return Make(Reason::kEvidenceForged, "an SCT is of a log that the signer does not know");
    }
    absl::Status good = ct::VerifySct(*sct, log->key, entry);
    // The promise was made for a precertificate that is not older than its notBefore.
    if (good.ok()) good = ct::CheckSctTime(*sct, now, now - precertificate.tbs().not_before);
    if (!good.ok()) {
      return Make(Reason::kEvidenceForged, base::Cat(log->description, ": ", DetailOf(good)));
    }
    promises.push_back(*std::move(sct));
    promised_by.push_back(log);
  }
  const absl::Status enough = ct::CheckForIssuance(
      parts_.policy, promised_by, precertificate.tbs().not_before, precertificate.tbs().not_after);
  if (!enough.ok()) return Make(Reason::kEvidenceInsufficient, DetailOf(enough));
  return promises;
}

}  // namespace cairn::ca
