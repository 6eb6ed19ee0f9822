#pragma once

#include <string>
#include <utility>

#include "libs/crypto/public_key.h"

namespace cairn::ca::signing {

// Something that may be signed, with the name of the issuer that is to sign it.
struct Tbs {
  std::string der;
  std::string issuer;  // or OcspKeyOf(issuer)
  crypto::SignatureAlgorithm algorithm;
};

// The name of the key of an issuer's delegated OCSP signer. No issuer is called so:
// a name has no slash (services/ca/options.cc).
inline std::string OcspKeyOf(const std::string& issuer) { return issuer + "/ocsp"; }

class CrlCheck;
class LeafCheck;
class OcspCheck;

// A T that passed every check that stands before a signature: the only thing a
// Signer takes. Only the three checks make one, so that code which skips them
// does not compile; it moves and does not copy, so that one check is one
// signature.
template <typename T>
class Checked {
 public:
  Checked(Checked&&) noexcept = default;
  Checked& operator=(Checked&&) noexcept = default;

  const T& value() const { return value_; }

 private:
  friend class CrlCheck;
  friend class LeafCheck;
  friend class OcspCheck;
  explicit Checked(T value) : value_(std::move(value)) {}

  T value_;
};

// What a check gives.
struct Passed {
  Checked<Tbs> tbs;
  std::string lint_digest;  // lint::Report::Digest
};

}  // namespace cairn::ca::signing
