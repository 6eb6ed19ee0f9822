#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <utility>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/core/v1/core.pb.h"
#include "services/ra/core/issue_certificate.h"
#include "services/ra/core/observer.h"
#include "services/ra/core/validate.h"
#include "services/ra/core/work_queue.h"
#include "services/ra/options.h"
#include "services/sa/api/order_writer.h"

namespace cairn::ra {

// Takes up the work of workers that are gone: a validation or an issuance whose
// lease ran out is leased to us and goes on where it was.
class RecoverWork {
 public:
  struct Work {
    Validate& validate;
    WorkQueue& validations;
    IssueCertificate& issue;
    WorkQueue& issuances;
  };

  RecoverWork(const Options& options, sa::OrderWriter& orders, Work work, const base::Clock& clock,
              Observer& observer);

  // Leases as much as both queues have room for, at most a small batch, and hands
  // it to them. An error of the SA is returned; the next run tries again.
  // A validation that comes back again and again for options.work_timeout is
  // given up: had it an end, it would have come to it.
  //
  // For one thread at a time.
  absl::Status Run(const base::Call& call);

 private:
  bool IsHopeless(const core::v1::Authorization& authorization);

  const Options& options_;
  sa::OrderWriter& orders_;
  const Work work_;
  const base::Clock& clock_;
  Observer& observer_;
  // Validations that were taken up and are not known to have ended: since when.
  std::map<std::pair<uint64_t, uint32_t>, absl::Time> since_;
};

}  // namespace cairn::ra
