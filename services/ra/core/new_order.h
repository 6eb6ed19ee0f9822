#pragma once

#include <absl/status/statusor.h>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "protos/ra/v1/ra.pb.h"
#include "services/ra/options.h"
#include "services/sa/api/order_writer.h"

namespace cairn::ra {

// RFC 8555 section 7.4: an order, with an authorization for each of its names.
class NewOrder {
 public:
  struct Sources {
    const base::Clock& clock;
    base::Random& random;
  };

  NewOrder(const Options& options, sa::OrderWriter& orders, audit::Log& audit, Sources sources);

  // The order as it is stored: names in canonical form, each once, in the order in
  // which they first came; valid authorizations reused where they last long
  // enough, so that the order may be ready at once.
  //
  // kMalformed, kUnsupportedIdentifier, kRejectedIdentifier with one subproblem
  // for each name that is refused; kInvalidProfile.
  absl::StatusOr<v1::NewOrderResponse> Run(const base::Call& call,
                                           const v1::NewOrderRequest& request);

 private:
  const Options& options_;
  sa::OrderWriter& orders_;
  audit::Log& audit_;
  const Sources sources_;
};

}  // namespace cairn::ra
