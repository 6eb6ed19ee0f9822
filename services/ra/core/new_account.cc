#include "services/ra/core/new_account.h"

#include <absl/time/time.h>

#include <utility>

#include "libs/acme/account_id.h"
#include "libs/acme/jwk.h"
#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/policy/keys.h"
#include "services/ra/core/contacts.h"

namespace cairn::ra {
namespace {

using core::v1::Account;
using errors::Make;
using errors::Reason;

constexpr size_t kSaltSize = 16;

absl::StatusOr<v1::NewAccountResponse> Answer(Account account, bool created) {
  // ACCT-14: the key of an account that has ended gets no other one.
  if (account.status() == Account::STATUS_DEACTIVATED) {
    return Make(Reason::kAccountDeactivated, "the account of this key is deactivated");
  }
  if (account.status() != Account::STATUS_VALID) {
    return Make(Reason::kUnauthorized, "the account of this key is blocked");
  }
  v1::NewAccountResponse response;
  *response.mutable_account() = std::move(account);
  response.set_created(created);
  return response;
}

// The account's id is made of the thumbprint, the signer is shown the key: an
// account that had two different ones could never have a certificate. And the key
// must be as good as that of a certificate (KEY-08, KEY-12).
absl::Status CheckKey(const Options& options, const v1::NewAccountRequest& request) {
  const absl::StatusOr<acme::Jwk> jwk = acme::Jwk::Parse(request.jwk());
  if (!jwk.ok() || jwk->canonical() != request.jwk() || jwk->thumbprint() != request.thumbprint()) {
    return Make(Reason::kMalformed, "a new account needs its key and that key's thumbprint");
  }
  return policy::CheckKey(jwk->key(), policy::KeyUse::kAccount, options.KeyRules());
}

absl::Status CheckWish(const Options& options, const v1::NewAccountRequest& request) {
  if (!options.terms_url.empty() && !request.terms_agreed()) {
    return Make(
        Reason::kUserActionRequired,
        base::Cat("an account needs agreement to the terms of service: ", options.terms_url));
  }
  return CheckContacts({request.contact().begin(), request.contact().end()});
}

}  // namespace

NewAccount::NewAccount(const Options& options, sa::AccountWriter& accounts, audit::Log& audit,
                       Sources sources)
    : options_(options), accounts_(accounts), audit_(audit), sources_(sources) {}

absl::StatusOr<v1::NewAccountResponse> NewAccount::Run(const base::Call& call,
                                                       const v1::NewAccountRequest& request) {
  RETURN_IF_ERROR(CheckKey(options_, request));
  const absl::Status wish = CheckWish(options_, request);
  if (wish.ok() && !request.only_return_existing()) return Create(call, request);

  // ACCT-02, ACCT-03: an existing account doesn't care what else is asked.
  sa::v1::FindAccountRequest find;
  find.set_thumbprint(request.thumbprint());
  absl::StatusOr<sa::v1::FindAccountResponse> found = accounts_.FindAccount(call, find);
  if (found.ok()) return Answer(std::move(*found->mutable_account()), false);
  if (errors::ReasonOf(found.status()) != Reason::kAccountDoesNotExist) return found.status();
  if (request.only_return_existing()) return found.status();
  return wish;
}

absl::StatusOr<v1::NewAccountResponse> NewAccount::Create(const base::Call& call,
                                                          const v1::NewAccountRequest& request) {
  sa::v1::CreateAccountRequest create;
  Account& account = *create.mutable_account();
  account.set_salt(sources_.random.Bytes(kSaltSize));
  ASSIGN_OR_RETURN(const acme::AccountId id,
                   acme::AccountId::Derive(request.thumbprint(), account.salt()));
  account.set_account_id(id.bytes());
  account.set_thumbprint(request.thumbprint());
  account.set_first_thumbprint(request.thumbprint());
  account.set_jwk(request.jwk());
  account.set_status(Account::STATUS_VALID);
  *account.mutable_contact() = request.contact();
  account.set_created_at(absl::ToUnixSeconds(sources_.clock.Now()));
  if (!options_.terms_url.empty()) {
    account.set_terms_agreed_at(account.created_at());
    account.set_terms_url(options_.terms_url);
  }
  ASSIGN_OR_RETURN(sa::v1::CreateAccountResponse created, accounts_.CreateAccount(call, create));
  if (created.created()) {
    audit::v1::Event event = audit::EventOf(call);
    audit::v1::AccountCreated& what = *event.mutable_account_created();
    what.set_account_uri(options_.AccountUri(created.account().account_id()));
    what.set_thumbprint(request.thumbprint());
    what.set_terms_url(created.account().terms_url());
    what.set_client_address(request.client_address());
    // The account is there; without its record it isn't handed out.
    RETURN_IF_ERROR(audit_.Write(event));
  }
  return Answer(std::move(*created.mutable_account()), created.created());
}

}  // namespace cairn::ra
