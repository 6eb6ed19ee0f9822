#include "libs/crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <utility>

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

struct HmacSha256::Impl {
  // Has taken in the key, and nothing else.
  MacContextPtr keyed;
};

HmacSha256::HmacSha256(std::string_view key)
    : impl_([key] {
        const MacPtr mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
        MacContextPtr context(EVP_MAC_CTX_new(mac.get()));
        char digest[] = "SHA2-256";
        const OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
            OSSL_PARAM_construct_end()};
        // An empty key must not be a null pointer: that would mean "no key".
        const unsigned char none = 0;
        INVARIANT(
            context != nullptr && EVP_MAC_init(context.get(), key.empty() ? &none : Octets(key),
                                               key.size(), parameters) == 1,
            "OpenSSL's default provider has HMAC with SHA-256, for any key");
        return new Impl{std::move(context)};
      }()) {}

HmacSha256::~HmacSha256() = default;

std::string HmacSha256::Tag(std::string_view data) const {
  const MacContextPtr context(EVP_MAC_CTX_dup(impl_->keyed.get()));
  std::string tag(32, '\0');
  size_t size = 0;
  INVARIANT(context != nullptr && EVP_MAC_update(context.get(), Octets(data), data.size()) == 1 &&
                EVP_MAC_final(context.get(), Octets(tag), &size, tag.size()) == 1 &&
                size == tag.size(),
            "an HMAC fails only without memory");
  return tag;
}

}  // namespace cairn::crypto
