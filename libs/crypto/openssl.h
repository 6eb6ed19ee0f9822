#pragma once

#include <absl/status/status.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

// How code that must touch OpenSSL touches it. Not for public headers: outside
// libs/crypto, only TLS set-up in libs/http and libs/service includes this.

namespace cairn::crypto {

// Frees an OpenSSL object: Deleter<EVP_PKEY_free>.
template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

inline void FreeOpenSslBytes(void* bytes) { OPENSSL_free(bytes); }

using BigNumPtr = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using BigNumContextPtr = std::unique_ptr<BN_CTX, Deleter<BN_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using MacPtr = std::unique_ptr<EVP_MAC, Deleter<EVP_MAC_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, Deleter<EVP_MAC_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using OpenSslBytes = std::unique_ptr<unsigned char, Deleter<FreeOpenSslBytes>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;

// kInternal with `what` and everything in this thread's error queue, which is
// empty afterwards.
absl::Status OpenSslError(std::string_view what);

// Empties this thread's error queue: for failures that hostile input explains,
// so that the next OpenSslError doesn't report them.
void ClearOpenSslErrors();

// A BIO that reads `bytes`, which must outlive it.
BioPtr ReadOnlyBio(std::string_view bytes);

inline const unsigned char* Octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* Octets(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

// DER, by one of OpenSSL's i2d functions; "" if it fails.
template <typename T, typename Encode>
std::string Encoded(T* object, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  if (size <= 0) return "";
  const OpenSslBytes owned(bytes);
  return std::string(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

}  // namespace cairn::crypto
