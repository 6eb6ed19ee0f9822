#include "services/ra/core/test_account_request.h"

#include "libs/acme/jwk.h"

namespace cairn::ra::testing {

v1::NewAccountRequest AccountRequest(const crypto::PrivateKey& key) {
  const acme::Jwk jwk = acme::Jwk::FromKey(key.public_key());
  v1::NewAccountRequest request;
  request.set_jwk(jwk.canonical());
  request.set_thumbprint(jwk.thumbprint());
  return request;
}

v1::NewAccountRequest AccountRequest() {
  return AccountRequest(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
}

}  // namespace cairn::ra::testing
