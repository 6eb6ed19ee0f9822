#include "services/sa/storage/mariadb_accounts.h"

#include <absl/time/time.h>

#include <string>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/sql/failure.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "libs/sql/text.h"
#include "services/sa/core/requests.h"
#include "services/sa/storage/account_row.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {
namespace {

using core::v1::Account;
using errors::Reason;

std::string JoinedContacts(const google::protobuf::RepeatedPtrField<std::string>& contacts) {
  std::string joined;
  for (const std::string& contact : contacts) joined.append(contact).append("\n");
  return joined;
}

constexpr sql::Statement kById{
    "account_by_id",
    sql::kText<"SELECT ", kAccountColumns, " FROM account c WHERE c.account_id = ?">,
    /*repeatable=*/true};

absl::StatusOr<Account> ById(sql::Database& database, const base::Call& call,
                             const std::string& account_id) {
  ASSIGN_OR_RETURN(const sql::Rows rows, database.Query(call, kById, {account_id}));
  if (rows.empty()) return errors::Make(Reason::kAccountDoesNotExist, "no such account");
  RowReader row(rows[0]);
  return ReadAccount(row);
}

constexpr sql::Statement kByThumbprint{
    "account_by_thumbprint",
    sql::kText<"SELECT ", kAccountColumns, " FROM account c WHERE c.thumbprint = ?">,
    /*repeatable=*/true};

absl::StatusOr<Account> ByThumbprint(sql::Database& database, const base::Call& call,
                                     const std::string& thumbprint) {
  ASSIGN_OR_RETURN(const sql::Rows rows, database.Query(call, kByThumbprint, {thumbprint}));
  if (rows.empty()) return errors::Make(Reason::kAccountDoesNotExist, "no account has this key");
  RowReader row(rows[0]);
  return ReadAccount(row);
}

}  // namespace

absl::StatusOr<v1::GetAccountResponse> MariaDbAccounts::GetAccount(
    const base::Call& call, const v1::GetAccountRequest& request) {
  v1::GetAccountResponse response;
  ASSIGN_OR_RETURN(*response.mutable_account(), ById(database_, call, request.account_id()));
  return response;
}

absl::StatusOr<v1::FindAccountResponse> MariaDbAccounts::FindAccount(
    const base::Call& call, const v1::FindAccountRequest& request) {
  v1::FindAccountResponse response;
  ASSIGN_OR_RETURN(*response.mutable_account(),
                   ByThumbprint(database_, call, request.thumbprint()));
  return response;
}

// Repeatable: a second run finds its own row under the key.
constexpr sql::Statement kInsert{
    "account_insert",
    "INSERT INTO account (account_id, thumbprint, jwk, salt, first_thumbprint, status, contact, "
    "created_at, terms_agreed_at, terms_url) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)",
    /*repeatable=*/true};

absl::StatusOr<v1::CreateAccountResponse> MariaDbAccounts::CreateAccount(
    const base::Call& call, const v1::CreateAccountRequest& request) {
  RETURN_IF_ERROR(Check(request));
  v1::CreateAccountResponse response;
  Account& account = *response.mutable_account();
  account = request.account();
  account.set_status(Account::STATUS_VALID);
  account.set_created_at(absl::ToUnixSeconds(clock_.Now()));
  const std::string contacts = JoinedContacts(account.contact());
  const absl::Status inserted =
      database_
          .Execute(call, kInsert,
                   {account.account_id(), account.thumbprint(), account.jwk(), account.salt(),
                    account.first_thumbprint(), contacts, account.created_at(),
                    account.terms_agreed_at(), account.terms_url()})
          .status();
  if (sql::FailureOf(inserted) == sql::Failure::kDuplicateKey) {
    // The id holds a salt that nobody else has drawn: the same id is our own row,
    // written by a try whose answer was lost.
    ASSIGN_OR_RETURN(account, ByThumbprint(database_, call, request.account().thumbprint()));
    response.set_created(account.account_id() == request.account().account_id());
    return response;
  }
  RETURN_IF_ERROR(inserted);
  response.set_created(true);
  return response;
}

constexpr sql::Statement kUpdate{
    "account_update",
    "UPDATE account SET contact = IF(?, ?, contact), status = IF(?, 2, status) "
    "WHERE account_id = ? AND thumbprint = ? AND status = 1"};

absl::StatusOr<v1::UpdateAccountResponse> MariaDbAccounts::UpdateAccount(
    const base::Call& call, const v1::UpdateAccountRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const core::v1::AccountRef& ref = request.account();
  const std::string contacts = JoinedContacts(request.contact());
  ASSIGN_OR_RETURN(const uint64_t found, database_.Execute(call, kUpdate,
                                                           {request.set_contact() ? 1 : 0, contacts,
                                                            request.deactivate() ? 1 : 0,
                                                            ref.account_id(), ref.thumbprint()}));
  if (found == 0) {
    RETURN_IF_ERROR(Explain(call, ref));
    return errors::Make(Reason::kConflict, "the account has just changed");
  }
  v1::UpdateAccountResponse response;
  ASSIGN_OR_RETURN(*response.mutable_account(), ById(database_, call, ref.account_id()));
  return response;
}

absl::Status MariaDbAccounts::Explain(const base::Call& call, const core::v1::AccountRef& ref) {
  const auto account = ById(database_, call, ref.account_id());
  if (account.ok()) return CheckAccount(&*account, ref);
  if (errors::ReasonOf(account.status()) == Reason::kAccountDoesNotExist) {
    return CheckAccount(nullptr, ref);
  }
  return account.status();
}

}  // namespace cairn::sa
