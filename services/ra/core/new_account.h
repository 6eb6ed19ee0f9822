#pragma once

#include <absl/status/statusor.h>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "protos/ra/v1/ra.pb.h"
#include "services/ra/options.h"
#include "services/sa/api/account_writer.h"

namespace cairn::ra {

// RFC 8555 section 7.3: an account for a key that has none, or the account of one
// that has.
class NewAccount {
 public:
  struct Sources {
    const base::Clock& clock;
    base::Random& random;
  };

  NewAccount(const Options& options, sa::AccountWriter& accounts, audit::Log& audit,
             Sources sources);

  // A key's existing account is returned as it is, whatever else the request
  // says. kAccountDoesNotExist where only that was asked for;
  // kUserActionRequired for terms that were not agreed to; kUnsupportedContact,
  // kInvalidContact, kMalformed for contacts; kAccountDeactivated or
  // kUnauthorized where the key's account has ended: a key has one for ever.
  absl::StatusOr<v1::NewAccountResponse> Run(const base::Call& call,
                                             const v1::NewAccountRequest& request);

 private:
  absl::StatusOr<v1::NewAccountResponse> Create(const base::Call& call,
                                                const v1::NewAccountRequest& request);

  const Options& options_;
  sa::AccountWriter& accounts_;
  audit::Log& audit_;
  const Sources sources_;
};

}  // namespace cairn::ra
