#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "services/ca/signing/checked.h"

namespace cairn::ca::signing {

// Holds the issuers' keys. Visible to //services/ca alone. Thread-safe; may block.
class Signer {
 public:
  virtual ~Signer() = default;

  // The signature's octets. kNotFound for an issuer without a key here;
  // kUnavailable or kInternal when the key can't be used.
  virtual absl::StatusOr<std::string> Sign(Checked<Tbs>&& tbs) = 0;
};

}  // namespace cairn::ca::signing
