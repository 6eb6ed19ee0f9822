#include "services/wfe/core/fresh_authorizations.h"

namespace cairn::wfe {
namespace {

using core::v1::Authorization;

// Some 500 octets each; beyond, the oldest are forgotten.
constexpr size_t kEntries = 4096;
constexpr absl::Duration kFresh = absl::Seconds(10);

}  // namespace

void FreshAuthorizations::Put(const core::v1::Order& order) {
  const absl::Time until = clock_.Now() + kFresh;
  std::lock_guard lock(mutex_);
  for (const Authorization& authorization : order.authorizations()) {
    // One that is reused was made for another order, and is valid.
    if (authorization.status() != Authorization::STATUS_PENDING) continue;
    entries_.insert_or_assign({authorization.order_id(), authorization.position()},
                              Entry{authorization, until});
  }
  while (entries_.size() > kEntries) entries_.erase(entries_.begin());
}

std::optional<Authorization> FreshAuthorizations::Take(const std::string& account_id,
                                                       uint64_t order_id, uint32_t position) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find({order_id, position});
  if (found == entries_.end() || found->second.authorization.account_id() != account_id) {
    return std::nullopt;
  }
  std::optional<Authorization> taken;
  if (clock_.Now() < found->second.until) taken = std::move(found->second.authorization);
  entries_.erase(found);
  return taken;
}

void FreshAuthorizations::Drop(uint64_t order_id, uint32_t position) {
  std::lock_guard lock(mutex_);
  entries_.erase({order_id, position});
}

}  // namespace cairn::wfe
