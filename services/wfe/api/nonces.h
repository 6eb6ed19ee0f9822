#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/wfe/v1/wfe.pb.h"

namespace cairn::wfe {

// Nonces of another WFE replica. The methods are those of the service Nonces in
// protos/wfe/v1/wfe.proto, where their contract is written. Thread-safe; every
// method may block until call.deadline.
class Nonces {
 public:
  virtual ~Nonces() = default;

  virtual absl::StatusOr<v1::RedeemNonceResponse> RedeemNonce(
      const base::Call& call, const v1::RedeemNonceRequest& request) = 0;
};

}  // namespace cairn::wfe
