#include "services/sa/storage/mariadb_evidence.h"

#include <absl/time/time.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "libs/sql/text.h"
#include "services/sa/core/order_state.h"
#include "services/sa/core/requests.h"
#include "services/sa/storage/authorization_row.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {
namespace {

// What one statement of a search reads: on a busy CA some hundred thousand rows.
constexpr absl::Duration kSlice = absl::Hours(1);
constexpr absl::Duration kOldest = absl::Hours(24 * 90);
// A search stops while there is time left to answer with what was found.
constexpr absl::Duration kTimeToAnswer = absl::Seconds(2);

absl::Status Unreadable(const char* what) { return errors::Make(errors::Reason::kInternal, what); }

// The table authorization comes first, so that it is read along its primary key,
// which holds the time: an order's row is looked up for what was found only.
constexpr sql::Part kEvidence =
    "COALESCE(r.attempt, a.attempt), COALESCE(r.corroboration, a.corroboration), "
    "o.added_attempts, o.serial "
    "FROM authorization a LEFT JOIN acme_order o ON o.order_id = a.order_id";

constexpr sql::Statement kSelectOfOrder{
    "evidence_of_order",
    sql::kText<"SELECT a.order_id, a.position, ", kPlaceColumns, ", ", kEvidence, kJoinReused,
               "WHERE a.order_id = ? AND a.position >= ? AND a.position <= ? "
               "ORDER BY a.position LIMIT ?">,
    /*repeatable=*/true};

constexpr sql::Statement kSelectOfName{
    "evidence_of_name",
    sql::kText<"SELECT a.order_id, a.position, ", kPlaceColumns, ", ", kEvidence, kJoinReused,
               "WHERE a.order_id >= ? AND a.order_id < ? AND a.identifier_type = ? AND "
               "a.identifier_value = ? AND a.wildcard = ? "
               "ORDER BY a.order_id DESC, a.position DESC LIMIT ?">,
    /*repeatable=*/true};

constexpr sql::Statement kSelectOrderOfSerial{
    "evidence_order_of_serial",
    "SELECT order_id FROM certificate WHERE serial = ? AND order_id IS NOT NULL",
    /*repeatable=*/true};

// Whether an attempt is about this name: all its receipts are, as the RA stores them.
bool IsOf(const evidence::v1::Attempt& attempt, const core::v1::Authorization& authorization) {
  return std::any_of(attempt.receipts().begin(), attempt.receipts().end(), [&](const auto& one) {
    evidence::v1::Receipt receipt;
    return receipt.ParseFromString(one.receipt()) &&
           receipt.identifier().type() == authorization.identifier().type() &&
           receipt.identifier().value() == authorization.identifier().value() &&
           receipt.wildcard() == authorization.wildcard();
  });
}

absl::Status Append(const sql::Rows& rows, int64_t now, v1::FindValidationsResponse& response) {
  for (size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows[i]);
    v1::StoredValidation& validation = *response.add_validations();
    validation.mutable_place()->set_order_id(row.Unsigned());
    validation.mutable_place()->set_position(static_cast<uint32_t>(row.Unsigned()));
    *validation.mutable_authorization() = ReadAuthorization(row, now);
    if (!validation.mutable_attempt()->ParseFromString(row.BytesOrEmpty())) {
      return Unreadable("an authorization's receipts can't be read");
    }
    validation.set_corroboration(row.BytesOrEmpty());
    v1::AddReceiptsRequest added;
    if (!added.ParseFromString(row.BytesOrEmpty())) {
      return Unreadable("an order's added receipts can't be read");
    }
    for (evidence::v1::Attempt& attempt : *added.mutable_attempts()) {
      if (!IsOf(attempt, validation.authorization())) continue;
      *validation.add_caa_rechecks() = std::move(attempt);
    }
    validation.set_serial(row.BytesOrEmpty());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::FindValidationsResponse> MariaDbEvidence::FindValidations(
    const base::Call& call, const v1::FindValidationsRequest& request) {
  RETURN_IF_ERROR(Check(request));
  constexpr uint32_t kLast = std::numeric_limits<uint32_t>::max();
  uint64_t order_id = request.order_id();
  switch (request.which_case()) {
    case v1::FindValidationsRequest::kName:
      return OfName(call, request);
    case v1::FindValidationsRequest::kAuthorization: {
      const v1::AuthorizationRef& place = request.authorization();
      return OfOrder(call, place.order_id(), place.position(), place.position(), 1);
    }
    case v1::FindValidationsRequest::kSerial: {
      ASSIGN_OR_RETURN(const sql::Rows rows,
                       database_.Query(call, kSelectOrderOfSerial, {request.serial()}));
      if (rows.empty()) return v1::FindValidationsResponse();
      order_id = rows[0].Unsigned(0);
      break;
    }
    default:
      break;
  }
  return OfOrder(call, order_id, 0, kLast, request.limit());
}

absl::StatusOr<v1::FindValidationsResponse> MariaDbEvidence::OfOrder(const base::Call& call,
                                                                     uint64_t order_id,
                                                                     uint32_t first, uint32_t last,
                                                                     uint32_t limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_.Query(call, kSelectOfOrder, {order_id, first, last, limit}));
  v1::FindValidationsResponse response;
  RETURN_IF_ERROR(Append(rows, absl::ToUnixSeconds(clock_.Now()), response));
  return response;
}

absl::StatusOr<v1::FindValidationsResponse> MariaDbEvidence::OfName(
    const base::Call& call, const v1::FindValidationsRequest& request) {
  const absl::Time now = clock_.Now();
  const absl::Time since = std::max(absl::FromUnixSeconds(request.made_since()), now - kOldest);
  const core::v1::Identifier& identifier = request.name().identifier();
  v1::FindValidationsResponse response;
  // Orders that clocks ahead of this one made belong to the first slice.
  uint64_t end = std::numeric_limits<uint64_t>::max();
  absl::Time begin = now;
  while (begin > since && response.validations_size() < static_cast<int>(request.limit()) &&
         call.Left(clock_) > kTimeToAnswer) {
    begin = std::max(begin - kSlice, since);
    const uint64_t least = LeastOrderIdAt(begin);
    ASSIGN_OR_RETURN(
        const sql::Rows rows,
        database_.Query(call, kSelectOfName,
                        {least, end, static_cast<int>(identifier.type()), identifier.value(),
                         request.name().wildcard() ? 1 : 0,
                         request.limit() - static_cast<uint32_t>(response.validations_size())}));
    RETURN_IF_ERROR(Append(rows, absl::ToUnixSeconds(now), response));
    end = least;
  }
  response.set_searched_since(absl::ToUnixSeconds(begin));
  return response;
}

}  // namespace cairn::sa
