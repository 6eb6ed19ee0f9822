#pragma once

#include <absl/status/status.h>

#include "libs/base/call.h"
#include "libs/base/clock.h"
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
  absl::Status Run(const base::Call& call);

 private:
  const Options& options_;
  sa::OrderWriter& orders_;
  const Work work_;
  const base::Clock& clock_;
  Observer& observer_;
};

}  // namespace cairn::ra
