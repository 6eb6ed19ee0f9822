#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::crypto {

enum class SignatureAlgorithm {
  kRsaPkcs1Sha256,
  kRsaPkcs1Sha384,
  kRsaPkcs1Sha512,
  kEcdsaSha256,
  kEcdsaSha384,
  kEcdsaSha512,
  kEd25519,
};

enum class KeyType { kRsa, kEcP256, kEcP384, kEcP521, kEd25519 };

// "RSA", "P-256", ...: for messages and labels.
std::string_view NameOf(KeyType type);
// As people write those of CAs and servers in configurations: "rsa", "p256",
// "p384", "p521".
std::optional<KeyType> KeyTypeFromConfig(std::string_view name);

// A well-formed public key of one of the five types. Immutable, cheap to copy,
// thread-safe.
//
// Well-formed means: its SubjectPublicKeyInfo is the one canonical encoding (the
// algorithm identifiers of BR 7.1.3.1, uncompressed points, minimal integers),
// points lie on their curve, RSA moduli are odd, of 512 to 16384 bits, with an odd
// exponent of at least 3 and at most 64 bits. Whether a key is strong enough to be used is
// libs/policy's business. All errors are kBadPublicKey.
class PublicKey {
 public:
  static absl::StatusOr<PublicKey> FromSpkiDer(std::string_view der);
  // One block "PUBLIC KEY"; text around it is ignored.
  static absl::StatusOr<PublicKey> FromPem(std::string_view pem);
  // Big-endian, without leading zero octets.
  static absl::StatusOr<PublicKey> FromRsa(std::string_view modulus, std::string_view exponent);
  // Coordinates of the curve's full size (32, 48 or 66 octets).
  static absl::StatusOr<PublicKey> FromEc(KeyType type, std::string_view x, std::string_view y);
  static absl::StatusOr<PublicKey> FromEd25519(std::string_view x);

  KeyType type() const;
  int bits() const;  // of the modulus or the curve
  const std::string& spki_der() const;
  std::string ToPem() const;

  // Big-endian without leading zero octets; the key must be of that type.
  std::string rsa_modulus() const;
  std::string rsa_exponent() const;
  // Of the curve's full size; the key must be of that type.
  std::string ec_x() const;
  std::string ec_y() const;
  std::string ed25519_x() const;

  // Whether `signature` (for ECDSA the DER form) is right. False, too, for an
  // algorithm that does not go with the type of the key; any ECDSA hash goes with
  // any curve here, so who has a narrower rule checks type() first.
  bool Verify(SignatureAlgorithm algorithm, std::string_view message,
              std::string_view signature) const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) {
    return a.spki_der() == b.spki_der();
  }

  // OpenSSL's side of it; defined and used inside libs/crypto only.
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit PublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  static absl::StatusOr<PublicKey> FromCanonical(KeyType type, std::string spki_der);

  std::shared_ptr<const Impl> impl_;
};

// The Ecdsa-Sig-Value of a signature in the form of JWS (RFC 7518 section 3.4):
// r and s, each of the curve's full size. kMalformed for any other length.
absl::StatusOr<std::string> EcdsaRawToDer(KeyType type, std::string_view raw);

}  // namespace cairn::crypto
