#include "services/ra/core/issue_certificate.h"

#include <absl/time/time.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"
#include "services/ra/core/lease.h"
#include "services/ra/core/receipt_times.h"
#include "services/ra/core/settled.h"
#include "services/ra/core/subject.h"

namespace cairn::ra {
namespace {

using core::v1::Authorization;
using core::v1::Order;
using core::v1::Problem;
using errors::Make;
using errors::Reason;

// BR 4.2.2.1 lets a CAA answer count for 8 hours. An hour less, as the clocks of
// perspectives and signer may differ and the rest of the issuance takes time.
constexpr absl::Duration kCaaAge = absl::Hours(7);

// What the SA keeps of a problem has 64 KiB: enough for 100 names of 253 octets and
// this much about each.
constexpr size_t kMaxSubproblemDetail = 300;

// Between two races of one issuance: each is a submission to several logs, so there
// are at most five of them under a lease of 20 s.
constexpr Waits kRaceWaits{.first = absl::Seconds(1), .longest = absl::Seconds(8)};

Problem MakeProblem(Reason reason, std::string_view detail) {
  Problem problem;
  problem.set_reason(static_cast<int>(reason));
  problem.set_detail(std::string(detail));
  return problem;
}

// What the subscriber learns of a refusal of the signer; nothing where the signer
// did not refuse but failed. What is wrong with the evidence is between the
// signer and us: the subscriber can only start again.
std::optional<Problem> RefusalOf(const absl::Status& status) {
  const Reason reason = errors::ReasonOf(status);
  switch (reason) {
    case Reason::kEvidenceStale:
      return MakeProblem(Reason::kUnauthorized,
                         "a validation or CAA check of this order has become too old; "
                         "please make a new order");
    case Reason::kEvidenceForged:
    case Reason::kEvidenceMismatch:
    case Reason::kEvidenceInsufficient:
      return MakeProblem(Reason::kUnauthorized,
                         "the signer does not find the names of this order proven; "
                         "please make a new order");
    case Reason::kReplayed:
      return MakeProblem(Reason::kUnauthorized,
                         "this finalize request has already been used; please make a new order");
    case Reason::kCaa:
    case Reason::kMalformed:
    case Reason::kBadCsr:
    case Reason::kBadPublicKey:
    case Reason::kBadSignatureAlgorithm:
    case Reason::kRejectedIdentifier:
    case Reason::kUnsupportedIdentifier:
    case Reason::kInvalidProfile:
      return MakeProblem(reason, errors::PayloadOf(status).detail());
    default:
      return std::nullopt;
  }
}

// One problem for all names that the VA refuses, with a subproblem for each (RFC 8555
// section 6.7.1, CAA-30); nothing where it refuses none.
std::optional<Problem> RefusalByCaa(const va::v1::CheckCaaRequest& check,
                                    const va::v1::CheckCaaResponse& checked) {
  Problem problem;
  for (int i = 0; i < checked.results_size(); ++i) {
    if (checked.results(i).valid()) continue;
    const Problem& one = checked.results(i).problem();
    core::v1::Subproblem& subproblem = *problem.add_subproblems();
    subproblem.set_reason(one.reason());
    subproblem.set_detail(base::Escaped(one.detail(), kMaxSubproblemDetail));
    *subproblem.mutable_identifier() = check.subjects(i).identifier();
    subproblem.set_wildcard(check.subjects(i).wildcard());
    if (problem.subproblems_size() == 1) {
      problem.set_reason(one.reason());
      problem.set_detail(base::Cat(base::Escaped(check.subjects(i).identifier().value(), 253), ": ",
                                   one.detail()));
    }
    // Records that forbid say more than lookups that failed.
    if (one.reason() == static_cast<int>(Reason::kCaa)) problem.set_reason(one.reason());
  }
  if (problem.subproblems_size() == 0) return std::nullopt;
  if (problem.subproblems_size() > 1) {
    problem.set_detail(base::Cat("the check of CAA records before issuance refuses ",
                                 problem.subproblems_size(), " names"));
  }
  return problem;
}

// Leaves the issuance without its attempts.
evidence::v1::Evidence TakeEvidence(sa::v1::GetIssuanceResponse& issuance) {
  evidence::v1::Evidence evidence;
  evidence.set_finalize_jws(issuance.finalize_jws());
  evidence.mutable_account()->set_salt(issuance.account().salt());
  evidence.mutable_account()->set_jwk(issuance.account().jwk());
  evidence.mutable_attempts()->Swap(issuance.mutable_attempts());
  return evidence;
}

// The authorizations whose CAA answers are too old to sign on (CAA-05, CAA-06).
std::vector<const Authorization*> DueForCaa(const sa::v1::GetIssuanceResponse& issuance,
                                            absl::Time now) {
  const absl::Time oldest = now - kCaaAge;
  std::vector<const Authorization*> due;
  for (const Authorization& authorization : issuance.order().authorizations()) {
    // CAA is about DNS names only (CAA-01).
    if (authorization.identifier().type() != core::v1::Identifier::TYPE_DNS) continue;
    // A validation looks at CAA too, and validated_at is of its oldest receipt.
    if (absl::FromUnixSeconds(authorization.validated_at()) > oldest) continue;
    const bool fresh =
        std::any_of(issuance.attempts().begin(), issuance.attempts().end(), [&](const auto& a) {
          return CaaObservation(a, authorization).value_or(absl::InfinitePast()) > oldest;
        });
    if (!fresh) due.push_back(&authorization);
  }
  return due;
}

}  // namespace

IssueCertificate::IssueCertificate(const Options& options, Peers peers, audit::Log& audit,
                                   const base::Clock& clock, Pause& pause, Observer& observer)
    : options_(options),
      peers_(peers),
      audit_(audit),
      clock_(clock),
      pause_(pause),
      observer_(observer) {}

void IssueCertificate::Resume(const base::Call& call, uint64_t order_id) {
  sa::v1::GetIssuanceRequest request;
  request.set_order_id(order_id);
  absl::StatusOr<sa::v1::GetIssuanceResponse> issuance =
      Retry(call, clock_, pause_, [&] { return peers_.orders.GetIssuance(call, request); });
  if (!issuance.ok()) {
    observer_.IssuanceEnded(call, order_id, IssuanceOutcome::kUnfinished, issuance.status());
    return;
  }
  Run(call, *std::move(issuance));
}

std::optional<v1::FinalizeOrderResponse> IssueCertificate::Run(
    const base::Call& call, sa::v1::GetIssuanceResponse issuance) {
  ca::v1::SignCertificateResponse certificate;
  const absl::StatusOr<IssuanceOutcome> outcome = Go(call, issuance, certificate);
  observer_.IssuanceEnded(call, issuance.order().order_id(),
                          outcome.ok() ? *outcome : IssuanceOutcome::kUnfinished, outcome.status());
  if (!outcome.ok() || *outcome == IssuanceOutcome::kElsewhere) return std::nullopt;
  v1::FinalizeOrderResponse end;
  end.mutable_order()->Swap(issuance.mutable_order());
  end.set_certificate(std::move(*certificate.mutable_certificate()));
  end.mutable_chain()->Swap(certificate.mutable_chain());
  return end;
}

absl::StatusOr<IssuanceOutcome> IssueCertificate::Go(const base::Call& call,
                                                     sa::v1::GetIssuanceResponse& issuance,
                                                     ca::v1::SignCertificateResponse& certificate) {
  if (issuance.order().status() != Order::STATUS_PROCESSING) return IssuanceOutcome::kElsewhere;
  if (call.Left(clock_) <= absl::ZeroDuration()) {
    return Make(Reason::kDeadlineExceeded, "the lease ran out in the queue");
  }
  absl::StatusOr<Refusal> refusal = Issue(call, issuance, certificate);
  if (refusal.ok()) {
    if (!refusal->has_value()) return IssuanceOutcome::kIssued;
    return Fail(UnderLease(call, options_, clock_), **std::move(refusal),
                *issuance.mutable_order());
  }
  const absl::Time began = absl::FromUnixSeconds(issuance.issuance_began_at());
  if (clock_.Now() - began <= options_.work_timeout) {
    if (IsSettledElsewhere(refusal.status())) return IssuanceOutcome::kElsewhere;
    return refusal.status();
  }
  // ACME-114: every order ends. Had the signer signed after all, the reconciler
  // finds the serial in the journal.
  return Fail(UnderLease(call, options_, clock_),
              MakeProblem(Reason::kInternal, "the certificate could not be issued in time"),
              *issuance.mutable_order());
}

// The procedure. Killed between any two steps, or with the answer of one lost, it
// begins again at step 1 with the same issuance id, and what was done stays done.
absl::StatusOr<IssueCertificate::Refusal> IssueCertificate::Issue(
    base::Call call, sa::v1::GetIssuanceResponse& issuance,
    ca::v1::SignCertificateResponse& stored) {
  // Step 1: fresh CAA answers, where those of the validations are too old.
  ASSIGN_OR_RETURN(Refusal refusal, RecheckCaa(call, issuance));
  if (refusal.has_value()) return refusal;

  // Steps 2 to 5: the certificate.
  const bool ct = peers_.publisher != nullptr;
  ASSIGN_OR_RETURN(Signing signing, ct ? SignWithCt(call, issuance) : Sign(call, issuance));
  if (signing.refusal.has_value()) return signing.refusal;

  // Step 6: certificate and the order's end, in one transaction of the SA; with CT
  // the submission of this certificate to a log is due then too (CT-02).
  const ca::v1::SignCertificateResponse& certificate = signing.certificate;
  ASSIGN_OR_RETURN(const x509::Certificate parsed,
                   x509::Certificate::Parse(certificate.certificate()));
  sa::v1::FinishIssuanceRequest finish;
  finish.set_order_id(issuance.order().order_id());
  finish.set_issuance_id(issuance.order().issuance_id());
  finish.set_serial(certificate.serial());
  finish.set_certificate(certificate.certificate());
  *finish.mutable_chain() = certificate.chain();
  finish.set_not_after(absl::ToUnixSeconds(parsed.tbs().not_after));
  finish.set_after_precertificate(ct);
  RETURN_IF_ERROR(Retry(call, clock_, pause_, [&]() -> absl::Status {
    return peers_.orders.FinishIssuance(call, finish).status();
  }));
  issuance.mutable_order()->set_status(Order::STATUS_VALID);
  issuance.mutable_order()->set_serial(certificate.serial());
  stored = std::move(signing.certificate);

  // Step 7: the record of it.
  audit::v1::IssuanceFinished finished;
  finished.set_order_id(finish.order_id());
  finished.set_issuance_id(finish.issuance_id());
  finished.set_serial(finish.serial());
  Audit(call, std::move(finished));
  return refusal;
}

// Without CT there are no steps 2 to 4.
absl::StatusOr<IssueCertificate::Signing> IssueCertificate::Sign(
    const base::Call& call, sa::v1::GetIssuanceResponse& issuance) {
  // Step 5: the certificate. The signer verifies the evidence, journals its intent,
  // signs; for an issuance id that it knows it only looks up what it signed.
  ca::v1::SignCertificateRequest sign;
  sign.set_issuance_id(issuance.order().issuance_id());
  sign.set_profile(issuance.order().profile());
  *sign.mutable_evidence() = TakeEvidence(issuance);
  absl::StatusOr<ca::v1::SignCertificateResponse> certificate =
      Retry(call, clock_, pause_, [&] { return peers_.signer.SignCertificate(call, sign); });
  if (certificate.ok()) return Signing{.refusal = {}, .certificate = *std::move(certificate)};
  if (Refusal refusal = RefusalOf(certificate.status())) return Signing{std::move(refusal), {}};
  return certificate.status();
}

absl::StatusOr<IssueCertificate::Signing> IssueCertificate::SignWithCt(
    const base::Call& call, sa::v1::GetIssuanceResponse& issuance) {
  // Step 2: the precertificate, as above the certificate.
  const Order& order = issuance.order();
  ca::v1::SignPrecertificateRequest sign;
  sign.set_issuance_id(order.issuance_id());
  sign.set_profile(order.profile());
  *sign.mutable_evidence() = TakeEvidence(issuance);
  absl::StatusOr<ca::v1::SignPrecertificateResponse> precertificate =
      Retry(call, clock_, pause_, [&] { return peers_.signer.SignPrecertificate(call, sign); });
  if (!precertificate.ok()) {
    if (Refusal r = RefusalOf(precertificate.status())) return Signing{std::move(r), {}};
    return precertificate.status();
  }

  // Step 3: from now on the serial can be revoked and has a status, whatever comes
  // of the rest (BR 7.1.2.9, CT-16, PROF-40).
  ASSIGN_OR_RETURN(const x509::Certificate parsed,
                   x509::Certificate::Parse(precertificate->precertificate()));
  sa::v1::StorePrecertificateRequest store;
  store.set_order_id(order.order_id());
  store.set_issuance_id(order.issuance_id());
  store.set_serial(precertificate->serial());
  store.set_precertificate(precertificate->precertificate());
  *store.mutable_chain() = precertificate->chain();
  store.set_not_after(absl::ToUnixSeconds(parsed.tbs().not_after));
  ASSIGN_OR_RETURN(sa::v1::StorePrecertificateResponse stored, Retry(call, clock_, pause_, [&] {
                     return peers_.orders.StorePrecertificate(call, store);
                   }));

  // A worker before us came to step 5, and the signer signed: no log need be asked.
  if (!precertificate->certificate().empty()) {
    Signing done;
    done.certificate.set_certificate(std::move(*precertificate->mutable_certificate()));
    done.certificate.set_serial(precertificate->serial());
    done.certificate.mutable_chain()->Swap(precertificate->mutable_chain());
    return done;
  }

  // Steps 4 and 5.
  publisher::v1::GetSctsRequest chain;
  chain.add_chain(std::move(*precertificate->mutable_precertificate()));
  chain.mutable_chain()->MergeFrom(precertificate->chain());
  sa::v1::KeepSctsRequest scts;
  scts.set_issuance_id(order.issuance_id());
  scts.set_serial(precertificate->serial());
  scts.mutable_scts()->Swap(stored.mutable_scts());
  absl::StatusOr<ca::v1::SignCertificateResponse> certificate = Retry(
      call, clock_, pause_, [&] { return SignWithScts(call, order.order_id(), chain, scts); },
      kRaceWaits);
  if (certificate.ok()) return Signing{.refusal = {}, .certificate = *std::move(certificate)};
  if (errors::ReasonOf(certificate.status()) == Reason::kEvidenceStale) {
    return Signing{RefusalOf(certificate.status()), {}};
  }
  return certificate.status();
}

absl::StatusOr<ca::v1::SignCertificateResponse> IssueCertificate::SignWithScts(
    const base::Call& call, uint64_t order_id, const publisher::v1::GetSctsRequest& chain,
    sa::v1::KeepSctsRequest& scts) {
  // Step 4: the race for SCTs, unless a worker before us won one.
  const bool are_kept = scts.scts_size() > 0;
  if (!are_kept) RETURN_IF_ERROR(RunRace(call, chain, scts));

  // Step 5: the certificate with them. If it was signed before, then with the SCTs of
  // then, and these are not looked at.
  ca::v1::SignCertificateRequest sign;
  sign.set_issuance_id(scts.issuance_id());
  *sign.mutable_scts() = scts.scts();
  absl::StatusOr<ca::v1::SignCertificateResponse> certificate =
      peers_.signer.SignCertificate(call, sign);
  if (!certificate.ok() && !RefusalOf(certificate.status()).has_value()) {
    // So that the next worker need not ask the logs again. On the straight path the
    // signer's journal has them at once, and nothing is stored here.
    if (!are_kept) KeepScts(call, scts);
    if (!IsTransient(certificate.status())) return certificate;
    certificate =
        Retry(call, clock_, pause_, [&] { return peers_.signer.SignCertificate(call, sign); });
  }
  if (certificate.ok() || !RefusalOf(certificate.status()).has_value() ||
      errors::ReasonOf(certificate.status()) == Reason::kEvidenceStale) {
    return certificate;
  }
  // The evidence has passed in step 2, so this is about the SCTs, for which the
  // subscriber is not to blame: another race may bring others.
  observer_.SctsRefused(call, order_id, certificate.status());
  scts.clear_scts();
  return Make(Reason::kUnavailable, "the signer does not take the SCTs");
}

absl::Status IssueCertificate::RunRace(const base::Call& call,
                                       const publisher::v1::GetSctsRequest& chain,
                                       sa::v1::KeepSctsRequest& scts) {
  ASSIGN_OR_RETURN(publisher::v1::GetSctsResponse race, peers_.publisher->GetScts(call, chain));
  for (publisher::v1::Sct& sct : *race.mutable_scts()) {
    scts.add_scts(std::move(*sct.mutable_encoded()));
  }
  return absl::OkStatus();
}

void IssueCertificate::KeepScts(const base::Call& call, const sa::v1::KeepSctsRequest& scts) {
  // Lost, they cost one race more.
  if (const absl::Status kept = peers_.orders.KeepScts(call, scts).status(); !kept.ok()) {
    observer_.BackgroundFailed(call, "keep_scts", kept);
  }
}

absl::StatusOr<IssueCertificate::Refusal> IssueCertificate::RecheckCaa(
    base::Call& call, sa::v1::GetIssuanceResponse& issuance) {
  const std::vector<const Authorization*> due = DueForCaa(issuance, clock_.Now());
  if (due.empty()) return Refusal();

  va::v1::CheckCaaRequest check;
  for (const Authorization* authorization : due) {
    *check.add_subjects() =
        SubjectOf(options_, *authorization, issuance.account().thumbprint(), /*caa_only=*/true);
  }
  ASSIGN_OR_RETURN(va::v1::CheckCaaResponse checked, Retry(call, clock_, pause_, [&] {
                     return peers_.validation.CheckCaa(call, check);
                   }));
  if (checked.results_size() != check.subjects_size()) {
    return Make(Reason::kInternal, "the VA answered for another number of names");
  }

  if (Refusal refusal = RefusalByCaa(check, checked)) return refusal;

  sa::v1::AddReceiptsRequest add;
  for (va::v1::ValidateResponse& result : *checked.mutable_results()) {
    *add.add_attempts() = std::move(*result.mutable_attempt());
  }

  add.set_order_id(issuance.order().order_id());
  add.set_issuance_id(issuance.order().issuance_id());
  add.set_lease_seconds(absl::ToInt64Seconds(options_.lease));
  base::Call extended = UnderLease(call, options_, clock_);
  RETURN_IF_ERROR(Retry(call, clock_, pause_, [&]() -> absl::Status {
    return peers_.orders.AddReceipts(call, add).status();
  }));
  call = std::move(extended);
  for (evidence::v1::Attempt& attempt : *add.mutable_attempts()) {
    *issuance.add_attempts() = std::move(attempt);
  }
  return Refusal();
}

absl::StatusOr<IssuanceOutcome> IssueCertificate::Fail(const base::Call& call, Problem problem,
                                                       Order& order) {
  sa::v1::FailIssuanceRequest fail;
  fail.set_order_id(order.order_id());
  fail.set_issuance_id(order.issuance_id());
  *fail.mutable_problem() = problem;
  const absl::Status failed = Retry(call, clock_, pause_, [&]() -> absl::Status {
    return peers_.orders.FailIssuance(call, fail).status();
  });
  if (IsSettledElsewhere(failed)) return IssuanceOutcome::kElsewhere;
  RETURN_IF_ERROR(failed);
  audit::v1::IssuanceFinished finished;
  finished.set_order_id(order.order_id());
  finished.set_issuance_id(order.issuance_id());
  *finished.mutable_problem() = problem;
  Audit(call, std::move(finished));
  order.set_status(Order::STATUS_INVALID);
  *order.mutable_problem() = std::move(problem);
  return IssuanceOutcome::kRefused;
}

void IssueCertificate::Audit(const base::Call& call, audit::v1::IssuanceFinished finished) {
  audit::v1::Event event = audit::EventOf(call);
  *event.mutable_issuance_finished() = std::move(finished);
  if (const absl::Status written = audit_.Write(event); !written.ok()) {
    observer_.BackgroundFailed(call, "audit", written);
  }
}

}  // namespace cairn::ra
