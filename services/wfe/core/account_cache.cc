#include "services/wfe/core/account_cache.h"

#include <utility>

#include "libs/acme/jwk.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::wfe {

using errors::Reason;

absl::StatusOr<AccountCache::Entry> AccountCache::Get(const base::Call& call,
                                                      const acme::AccountId& id) {
  {
    std::lock_guard lock(mutex_);
    if (const auto found = index_.find(id); found != index_.end()) {
      used_.splice(used_.begin(), used_, found->second);
      return found->second->second;
    }
  }
  sa::v1::GetAccountRequest request;
  request.set_account_id(id.bytes());
  ASSIGN_OR_RETURN(const auto response, accounts_.GetAccount(call, request));
  const core::v1::Account& account = response.account();
  if (account.status() != core::v1::Account::STATUS_VALID) {
    return errors::Make(Reason::kAccountDeactivated, "the account was deactivated");
  }
  ASSIGN_OR_RETURN(const acme::Jwk jwk, acme::Jwk::Parse(account.jwk()));
  Entry entry{.key = jwk.key(), .thumbprint = jwk.thumbprint()};

  std::lock_guard lock(mutex_);
  if (!index_.contains(id)) {
    used_.emplace_front(id, entry);
    index_[id] = used_.begin();
    if (used_.size() > limit_) {
      index_.erase(used_.back().first);
      used_.pop_back();
    }
  }
  return entry;
}

void AccountCache::Drop(const acme::AccountId& id) {
  std::lock_guard lock(mutex_);
  if (const auto found = index_.find(id); found != index_.end()) {
    used_.erase(found->second);
    index_.erase(found);
  }
}

}  // namespace cairn::wfe
