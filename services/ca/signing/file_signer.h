#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <utility>

#include "libs/crypto/private_key.h"
#include "services/ca/signing/signer.h"

namespace cairn::ca::signing {

// Keys from files, in this process's memory. Whoever reads the memory or the
// files has the keys.
class FileSigner final : public Signer {
 public:
  explicit FileSigner(std::map<std::string, crypto::PrivateKey> keys_by_issuer)
      : keys_(std::move(keys_by_issuer)) {}

  absl::StatusOr<std::string> Sign(Checked<Tbs>&& tbs) override;

 private:
  const std::map<std::string, crypto::PrivateKey> keys_;
};

}  // namespace cairn::ca::signing
