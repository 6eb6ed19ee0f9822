#pragma once

#include "libs/sql/text.h"
#include "protos/core/v1/core.pb.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {

// What ReadAccount reads, of `account c`.
inline constexpr sql::Part kAccountColumns =
    "c.account_id, c.thumbprint, c.jwk, c.salt, c.first_thumbprint, c.status, c.contact, "
    "c.created_at, c.terms_agreed_at, c.terms_url";

core::v1::Account ReadAccount(RowReader& row);

}  // namespace cairn::sa
