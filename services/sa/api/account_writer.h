#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// Accounts, to make and change. The methods are those of the service AccountWriter in
// protos/sa/v1/sa.proto, where their contract is written. Thread-safe; every
// method may block until call.deadline.
class AccountWriter {
 public:
  virtual ~AccountWriter() = default;

  virtual absl::StatusOr<v1::CreateAccountResponse> CreateAccount(
      const base::Call& call, const v1::CreateAccountRequest& request) = 0;
  virtual absl::StatusOr<v1::FindAccountResponse> FindAccount(
      const base::Call& call, const v1::FindAccountRequest& request) = 0;
  virtual absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount(
      const base::Call& call, const v1::UpdateAccountRequest& request) = 0;
};

}  // namespace cairn::sa
