#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/sql/database.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/mariadb_certificates.h"

namespace cairn::sa {

// Issuances that have begun: what changes an order's row once it is processing, in
// the manner of MariaDbOrders. The methods are RPCs, with the contracts of
// protos/sa/v1/sa.proto. Thread-safe; each may block until call.deadline.
class MariaDbIssuances {
 public:
  // All references must outlive the store.
  MariaDbIssuances(sql::Database& database, const base::Clock& clock,
                   MariaDbCertificates& certificates)
      : database_(database), clock_(clock), certificates_(certificates) {}

  absl::StatusOr<v1::AddReceiptsResponse> AddReceipts(const base::Call& call,
                                                      const v1::AddReceiptsRequest& request);
  absl::StatusOr<v1::StorePrecertificateResponse> StorePrecertificate(
      const base::Call& call, const v1::StorePrecertificateRequest& request);
  absl::StatusOr<v1::FinishIssuanceResponse> FinishIssuance(
      const base::Call& call, const v1::FinishIssuanceRequest& request);
  absl::StatusOr<v1::FailIssuanceResponse> FailIssuance(const base::Call& call,
                                                        const v1::FailIssuanceRequest& request);

 private:
  sql::Database& database_;
  const base::Clock& clock_;
  MariaDbCertificates& certificates_;
};

}  // namespace cairn::sa
