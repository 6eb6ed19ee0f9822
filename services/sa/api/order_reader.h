#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// Orders, authorizations and certificates as their subscriber sees them. The methods are those of
// the service OrderReader in protos/sa/v1/sa.proto, where their contract is written. Thread-safe;
// every method may block until call.deadline.
class OrderReader {
 public:
  virtual ~OrderReader() = default;

  virtual absl::StatusOr<v1::GetOrderResponse> GetOrder(const base::Call& call,
                                                        const v1::GetOrderRequest& request) = 0;
  virtual absl::StatusOr<v1::GetAuthorizationResponse> GetAuthorization(
      const base::Call& call, const v1::GetAuthorizationRequest& request) = 0;
  virtual absl::StatusOr<v1::GetCertificateResponse> GetCertificate(
      const base::Call& call, const v1::GetCertificateRequest& request) = 0;
};

}  // namespace cairn::sa
