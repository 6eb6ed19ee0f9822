#include "libs/crypto/digest.h"

#include <openssl/hmac.h>

#include "libs/base/invariant.h"
#include "libs/crypto/digest_algorithms.h"
#include "libs/crypto/openssl.h"

namespace cairn::crypto {
namespace {

const EVP_MD* Fetch(const char* name) {
  const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  INVARIANT(algorithm != nullptr, "OpenSSL's default provider has SHA-1 and all of SHA-2");
  return algorithm;
}

}  // namespace

const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = Fetch("SHA2-256");
  return algorithm;
}

const EVP_MD* Sha384Algorithm() {
  static const EVP_MD* const algorithm = Fetch("SHA2-384");
  return algorithm;
}

const EVP_MD* Sha512Algorithm() {
  static const EVP_MD* const algorithm = Fetch("SHA2-512");
  return algorithm;
}

std::string Digest(const EVP_MD* algorithm, std::string_view data) {
  std::string digest(static_cast<size_t>(EVP_MD_get_size(algorithm)), '\0');
  INVARIANT(EVP_Digest(data.data(), data.size(), Octets(digest), nullptr, algorithm, nullptr) == 1,
            "a digest fails only without memory");
  return digest;
}

std::string Sha256(std::string_view data) { return Digest(Sha256Algorithm(), data); }
std::string Sha384(std::string_view data) { return Digest(Sha384Algorithm(), data); }
std::string Sha512(std::string_view data) { return Digest(Sha512Algorithm(), data); }

std::string Sha1(std::string_view data) {
  static const EVP_MD* const algorithm = Fetch("SHA1");
  return Digest(algorithm, data);
}

std::string HmacSha256(std::string_view key, std::string_view data) {
  std::string tag(32, '\0');
  // An empty key must not be a null pointer: that would mean "the key of the last call".
  const void* octets = key.empty() ? static_cast<const void*>("") : key.data();
  INVARIANT(HMAC(Sha256Algorithm(), octets, static_cast<int>(key.size()), Octets(data), data.size(),
                 Octets(tag), nullptr) != nullptr,
            "an HMAC fails only without memory");
  return tag;
}

}  // namespace cairn::crypto
