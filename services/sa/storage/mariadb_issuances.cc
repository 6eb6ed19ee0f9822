#include "services/sa/storage/mariadb_issuances.h"

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "services/sa/core/order_state.h"
#include "services/sa/core/requests.h"

namespace cairn::sa {

using errors::Reason;

// Why a statement that asks for an issuance under way found none.
constexpr sql::Statement kSelectState{
    "issuance_state", "SELECT state, issuance_id, serial FROM acme_order WHERE order_id = ?",
    /*repeatable=*/true};

namespace {

absl::Status NotUnderWay() {
  return errors::Make(Reason::kConflict, "this issuance is not under way");
}

struct IssuanceState {
  OrderState state;
  std::string serial;
};

// What has become of the issuance; an error when the order has none with that id.
absl::StatusOr<IssuanceState> StateOf(const sql::Rows& rows, std::string_view issuance_id) {
  if (rows.empty()) return errors::Make(Reason::kNotFound, "no such order");
  if (rows[0].BytesOrEmpty(1) != issuance_id) return NotUnderWay();
  return IssuanceState{.state = static_cast<OrderState>(rows[0].Signed(0)),
                       .serial = std::string(rows[0].BytesOrEmpty(2))};
}

}  // namespace

constexpr sql::Statement kAddReceipts{
    "receipts_add",
    "UPDATE acme_order SET added_attempts = CONCAT(COALESCE(added_attempts, ''), ?), "
    "lease_until = ? WHERE order_id = ? AND issuance_id = ? AND state = 2"};

absl::StatusOr<v1::AddReceiptsResponse> MariaDbIssuances::AddReceipts(
    const base::Call& call, const v1::AddReceiptsRequest& request) {
  RETURN_IF_ERROR(Check(request));
  // Protobuf reads two messages in a row as one: what is added is appended.
  v1::AddReceiptsRequest added;
  *added.mutable_attempts() = request.attempts();
  ASSIGN_OR_RETURN(const uint64_t found,
                   database_.Execute(call, kAddReceipts,
                                     {added.SerializeAsString(),
                                      absl::ToUnixSeconds(clock_.Now()) + request.lease_seconds(),
                                      request.order_id(), request.issuance_id()}));
  if (found == 1) return v1::AddReceiptsResponse();
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kSelectState, {request.order_id()}));
  RETURN_IF_ERROR(StateOf(rows, request.issuance_id()).status());
  return NotUnderWay();
}

absl::StatusOr<v1::StorePrecertificateResponse> MariaDbIssuances::StorePrecertificate(
    const base::Call& call, const v1::StorePrecertificateRequest& request) {
  RETURN_IF_ERROR(Check(request));
  ASSIGN_OR_RETURN(const std::string chain_sha256, certificates_.KeepChain(call, request.chain()));
  ASSIGN_OR_RETURN(const bool inserted,
                   certificates_.InsertPrecertificate(call, request, chain_sha256));
  if (inserted) return v1::StorePrecertificateResponse();
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kSelectState, {request.order_id()}));
  ASSIGN_OR_RETURN(const IssuanceState found, StateOf(rows, request.issuance_id()));
  // There already, or given up meanwhile; but it was signed, and so has to be known.
  RETURN_IF_ERROR(certificates_.KeepPrecertificate(call, request, chain_sha256));
  if (found.state == OrderState::kProcessing) return certificates_.KeptScts(call, request.serial());
  if (found.state == OrderState::kValid && found.serial == request.serial()) {
    return v1::StorePrecertificateResponse();
  }
  return NotUnderWay();
}

constexpr sql::Statement kFinishIssuance{
    "issuance_finish",
    "UPDATE acme_order SET state = 3, serial = ?, lease_until = NULL "
    "WHERE order_id = ? AND issuance_id = ? AND state = 2"};

absl::StatusOr<v1::FinishIssuanceResponse> MariaDbIssuances::FinishIssuance(
    const base::Call& call, const v1::FinishIssuanceRequest& request) {
  RETURN_IF_ERROR(Check(request));
  ASSIGN_OR_RETURN(const std::string chain_sha256, certificates_.KeepChain(call, request.chain()));
  // Together: a valid order without certificate would have nothing to show, and a
  // certificate of an order that goes on could be asked for a second time.
  absl::Status outcome;
  RETURN_IF_ERROR(database_.Transact(
      call, sql::Database::Commit::kRepeatable, [&](sql::Transaction& transaction) -> absl::Status {
        outcome = absl::OkStatus();
        ASSIGN_OR_RETURN(const uint64_t finished,
                         transaction.Execute(kFinishIssuance, {request.serial(), request.order_id(),
                                                               request.issuance_id()}));
        if (finished == 0) {
          ASSIGN_OR_RETURN(const sql::Rows rows,
                           transaction.Query(kSelectState, {request.order_id()}));
          ASSIGN_OR_RETURN(const IssuanceState found, StateOf(rows, request.issuance_id()));
          if (found.state == OrderState::kValid) {
            if (found.serial == request.serial()) return absl::OkStatus();
            return NotUnderWay();
          }
          // Given up meanwhile; but it was signed, and so has to be known.
          outcome = NotUnderWay();
        }
        return certificates_.Store(transaction, request, chain_sha256);
      }));
  RETURN_IF_ERROR(outcome);
  return v1::FinishIssuanceResponse();
}

constexpr sql::Statement kFailIssuance{
    "issuance_fail",
    "UPDATE acme_order SET state = 4, problem = ?, lease_until = NULL "
    "WHERE order_id = ? AND issuance_id = ? AND state = 2",
    /*repeatable=*/true};

absl::StatusOr<v1::FailIssuanceResponse> MariaDbIssuances::FailIssuance(
    const base::Call& call, const v1::FailIssuanceRequest& request) {
  const std::string problem = request.problem().SerializeAsString();
  ASSIGN_OR_RETURN(
      const uint64_t failed,
      database_.Execute(call, kFailIssuance, {problem, request.order_id(), request.issuance_id()}));
  if (failed == 1) return v1::FailIssuanceResponse();
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kSelectState, {request.order_id()}));
  ASSIGN_OR_RETURN(const IssuanceState found, StateOf(rows, request.issuance_id()));
  if (found.state == OrderState::kInvalid) return v1::FailIssuanceResponse();
  return NotUnderWay();
}

}  // namespace cairn::sa
