#include "services/sa/storage/account_row.h"

#include <cstddef>
#include <string>

namespace cairn::sa {

using core::v1::Account;

Account ReadAccount(RowReader& row) {
  Account account;
  account.set_account_id(row.Bytes());
  account.set_thumbprint(row.Bytes());
  account.set_jwk(row.Bytes());
  account.set_salt(row.Bytes());
  account.set_first_thumbprint(row.Bytes());
  account.set_status(static_cast<Account::Status>(row.Int()));
  const std::string contacts = row.Bytes();
  for (size_t begin = 0; begin < contacts.size();) {
    const size_t end = contacts.find('\n', begin);
    account.add_contact(contacts.substr(begin, end - begin));
    begin = end + 1;
  }
  account.set_created_at(row.Signed());
  account.set_terms_agreed_at(row.Signed());
  account.set_terms_url(row.Bytes());
  return account;
}

}  // namespace cairn::sa
