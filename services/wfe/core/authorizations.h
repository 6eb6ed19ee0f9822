#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/http/server/server.h"
#include "services/ra/api/registration.h"
#include "services/sa/api/order_reader.h"
#include "services/wfe/core/acme_request.h"

namespace cairn::wfe {

// The authorization and challenge resources (RFC 8555 section 7.5). Thread-safe; may
// block.
class Authorizations {
 public:
  // The services must outlive it. `caa_identities`: our issuer domain names.
  Authorizations(ra::Registration& registration, sa::OrderReader& reader,
                 std::vector<std::string> caa_identities)
      : registration_(registration), reader_(reader), caa_identities_(std::move(caa_identities)) {}

  absl::StatusOr<http::Response> Read(const base::Call& call, const AcmeRequest& request);
  // To read a challenge, and to say that it can be validated.
  absl::StatusOr<http::Response> ReadOrAnswer(const base::Call& call, const AcmeRequest& request);

 private:
  ra::Registration& registration_;
  sa::OrderReader& reader_;
  const std::vector<std::string> caa_identities_;
};

}  // namespace cairn::wfe
