#pragma once

#include <absl/status/statusor.h>

#include <functional>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "protos/ra/v1/ra.pb.h"
#include "services/ra/core/issue_certificate.h"
#include "services/ra/core/work_queue.h"
#include "services/ra/options.h"
#include "services/sa/api/order_writer.h"

namespace cairn::ra {

// A subscriber's wish to have an order issued (RFC 8555 section 7.4): checked,
// stored, answered, and carried out on the issuance queue, for which nobody has to
// wait.
class FinalizeOrder {
 public:
  struct Sources {
    const base::Clock& clock;
    base::Random& random;
  };

  FinalizeOrder(const Options& options, sa::OrderWriter& orders, IssueCertificate& issue,
                WorkQueue& queue, audit::Log& audit, Sources sources);

  // Called with the order when the issuance has ended, on the thread that carried it
  // out. Destroyed without a call where nothing will be known before the lease runs out.
  using Ended = std::function<void(v1::FinalizeOrderResponse)>;

  // The order, processing. kOrderNotReady for an order in another state than
  // ready; kBadCsr, kMalformed for a request that the order does
  // not permit, kOverloaded when the queue is full: the order stays ready.
  absl::StatusOr<v1::FinalizeOrderResponse> Run(const base::Call& call,
                                                const v1::FinalizeOrderRequest& request,
                                                Ended ended = nullptr);

 private:
  const Options& options_;
  sa::OrderWriter& orders_;
  IssueCertificate& issue_;
  WorkQueue& queue_;
  audit::Log& audit_;
  const Sources sources_;
};

}  // namespace cairn::ra
