#include "services/ca/signing/file_signer.h"

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ca::signing {

absl::StatusOr<std::string> FileSigner::Sign(Checked<Tbs>&& tbs) {
  const Checked<Tbs> used = std::move(tbs);
  const auto found = keys_.find(used.value().issuer);
  if (found == keys_.end()) {
    return errors::Make(errors::Reason::kNotFound,
                        base::Cat("there is no key of issuer ", used.value().issuer));
  }
  return found->second.Sign(used.value().algorithm, used.value().der);
}

}  // namespace cairn::ca::signing
