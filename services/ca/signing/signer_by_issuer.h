#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <utility>

#include "services/ca/signing/signer.h"

namespace cairn::ca::signing {

// Several signers as one: those of files and those of tokens side by side.
class SignerByIssuer final : public Signer {
 public:
  // The signers must outlive this.
  explicit SignerByIssuer(std::map<std::string, Signer*> signers_by_issuer)
      : signers_(std::move(signers_by_issuer)) {}

  absl::StatusOr<std::string> Sign(Checked<Tbs>&& tbs) override;

 private:
  const std::map<std::string, Signer*> signers_;
};

}  // namespace cairn::ca::signing
