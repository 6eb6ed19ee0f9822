#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "libs/crypto/public_key.h"

namespace cairn::crypto {

// A private key in memory. Move-only; nothing prints it. Thread-safe but for moves.
class PrivateKey {
 public:
  // `rsa_bits` matters for kRsa only; the exponent is 65537. Takes a second or
  // so for a big RSA key.
  static PrivateKey Generate(KeyType type, int rsa_bits = 2048);

  // Unencrypted PKCS#8, PKCS#1 or SEC 1. Refuses a file that anybody but its
  // owner may read or write. Errors are kInternal, and never quote the file.
  static absl::StatusOr<PrivateKey> FromPemFile(const std::string& path);
  static absl::StatusOr<PrivateKey> FromPem(std::string_view pem);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  // PKCS#8, unencrypted.
  std::string ToPem() const;

  const PublicKey& public_key() const;

  // For ECDSA the DER form. The algorithm must go with the key.
  absl::StatusOr<std::string> Sign(SignatureAlgorithm algorithm, std::string_view message) const;

 private:
  struct Impl;
  explicit PrivateKey(std::unique_ptr<const Impl> impl);

  std::unique_ptr<const Impl> impl_;
};

}  // namespace cairn::crypto
