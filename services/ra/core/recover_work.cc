#include "services/ra/core/recover_work.h"

#include <absl/time/time.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "services/ra/core/lease.h"

namespace cairn::ra {
namespace {

// Small, so that several RAs share what a dead one left.
constexpr size_t kBatch = 16;

std::vector<WorkQueue::Slot> ReserveUpTo(WorkQueue& queue, size_t limit) {
  std::vector<WorkQueue::Slot> slots;
  while (slots.size() < limit) {
    absl::StatusOr<WorkQueue::Slot> slot = queue.Reserve();
    if (!slot.ok()) break;
    slots.push_back(*std::move(slot));
  }
  return slots;
}

}  // namespace

RecoverWork::RecoverWork(const Options& options, sa::OrderWriter& orders, Work work,
                         const base::Clock& clock, Observer& observer)
    : options_(options), orders_(orders), work_(work), clock_(clock), observer_(observer) {}

absl::Status RecoverWork::Run(const base::Call& call) {
  // Room first: what is leased and then not worked on would wait for a second lease.
  std::vector<WorkQueue::Slot> validations = ReserveUpTo(work_.validations, kBatch);
  std::vector<WorkQueue::Slot> issuances = ReserveUpTo(work_.issuances, kBatch);
  const size_t room = std::min(validations.size(), issuances.size());
  if (room == 0) return absl::OkStatus();

  const base::Call leased = UnderLease(call, options_, clock_);
  sa::v1::LeaseExpiredWorkRequest lease;
  lease.set_limit(static_cast<uint32_t>(room));
  lease.set_lease_seconds(absl::ToInt64Seconds(options_.lease));
  ASSIGN_OR_RETURN(sa::v1::LeaseExpiredWorkResponse work, orders_.LeaseExpiredWork(call, lease));

  for (sa::v1::LeasedValidation& validation : *work.mutable_validations()) {
    if (validations.empty()) break;
    observer_.WorkRecovered(Recovered::kValidation);
    std::move(validations.back())
        .Run([this, leased, hopeless = IsHopeless(validation.authorization()),
              authorization = std::move(*validation.mutable_authorization()),
              thumbprint = std::move(*validation.mutable_thumbprint())] {
          if (hopeless) {
            work_.validate.GiveUp(leased, authorization);
          } else {
            work_.validate.Run(leased, authorization, thumbprint);
          }
        });
    validations.pop_back();
  }
  for (const uint64_t order_id : work.order_ids()) {
    if (issuances.empty()) break;
    observer_.WorkRecovered(Recovered::kIssuance);
    std::move(issuances.back()).Run([this, leased, order_id] {
      work_.issue.Resume(leased, order_id);
    });
    issuances.pop_back();
  }
  return absl::OkStatus();
}

bool RecoverWork::IsHopeless(const core::v1::Authorization& authorization) {
  const absl::Time now = clock_.Now();
  // By then it was given up, or ended: it need not be remembered.
  const absl::Time forgotten = now - 2 * options_.work_timeout;
  std::erase_if(since_, [&](const auto& entry) { return entry.second < forgotten; });
  const auto [entry, is_new] =
      since_.try_emplace({authorization.order_id(), authorization.position()}, now);
  return now - entry->second >= options_.work_timeout;
}

}  // namespace cairn::ra
