#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "libs/http/server/server.h"
#include "services/ra/api/registration.h"
#include "services/sa/api/order_reader.h"
#include "services/wfe/core/acme_request.h"
#include "services/wfe/core/certificate_cache.h"
#include "services/wfe/core/fresh_authorizations.h"
#include "services/wfe/core/patience.h"

namespace cairn::wfe {

// newOrder, the order resource and finalize (RFC 8555 section 7.4). Thread-safe; may block.
class Orders {
 public:
  // All must outlive it.
  Orders(ra::Registration& registration, sa::OrderReader& reader, FreshAuthorizations& fresh,
         CertificateCache& certificates, Patience& patience)
      : registration_(registration),
        reader_(reader),
        fresh_(fresh),
        certificates_(certificates),
        patience_(patience) {}

  absl::StatusOr<http::Response> New(const base::Call& call, const AcmeRequest& request);
  // By what follows the order's id in the path.
  absl::StatusOr<http::Response> ReadOrFinalize(const base::Call& call, const AcmeRequest& request);

 private:
  absl::StatusOr<http::Response> Read(const base::Call& call, const AcmeRequest& request,
                                      uint64_t order_id);
  absl::StatusOr<http::Response> Finalize(const base::Call& call, const AcmeRequest& request,
                                          uint64_t order_id);

  absl::StatusOr<sa::v1::GetOrderResponse> Get(const base::Call& call, const AcmeRequest& request,
                                               uint64_t order_id);
  // Of what brings an order, and its certificate if it is valid, which is kept for its
  // download.
  template <typename Got>
  http::Response Render(const AcmeRequest& request, const Got& got);

  ra::Registration& registration_;
  sa::OrderReader& reader_;
  FreshAuthorizations& fresh_;
  CertificateCache& certificates_;
  Patience& patience_;
};

}  // namespace cairn::wfe
