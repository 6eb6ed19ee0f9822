#include "services/sa/storage/authorization_cache.h"

namespace cairn::sa {

using core::v1::Authorization;

void AuthorizationCache::Put(const Authorization& authorization) {
  if (authorization.status() != Authorization::STATUS_PENDING) return;
  const Id id(authorization.order_id(), authorization.position());
  std::lock_guard lock(mutex_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return;
  }
  by_use_.push_front(authorization);
  by_id_[id] = by_use_.begin();
  if (by_use_.size() > limit_) {
    by_id_.erase({by_use_.back().order_id(), by_use_.back().position()});
    by_use_.pop_back();
  }
}

std::optional<Authorization> AuthorizationCache::Get(uint64_t order_id, uint32_t position) {
  std::lock_guard lock(mutex_);
  const auto found = by_id_.find({order_id, position});
  if (found == by_id_.end()) return std::nullopt;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return *found->second;
}

}  // namespace cairn::sa
