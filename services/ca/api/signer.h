#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/ca/v1/ca.pb.h"

namespace cairn::ca {

// The signer. It verifies all evidence itself. The methods are those of the service Signer in
// protos/ca/v1/ca.proto, where their contract is written. Thread-safe; every
// method may block until call.deadline.
class Signer {
 public:
  virtual ~Signer() = default;

  virtual absl::StatusOr<v1::SignPrecertificateResponse> SignPrecertificate(
      const base::Call& call, const v1::SignPrecertificateRequest& request) = 0;
  virtual absl::StatusOr<v1::SignCertificateResponse> SignCertificate(
      const base::Call& call, const v1::SignCertificateRequest& request) = 0;
};

}  // namespace cairn::ca
