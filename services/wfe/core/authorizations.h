#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libs/acme/urls.h"
#include "libs/base/call.h"
#include "libs/http/server/server.h"
#include "protos/core/v1/core.pb.h"
#include "services/ra/api/registration.h"
#include "services/sa/api/order_reader.h"
#include "services/wfe/core/acme_request.h"
#include "services/wfe/core/fresh_authorizations.h"
#include "services/wfe/core/patience.h"

namespace cairn::wfe {

// The authorization and challenge resources (RFC 8555 section 7.5). Thread-safe; may
// block.
class Authorizations {
 public:
  // The services must outlive it. `caa_identities`: our issuer domain names.
  Authorizations(ra::Registration& registration, sa::OrderReader& reader,
                 FreshAuthorizations& fresh, std::vector<std::string> caa_identities,
                 Patience& patience)
      : registration_(registration),
        reader_(reader),
        fresh_(fresh),
        caa_identities_(std::move(caa_identities)),
        patience_(patience) {}

  absl::StatusOr<http::Response> Read(const base::Call& call, const AcmeRequest& request);
  // To read a challenge, and to say that it can be validated.
  absl::StatusOr<http::Response> ReadOrAnswer(const base::Call& call, const AcmeRequest& request);

 private:
  absl::StatusOr<core::v1::Authorization> Get(const base::Call& call, const AcmeRequest& request,
                                              uint64_t order_id, uint32_t position);
  absl::StatusOr<core::v1::Authorization> Answer(const base::Call& call, const AcmeRequest& request,
                                                 const acme::ChallengePath& path);

  ra::Registration& registration_;
  sa::OrderReader& reader_;
  FreshAuthorizations& fresh_;
  const std::vector<std::string> caa_identities_;
  Patience& patience_;
};

}  // namespace cairn::wfe
