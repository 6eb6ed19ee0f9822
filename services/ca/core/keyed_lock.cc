#include "services/ca/core/keyed_lock.h"

#include <algorithm>

#include "libs/errors/errors.h"

namespace cairn::ca {

KeyedLock::Held::~Held() {
  if (lock_ != nullptr) lock_->Release(key_);
}

absl::StatusOr<KeyedLock::Held> KeyedLock::Lock(const base::Call& call, const std::string& key) {
  std::unique_lock lock(mutex_);
  const auto is_free = [&] { return !held_.contains(key); };
  // A call without a deadline waits a day, which is for ever here.
  const absl::Duration limit = std::min(call.Left(clock_), absl::Hours(24));
  if (!released_.wait_for(lock, absl::ToChronoNanoseconds(limit), is_free)) {
    return errors::Make(errors::Reason::kDeadlineExceeded,
                        "the same issuance is under way in another call");
  }
  held_.insert(key);
  return Held(this, key);
}

void KeyedLock::Release(const std::string& key) {
  {
    std::lock_guard lock(mutex_);
    held_.erase(key);
  }
  released_.notify_all();
}

}  // namespace cairn::ca
