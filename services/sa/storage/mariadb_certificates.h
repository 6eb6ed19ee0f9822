#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/sql/database.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/mariadb_accounts.h"

namespace cairn::sa {

// The tables certificate, chain and signer_cursor. The methods that are RPCs have
// the contracts of protos/sa/v1/sa.proto. Thread-safe; each may block until
// call.deadline.
class MariaDbCertificates {
 public:
  // All references must outlive the store.
  MariaDbCertificates(sql::Database& database, const base::Clock& clock, MariaDbAccounts& accounts)
      : database_(database), clock_(clock), accounts_(accounts) {}

  absl::StatusOr<v1::GetCertificateResponse> GetCertificate(
      const base::Call& call, const v1::GetCertificateRequest& request);
  absl::StatusOr<v1::ReconcileSerialsResponse> ReconcileSerials(
      const base::Call& call, const v1::ReconcileSerialsRequest& request);

  // Stores the chain unless it is known, before the transaction that refers to it:
  // a chain without a certificate harms nobody, and each comes thousands of times.
  // Returns its SHA-256.
  absl::StatusOr<std::string> KeepChain(
      const base::Call& call, const google::protobuf::RepeatedPtrField<std::string>& chain);
  // The precertificate of an issuance under way. False if that isn't, or if
  // something is there already.
  absl::StatusOr<bool> InsertPrecertificate(const base::Call& call,
                                            const v1::StorePrecertificateRequest& request,
                                            std::string_view chain_sha256);
  // The same, whatever has become of the issuance and whatever ReconcileSerials has
  // made meanwhile; kConflict where serial or issuance have another precertificate.
  absl::Status KeepPrecertificate(const base::Call& call,
                                  const v1::StorePrecertificateRequest& request,
                                  std::string_view chain_sha256);
  absl::Status KeepScts(const base::Call& call, const v1::KeepSctsRequest& request);
  // What KeepScts kept for this serial; empty if it kept nothing.
  absl::StatusOr<v1::StorePrecertificateResponse> KeptScts(const base::Call& call,
                                                           std::string_view serial);
  // The certificate of an order, as part of the transaction that makes it valid.
  // Completes the row of its precertificate, or takes over one that ReconcileSerials
  // has made meanwhile; kConflict where the serial or the issuance has another
  // certificate.
  absl::Status Store(sql::Transaction& transaction, const v1::FinishIssuanceRequest& request,
                     std::string_view chain_sha256);

  // A response with the chain of that digest: from memory but for the first time.
  absl::StatusOr<v1::GetCertificateResponse> Chain(const base::Call& call,
                                                   const std::string& sha256);

 private:
  // Both return whether they found their row to change, or its place free.
  absl::StatusOr<bool> Insert(sql::Transaction& transaction,
                              const v1::FinishIssuanceRequest& request,
                              std::string_view chain_sha256);
  absl::StatusOr<bool> Complete(sql::Transaction& transaction,
                                const v1::FinishIssuanceRequest& request,
                                std::string_view chain_sha256);
  // What is not stored of the request's serials.
  absl::StatusOr<std::vector<const v1::JournaledSerial*>> Unknown(
      const base::Call& call, const v1::ReconcileSerialsRequest& request);
  // What was found in a journal: its own row, or the missing half of one. False if
  // it is in neither way new.
  absl::StatusOr<bool> StoreFound(const base::Call& call, const v1::JournaledSerial& serial);
  int64_t Now() const;

  sql::Database& database_;
  const base::Clock& clock_;
  MariaDbAccounts& accounts_;
  std::mutex mutex_;
  // One for each issuer and cross-certificate in use.
  std::map<std::string, v1::GetCertificateResponse> chains_;
};

}  // namespace cairn::sa
