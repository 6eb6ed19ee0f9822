#include "tests/load/jws.h"

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/der/reader.h"

namespace cairn::load {
namespace {

constexpr size_t kCoordinateSize = 32;

// r or s of an Ecdsa-Sig-Value as the JWS wants it: without a sign octet, filled up.
std::string Coordinate(der::Reader& reader) {
  const auto octets = reader.ReadIntegerOctets();
  INVARIANT(octets.ok(), "OpenSSL wrote it");
  std::string_view number = *octets;
  if (number.size() > kCoordinateSize) number.remove_prefix(number.size() - kCoordinateSize);
  return std::string(kCoordinateSize - number.size(), '\0').append(number);
}

std::string RawSignature(std::string_view der) {
  auto reader = der::Reader(der).EnterSequence();
  INVARIANT(reader.ok(), "OpenSSL wrote it");
  std::string raw = Coordinate(*reader);
  return raw += Coordinate(*reader);
}

}  // namespace

AccountKey::AccountKey() : key_(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)) {
  const crypto::PublicKey& key = key_.public_key();
  jwk_ = base::Cat(R"({"crv":"P-256","kty":"EC","x":")", base::ToBase64Url(key.ec_x()),
                   R"(","y":")", base::ToBase64Url(key.ec_y()), R"("})");
  thumbprint_ = base::ToBase64Url(crypto::Sha256(jwk_));
}

std::string AccountKey::Sign(std::string_view key_member, std::string_view url,
                             std::string_view nonce, std::string_view payload) const {
  const std::string header = base::Cat(R"({"alg":"ES256",)", key_member, R"(,"nonce":")", nonce,
                                       R"(","url":")", url, R"("})");
  const std::string protected_text = base::ToBase64Url(header);
  const std::string payload_text = base::ToBase64Url(payload);
  const auto signature = key_.Sign(crypto::SignatureAlgorithm::kEcdsaSha256,
                                   base::Cat(protected_text, ".", payload_text));
  INVARIANT(signature.ok(), "a fresh P-256 key can sign");
  return base::Cat(R"({"protected":")", protected_text, R"(","payload":")", payload_text,
                   R"(","signature":")", base::ToBase64Url(RawSignature(*signature)), R"("})");
}

}  // namespace cairn::load
