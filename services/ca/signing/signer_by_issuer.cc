#include "services/ca/signing/signer_by_issuer.h"

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ca::signing {

absl::StatusOr<std::string> SignerByIssuer::Sign(Checked<Tbs>&& tbs) {
  const auto found = signers_.find(tbs.value().issuer);
  if (found == signers_.end()) {
    return errors::Make(errors::Reason::kNotFound,
                        base::Cat("there is no key of issuer ", tbs.value().issuer));
  }
  return found->second->Sign(std::move(tbs));
}

}  // namespace cairn::ca::signing
