#include "services/ra/core/update_account.h"

#include <utility>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "services/ra/core/contacts.h"

namespace cairn::ra {

UpdateAccount::UpdateAccount(const Options& options, sa::AccountWriter& accounts, audit::Log& audit)
    : options_(options), accounts_(accounts), audit_(audit) {}

absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount::Run(
    const base::Call& call, const v1::UpdateAccountRequest& request) {
  sa::v1::UpdateAccountRequest update;
  *update.mutable_account() = request.account();
  update.set_deactivate(request.deactivate());
  if (request.set_contact()) {
    RETURN_IF_ERROR(CheckContacts({request.contact().begin(), request.contact().end()}));
    *update.mutable_contact() = request.contact();
    update.set_set_contact(true);
  }
  if (request.deactivate()) {
    audit::v1::Event event = audit::EventOf(call);
    event.mutable_account_deactivated()->set_account_uri(
        options_.AccountUri(request.account().account_id()));
    RETURN_IF_ERROR(audit_.Write(event));
  }
  ASSIGN_OR_RETURN(sa::v1::UpdateAccountResponse updated, accounts_.UpdateAccount(call, update));
  v1::UpdateAccountResponse response;
  *response.mutable_account() = std::move(*updated.mutable_account());
  return response;
}

}  // namespace cairn::ra
