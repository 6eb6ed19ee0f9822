#pragma once

#include <absl/status/status.h>

#include "protos/core/v1/core.pb.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// The syntax of requests: sizes, enums, what must be there. Callers are our own
// services, which have checked what clients sent; a request that fails here is
// kMalformed and a mistake of the caller. For every request that the stores
// don't refuse by not finding anything.
absl::Status Check(const core::v1::AccountRef& account);
absl::Status Check(const v1::CreateAccountRequest& request);
absl::Status Check(const v1::UpdateAccountRequest& request);
absl::Status Check(const v1::CreateOrderRequest& request);
absl::Status Check(const v1::BeginValidationRequest& request);
absl::Status Check(const v1::FinishValidationRequest& request);
absl::Status Check(const v1::BeginIssuanceRequest& request);
absl::Status Check(const v1::AddReceiptsRequest& request);
absl::Status Check(const v1::StorePrecertificateRequest& request);
absl::Status Check(const v1::KeepSctsRequest& request);
absl::Status Check(const v1::FinishIssuanceRequest& request);
absl::Status Check(const v1::LeaseExpiredWorkRequest& request);
absl::Status Check(const v1::ReconcileSerialsRequest& request);
absl::Status Check(const v1::LeaseLogWorkRequest& request);
absl::Status Check(const v1::FinishLogWorkRequest& request);
absl::Status Check(const v1::MoveLogPositionRequest& request);
absl::Status Check(const v1::FindSerialsRequest& request);
absl::Status Check(const v1::FindValidationsRequest& request);

// OK when `account` is in force and has the key of `ref`; else why a request of
// `ref` is refused. `account` is null when there is none with that id.
absl::Status CheckAccount(const core::v1::Account* account, const core::v1::AccountRef& ref);

}  // namespace cairn::sa
