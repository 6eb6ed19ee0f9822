#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "libs/http/server/server.h"
#include "services/sa/api/order_reader.h"
#include "services/wfe/core/acme_request.h"
#include "services/wfe/core/certificate_cache.h"

namespace cairn::wfe {

// The certificate resource (RFC 8555 section 7.4.2). Thread-safe; may block.
class Certificates {
 public:
  // Both must outlive it.
  Certificates(sa::OrderReader& reader, CertificateCache& cache) : reader_(reader), cache_(cache) {}

  absl::StatusOr<http::Response> Read(const base::Call& call, const AcmeRequest& request);

 private:
  sa::OrderReader& reader_;
  CertificateCache& cache_;
};

}  // namespace cairn::wfe
