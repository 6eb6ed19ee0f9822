#pragma once

#include <absl/status/statusor.h>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "protos/ra/v1/ra.pb.h"
#include "services/ra/options.h"
#include "services/sa/api/account_writer.h"

namespace cairn::ra {

// New contacts, or the end of an account (RFC 8555 sections 7.3.2 and 7.3.6).
class UpdateAccount {
 public:
  UpdateAccount(const Options& options, sa::AccountWriter& accounts, audit::Log& audit);

  // The account afterwards. kUnsupportedContact, kInvalidContact, kMalformed for
  // contacts; kUnauthorized, kAccountDeactivated for the account.
  absl::StatusOr<v1::UpdateAccountResponse> Run(const base::Call& call,
                                                const v1::UpdateAccountRequest& request);

 private:
  const Options& options_;
  sa::AccountWriter& accounts_;
  audit::Log& audit_;
};

}  // namespace cairn::ra
