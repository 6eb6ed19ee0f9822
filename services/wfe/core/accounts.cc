#include "services/wfe/core/accounts.h"

#include "libs/acme/account_id.h"
#include "libs/acme/json.h"
#include "libs/acme/urls.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/wfe/core/payload.h"
#include "services/wfe/core/rendering.h"

namespace cairn::wfe {
namespace {

using acme::Json;
using errors::Reason;

// Sets `contact` from the member of that name; false if there is none.
template <typename Request>
absl::StatusOr<bool> ReadContact(const Json& payload, Request& request) {
  const Json* contact = payload.Find("contact");
  if (contact == nullptr) return false;
  if (!contact->is_array()) return Malformed("\"contact\" is not an array");
  for (const Json& uri : contact->items()) {
    if (!uri.is_string()) return Malformed("a contact is not a string");
    request.add_contact(uri.string());
  }
  return true;
}

}  // namespace

absl::StatusOr<http::Response> Accounts::New(const base::Call& call, const AcmeRequest& request) {
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  ra::v1::NewAccountRequest create;
  create.set_jwk(request.jws->jwk()->canonical());
  create.set_thumbprint(request.jws->jwk()->thumbprint());
  RETURN_IF_ERROR(ReadContact(payload, create).status());
  ASSIGN_OR_RETURN(const bool terms, ReadBoolean(payload, "termsOfServiceAgreed"));
  ASSIGN_OR_RETURN(const bool only_existing, ReadBoolean(payload, "onlyReturnExisting"));
  create.set_terms_agreed(terms);
  create.set_only_return_existing(only_existing);
  create.set_client_address(request.http.client_address);
  ASSIGN_OR_RETURN(const auto created, registration_.NewAccount(call, create));
  if (created.account().status() != core::v1::Account::STATUS_VALID) {
    return errors::Make(Reason::kAccountDeactivated, "the account of this key was deactivated");
  }
  const auto id = acme::AccountId::FromBytes(created.account().account_id());
  if (!id) return errors::Make(Reason::kInternal, "the RA gave an account without an id");
  http::Response response =
      JsonResponse(created.created() ? 201 : 200, AccountJson(created.account()));
  response.headers.emplace_back("Location", acme::AccountUrl(request.base_url, *id));
  if (!terms_of_service_.empty()) {
    response.headers.emplace_back("Link",
                                  base::Cat("<", terms_of_service_, ">;rel=\"terms-of-service\""));
  }
  return response;
}

absl::StatusOr<http::Response> Accounts::ReadOrUpdate(const base::Call& call,
                                                      const AcmeRequest& request) {
  if (request.rest != request.account_id->ToText()) {
    return errors::Make(Reason::kUnauthorized, "this is another account");
  }
  if (request.post_as_get()) {
    sa::v1::GetAccountRequest get;
    get.set_account_id(request.account.account_id());
    ASSIGN_OR_RETURN(const auto got, reader_.GetAccount(call, get));
    if (got.account().status() != core::v1::Account::STATUS_VALID) {
      return errors::Make(Reason::kAccountDeactivated, "the account was deactivated");
    }
    return JsonResponse(200, AccountJson(got.account()));
  }
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  ra::v1::UpdateAccountRequest update;
  *update.mutable_account() = request.account;
  ASSIGN_OR_RETURN(const bool contact, ReadContact(payload, update));
  update.set_set_contact(contact);
  if (const Json* status = payload.Find("status")) {
    // RFC 8555 section 7.3.6 knows one change of status, and no way back.
    if (status->string() != "deactivated" && status->string() != "valid") {
      return Malformed("the only status that can be set is \"deactivated\"");
    }
    update.set_deactivate(status->string() == "deactivated");
  }
  ASSIGN_OR_RETURN(const auto updated, registration_.UpdateAccount(call, update));
  if (update.deactivate()) cache_.Drop(*request.account_id);
  return JsonResponse(200, AccountJson(updated.account()));
}

}  // namespace cairn::wfe
