#include "libs/acme/test_jws.h"

#include <cstdint>

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"

namespace cairn::testing {

using crypto::KeyType;
using crypto::SignatureAlgorithm;

std::string RawEcdsa(KeyType type, std::string_view der) {
  const size_t size = type == KeyType::kEcP256 ? 32 : type == KeyType::kEcP384 ? 48 : 66;
  // SEQUENCE { INTEGER r, INTEGER s }; a P-521 signature's length takes two octets.
  size_t at = static_cast<uint8_t>(der[1]) == 0x81 ? 3 : 2;
  std::string raw;
  for (int i = 0; i < 2; ++i) {
    const auto length = static_cast<uint8_t>(der[at + 1]);
    std::string_view number = der.substr(at + 2, length);
    while (number.size() > size) number.remove_prefix(1);
    raw.append(size - number.size(), '\0').append(number);
    at += 2 + length;
  }
  return raw;
}

std::string SignJws(const crypto::PrivateKey& key, std::string_view header_json,
                    std::string_view payload) {
  const KeyType type = key.public_key().type();
  SignatureAlgorithm algorithm = SignatureAlgorithm::kRsaPkcs1Sha256;
  if (type == KeyType::kEcP256) algorithm = SignatureAlgorithm::kEcdsaSha256;
  if (type == KeyType::kEcP384) algorithm = SignatureAlgorithm::kEcdsaSha384;
  if (type == KeyType::kEcP521) algorithm = SignatureAlgorithm::kEcdsaSha512;
  if (type == KeyType::kEd25519) algorithm = SignatureAlgorithm::kEd25519;
  const std::string header = base::ToBase64Url(header_json);
  const std::string body = base::ToBase64Url(payload);
  const auto signature = key.Sign(algorithm, base::Cat(header, ".", body));
  INVARIANT(signature.ok(), "the algorithm goes with the key");
  const bool ecdsa = type != KeyType::kRsa && type != KeyType::kEd25519;
  return base::Cat(R"({"protected":")", header, R"(","payload":")", body, R"(","signature":")",
                   base::ToBase64Url(ecdsa ? RawEcdsa(type, *signature) : *signature), R"("})");
}

}  // namespace cairn::testing
