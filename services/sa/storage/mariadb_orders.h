#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/sql/database.h"
#include "services/sa/api/order_reader.h"
#include "services/sa/api/order_writer.h"
#include "services/sa/storage/authorization_cache.h"
#include "services/sa/storage/mariadb_accounts.h"
#include "services/sa/storage/mariadb_certificates.h"
#include "services/sa/storage/mariadb_issuances.h"

namespace cairn::sa {

// The tables acme_order and authorization, which change together.
//
// A change of state is one UPDATE whose WHERE holds all that must be true before
// it: the old state, and for a subscriber that the account is in force with the
// key that signed. Of several callers one finds the row so; for the others a
// further SELECT tells why not. That makes every change safe on a cluster too,
// without a lock that outlives a statement.
class MariaDbOrders final : public OrderReader, public OrderWriter {
 public:
  // All references must outlive the store.
  MariaDbOrders(sql::Database& database, const base::Clock& clock, base::Random& random,
                MariaDbAccounts& accounts, MariaDbCertificates& certificates)
      : database_(database),
        clock_(clock),
        random_(random),
        accounts_(accounts),
        certificates_(certificates),
        issuances_(database, clock, certificates) {}

  absl::StatusOr<v1::GetOrderResponse> GetOrder(const base::Call& call,
                                                const v1::GetOrderRequest& request) override;
  absl::StatusOr<v1::GetAuthorizationResponse> GetAuthorization(
      const base::Call& call, const v1::GetAuthorizationRequest& request) override;
  absl::StatusOr<v1::GetCertificateResponse> GetCertificate(
      const base::Call& call, const v1::GetCertificateRequest& request) override;

  absl::StatusOr<v1::CreateOrderResponse> CreateOrder(
      const base::Call& call, const v1::CreateOrderRequest& request) override;
  absl::StatusOr<v1::BeginValidationResponse> BeginValidation(
      const base::Call& call, const v1::BeginValidationRequest& request) override;
  absl::StatusOr<v1::FinishValidationResponse> FinishValidation(
      const base::Call& call, const v1::FinishValidationRequest& request) override;
  absl::StatusOr<v1::GetIssuanceResponse> GetIssuance(
      const base::Call& call, const v1::GetIssuanceRequest& request) override;
  absl::StatusOr<v1::BeginIssuanceResponse> BeginIssuance(
      const base::Call& call, const v1::BeginIssuanceRequest& request) override;
  absl::StatusOr<v1::AddReceiptsResponse> AddReceipts(
      const base::Call& call, const v1::AddReceiptsRequest& request) override;
  absl::StatusOr<v1::StorePrecertificateResponse> StorePrecertificate(
      const base::Call& call, const v1::StorePrecertificateRequest& request) override;
  absl::StatusOr<v1::KeepSctsResponse> KeepScts(const base::Call& call,
                                                const v1::KeepSctsRequest& request) override;
  absl::StatusOr<v1::FinishIssuanceResponse> FinishIssuance(
      const base::Call& call, const v1::FinishIssuanceRequest& request) override;
  absl::StatusOr<v1::FailIssuanceResponse> FailIssuance(
      const base::Call& call, const v1::FailIssuanceRequest& request) override;
  absl::StatusOr<v1::LeaseExpiredWorkResponse> LeaseExpiredWork(
      const base::Call& call, const v1::LeaseExpiredWorkRequest& request) override;
  absl::StatusOr<v1::ReconcileSerialsResponse> ReconcileSerials(
      const base::Call& call, const v1::ReconcileSerialsRequest& request) override;

 private:
  int64_t Now() const;
  absl::StatusOr<core::v1::Authorization> Authorization(const base::Call& call,
                                                        const core::v1::AccountRef& ref,
                                                        uint64_t order_id, uint32_t position);

  sql::Database& database_;
  const base::Clock& clock_;
  base::Random& random_;
  MariaDbAccounts& accounts_;
  MariaDbCertificates& certificates_;
  MariaDbIssuances issuances_;
  AuthorizationCache cache_;
};

}  // namespace cairn::sa
