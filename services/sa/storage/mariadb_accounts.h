#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string_view>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/sql/database.h"
#include "services/sa/api/account_reader.h"
#include "services/sa/api/account_writer.h"

namespace cairn::sa {

// The table account. One key has one account: its unique index decides, so that
// two requests with the same key get the same answer whichever comes first.
class MariaDbAccounts final : public AccountReader, public AccountWriter {
 public:
  // Both references must outlive the store.
  MariaDbAccounts(sql::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  absl::StatusOr<v1::GetAccountResponse> GetAccount(const base::Call& call,
                                                    const v1::GetAccountRequest& request) override;
  absl::StatusOr<v1::CreateAccountResponse> CreateAccount(
      const base::Call& call, const v1::CreateAccountRequest& request) override;
  absl::StatusOr<v1::FindAccountResponse> FindAccount(
      const base::Call& call, const v1::FindAccountRequest& request) override;
  absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount(
      const base::Call& call, const v1::UpdateAccountRequest& request) override;

  // Why a statement that asks for `ref`'s account to be in force found nothing;
  // OK when it is in force after all.
  absl::Status Explain(const base::Call& call, const core::v1::AccountRef& ref);

 private:
  sql::Database& database_;
  const base::Clock& clock_;
};

}  // namespace cairn::sa
