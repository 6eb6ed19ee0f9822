#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/audit/v1/audit.pb.h"
#include "protos/ca/v1/ca.pb.h"
#include "protos/core/v1/core.pb.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "protos/ra/v1/ra.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/ca/api/signer.h"
#include "services/publisher/api/publisher.h"
#include "services/ra/core/observer.h"
#include "services/ra/core/retry.h"
#include "services/ra/options.h"
#include "services/sa/api/order_writer.h"
#include "services/va/api/validation.h"

namespace cairn::ra {

// An issuance that the SA has leased to us, from the stored wish to the stored
// certificate. Every step may be done again by whoever gets the lease next, after
// a crash at any line: the issuance id makes the signer give the same certificate.
//
// With a publisher the way goes over a precertificate and SCTs (RFC 6962), without
// one no log is told of anything.
//
// The RA only carries things: the signer verifies the subscriber's request, the
// receipts and the SCTs by itself. Thread-safe.
class IssueCertificate {
 public:
  struct Peers {
    sa::OrderWriter& orders;
    va::Validation& validation;
    ca::Signer& signer;
    publisher::Publisher* publisher = nullptr;  // null: without CT
  };

  IssueCertificate(const Options& options, Peers peers, audit::Log& audit, const base::Clock& clock,
                   Pause& pause, Observer& observer);

  // Blocks until the order is valid or invalid, or no step can be done before
  // call.deadline, which is that of the lease. `issuance` is what GetIssuance says
  // of an order that is processing.
  //
  // The order and its certificate, if it has ended and this was the end.
  std::optional<v1::FinalizeOrderResponse> Run(const base::Call& call,
                                               sa::v1::GetIssuanceResponse issuance);
  // The same for whoever has only the order's id.
  void Resume(const base::Call& call, uint64_t order_id);

 private:
  // A problem: refused, and no later try can change that. An error: not now.
  using Refusal = std::optional<core::v1::Problem>;
  struct Signing {
    Refusal refusal;
    ca::v1::SignCertificateResponse certificate;  // unless refused
  };
  // Leaves `issuance` with the order valid, unless it is refused, and the certificate in
  // `stored`.
  absl::StatusOr<Refusal> Issue(base::Call call, sa::v1::GetIssuanceResponse& issuance,
                                ca::v1::SignCertificateResponse& stored);
  absl::StatusOr<Refusal> RecheckCaa(base::Call& call, sa::v1::GetIssuanceResponse& issuance);
  absl::StatusOr<Signing> Sign(const base::Call& call, sa::v1::GetIssuanceResponse& issuance);
  absl::StatusOr<Signing> SignWithCt(const base::Call& call, sa::v1::GetIssuanceResponse& issuance);
  // Runs a race for SCTs where there are none yet, and hands them to the signer. They
  // stay in `scts` until the signer has refused them.
  absl::StatusOr<ca::v1::SignCertificateResponse> SignWithScts(
      const base::Call& call, uint64_t order_id, const publisher::v1::GetSctsRequest& chain,
      sa::v1::KeepSctsRequest& scts);
  absl::Status RunRace(const base::Call& call, const publisher::v1::GetSctsRequest& chain,
                       sa::v1::KeepSctsRequest& scts);
  void KeepScts(const base::Call& call, const sa::v1::KeepSctsRequest& scts);
  // The record of how it ended. Not written, it can't undo anything, and the signer
  // has its own; whoever reads the log learns of the gap from the observer.
  void Audit(const base::Call& call, audit::v1::IssuanceFinished finished);
  // Makes the order invalid, or says why it can't.
  absl::StatusOr<IssuanceOutcome> Fail(const base::Call& call, core::v1::Problem problem,
                                       core::v1::Order& order);
  absl::StatusOr<IssuanceOutcome> Go(const base::Call& call, sa::v1::GetIssuanceResponse& issuance,
                                     ca::v1::SignCertificateResponse& certificate);

  const Options& options_;
  const Peers peers_;
  audit::Log& audit_;
  const base::Clock& clock_;
  Pause& pause_;
  Observer& observer_;
};

}  // namespace cairn::ra
