#pragma once

#include <string>
#include <utility>

#include "libs/crypto/public_key.h"

namespace cairn::ca::signing {

// Something that may be signed, with the name of the issuer that is to sign it.
struct Tbs {
  std::string der;
  std::string issuer;
  crypto::SignatureAlgorithm algorithm;
};

class LeafCheck;

// A T that passed every check that stands before a signature: the only thing a
// Signer takes. Only LeafCheck makes one, so that code which skips the checks
// does not compile; it moves and does not copy, so that one check is one
// signature.
template <typename T>
class Checked {
 public:
  Checked(Checked&&) noexcept = default;
  Checked& operator=(Checked&&) noexcept = default;

  const T& value() const { return value_; }

 private:
  friend class LeafCheck;
  explicit Checked(T value) : value_(std::move(value)) {}

  T value_;
};

}  // namespace cairn::ca::signing
