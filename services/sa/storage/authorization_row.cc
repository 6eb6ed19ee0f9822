#include "services/sa/storage/authorization_row.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "services/sa/core/order_state.h"

namespace cairn::sa {
namespace {

using StoredAuthorization = core::v1::Authorization;

void SplitOffered(std::string_view joined, StoredAuthorization& authorization) {
  while (!joined.empty()) {
    const std::string_view method = joined.substr(0, joined.find(','));
    authorization.add_offered(std::string(method));
    joined.remove_prefix(std::min(joined.size(), method.size() + 1));
  }
}

}  // namespace

StoredAuthorization ReadAuthorization(RowReader& row, int64_t now) {
  StoredAuthorization authorization;
  authorization.set_order_id(row.Unsigned());
  authorization.set_position(static_cast<uint32_t>(row.Unsigned()));
  authorization.set_account_id(row.Bytes());
  authorization.mutable_identifier()->set_type(static_cast<core::v1::Identifier::Type>(row.Int()));
  authorization.mutable_identifier()->set_value(row.Bytes());
  authorization.set_wildcard(row.Int() != 0);
  authorization.set_token(row.Bytes());
  const auto stored = static_cast<StoredAuthorization::Status>(row.Int());
  authorization.set_method(row.Bytes());
  SplitOffered(row.Bytes(), authorization);
  authorization.set_validated_at(row.SignedOrZero());
  authorization.set_expires_at(row.Signed());
  if (!row.NextIsNull())
    authorization.mutable_problem()->ParseFromString(row.Bytes());
  else
    row.Skip();
  authorization.set_status(StatusNow(stored, authorization.expires_at(), now));
  return authorization;
}

}  // namespace cairn::sa
