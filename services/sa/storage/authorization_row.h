#pragma once

#include <cstdint>

#include "protos/core/v1/core.pb.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {

// Reads order_id, position, account_id, identifier_type, identifier_value,
// wildcard, token, status, method, offered, validated_at, expires_at, problem; the
// status is as of `now`.
core::v1::Authorization ReadAuthorization(RowReader& row, int64_t now);

}  // namespace cairn::sa
