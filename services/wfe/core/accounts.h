#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>

#include "libs/base/call.h"
#include "libs/http/server/server.h"
#include "services/ra/api/registration.h"
#include "services/sa/api/account_reader.h"
#include "services/wfe/core/account_cache.h"
#include "services/wfe/core/acme_request.h"

namespace cairn::wfe {

// newAccount and the account resource (RFC 8555 section 7.3). Thread-safe; may block.
class Accounts {
 public:
  // All must outlive it; `terms_of_service` may be empty.
  Accounts(ra::Registration& registration, sa::AccountReader& reader, AccountCache& cache,
           std::string terms_of_service)
      : registration_(registration),
        reader_(reader),
        cache_(cache),
        terms_of_service_(std::move(terms_of_service)) {}

  absl::StatusOr<http::Response> New(const base::Call& call, const AcmeRequest& request);
  // To read, to change and to deactivate an account.
  absl::StatusOr<http::Response> ReadOrUpdate(const base::Call& call, const AcmeRequest& request);

 private:
  ra::Registration& registration_;
  sa::AccountReader& reader_;
  AccountCache& cache_;
  const std::string terms_of_service_;
};

}  // namespace cairn::wfe
