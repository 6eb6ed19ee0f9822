#pragma once

#include <absl/status/statusor.h>

#include "libs/x509/names.h"
#include "protos/ra/v1/ra.pb.h"
#include "services/ra/options.h"

namespace cairn::ra {

// The names that a finalize request asks for, if all that can be said without the
// order is right: its JWS is one to finalize this very order; the CSR is strict DER
// with a good signature and a key that we may certify and that is not the account's.
// That the names are the order's, the SA says.
//
// kMalformed or kBadCsr. The signer checks all of it again; here
// it is checked so that the subscriber learns what is wrong while the order can
// still be finalized (ACME-112).
absl::StatusOr<x509::Names> CheckFinalizeRequest(const Options& options,
                                                 const v1::FinalizeOrderRequest& request);

}  // namespace cairn::ra
