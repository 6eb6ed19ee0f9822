#include "services/ca/signing/pkcs11_signer.h"

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ca::signing {

absl::StatusOr<std::unique_ptr<Pkcs11Signer>> Pkcs11Signer::Create(
    std::map<std::string, Key> keys_by_issuer) {
  for (const auto& [issuer, key] : keys_by_issuer) {
    const absl::StatusOr<crypto::PublicKey> found = key.token.FindPublicKey(key.label);
    if (!found.ok()) {
      return errors::Make(
          errors::ReasonOf(found.status()),
          base::Cat("issuer ", issuer, ": ", errors::PayloadOf(found.status()).detail()));
    }
    if (*found != key.public_key) {
      return errors::Make(errors::Reason::kMalformed,
                          base::Cat("issuer ", issuer, ": key ", key.label, " of token ",
                                    key.token.label(), " is not the key of its certificate"));
    }
  }
  return std::unique_ptr<Pkcs11Signer>(new Pkcs11Signer(std::move(keys_by_issuer)));
}

absl::StatusOr<std::string> Pkcs11Signer::Sign(Checked<Tbs>&& tbs) {
  const Checked<Tbs> used = std::move(tbs);
  const auto found = keys_.find(used.value().issuer);
  if (found == keys_.end()) {
    return errors::Make(errors::Reason::kNotFound,
                        base::Cat("there is no key of issuer ", used.value().issuer));
  }
  const Key& key = found->second;
  return key.token.Sign(key.label, used.value().algorithm, used.value().der);
}

}  // namespace cairn::ca::signing
