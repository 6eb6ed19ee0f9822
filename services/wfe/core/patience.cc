#include "services/wfe/core/patience.h"

#include <algorithm>
#include <utility>

namespace cairn::wfe {
namespace {

// An order that was forgotten may wait anew.
constexpr size_t kOrders = 4096;

}  // namespace

Patience::Turn::Turn(Patience* patience, absl::Duration wait, std::optional<uint64_t> order_id)
    : patience_(patience),
      wait_(wait),
      order_id_(order_id),
      began_(patience == nullptr ? absl::Time() : patience->clock_.Now()) {}

Patience::Turn::Turn(Turn&& other) noexcept
    : patience_(std::exchange(other.patience_, nullptr)),
      wait_(other.wait_),
      order_id_(other.order_id_),
      began_(other.began_) {}

Patience::Turn::~Turn() {
  if (patience_ == nullptr) return;
  std::lock_guard lock(patience_->mutex_);
  --patience_->taken_;
  if (order_id_) patience_->Spend(*order_id_, patience_->clock_.Now() - began_);
}

uint32_t Patience::Turn::milliseconds() const {
  return static_cast<uint32_t>(absl::ToInt64Milliseconds(wait_));
}

Patience::Patience(absl::Duration longest, size_t places, const base::Clock& clock)
    : longest_(longest), places_(places), clock_(clock) {}

Patience::Turn Patience::ForIssuance() {
  std::lock_guard lock(mutex_);
  if (!TakePlace()) return Turn(nullptr, absl::ZeroDuration(), std::nullopt);
  return Turn(this, longest_, std::nullopt);
}

Patience::Turn Patience::ForValidation(uint64_t order_id) {
  std::lock_guard lock(mutex_);
  const auto found = spent_.find(order_id);
  const absl::Duration left = found == spent_.end() ? longest_ : longest_ - found->second;
  if (left < absl::Milliseconds(1) || !TakePlace()) {
    return Turn(nullptr, absl::ZeroDuration(), std::nullopt);
  }
  return Turn(this, left, order_id);
}

bool Patience::TakePlace() {
  if (longest_ < absl::Milliseconds(1) || taken_ >= places_) return false;
  ++taken_;
  return true;
}

void Patience::Spend(uint64_t order_id, absl::Duration waited) {
  spent_[order_id] += waited;
  if (spent_.size() > kOrders) spent_.erase(spent_.begin());
}

}  // namespace cairn::wfe
