#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// Accounts, to read. The methods are those of the service AccountReader in
// protos/sa/v1/sa.proto, where their contract is written. Thread-safe; every
// method may block until call.deadline.
class AccountReader {
 public:
  virtual ~AccountReader() = default;

  virtual absl::StatusOr<v1::GetAccountResponse> GetAccount(
      const base::Call& call, const v1::GetAccountRequest& request) = 0;
};

}  // namespace cairn::sa
