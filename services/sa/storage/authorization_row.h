#pragma once

#include <cstdint>

#include "libs/sql/text.h"
#include "protos/core/v1/core.pb.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {

// What ReadAuthorization reads, of `authorization a`.
inline constexpr sql::Part kAuthorizationColumns =
    "a.order_id, a.position, a.account_id, a.identifier_type, a.identifier_value, a.wildcard, "
    "a.token, a.status, a.method, a.offered, a.validated_at, a.expires_at, a.problem";

// The same for a place in an order that another authorization, r, may stand in for.
inline constexpr sql::Part kPlaceColumns =
    "COALESCE(r.order_id, a.order_id), COALESCE(r.position, a.position), a.account_id, "
    "a.identifier_type, a.identifier_value, a.wildcard, COALESCE(r.token, a.token), "
    "COALESCE(r.status, a.status), COALESCE(r.method, a.method), a.offered, "
    "COALESCE(r.validated_at, a.validated_at), COALESCE(r.expires_at, a.expires_at), "
    "COALESCE(r.problem, a.problem)";
inline constexpr sql::Part kJoinReused =
    " LEFT JOIN authorization r ON r.order_id = a.reuses_order_id AND r.position = "
    "a.reuses_position ";

// The status is as of `now`.
core::v1::Authorization ReadAuthorization(RowReader& row, int64_t now);

}  // namespace cairn::sa
