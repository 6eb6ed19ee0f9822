#pragma once

#include <absl/status/status.h>

#include "protos/ra/v1/ra.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/ra/options.h"

namespace cairn::ra {

// Whether a finalize request fits an order that is ready: its JWS is one to
// finalize this very order; the CSR is strict DER with a good signature, exactly
// the order's names, and a key that we may certify and that is not the account's.
//
// kMalformed or kBadCsr. The signer checks all of it again; here
// it is checked so that the subscriber learns what is wrong while the order can
// still be finalized (ACME-112).
absl::Status CheckFinalizeRequest(const Options& options,
                                  const sa::v1::GetIssuanceResponse& issuance,
                                  const v1::FinalizeOrderRequest& request);

}  // namespace cairn::ra
