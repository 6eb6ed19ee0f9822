#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

#include "libs/crypto/public_key.h"
#include "libs/x509/names.h"

namespace cairn::x509 {

// A certificate signing request (PKCS#10, RFC 2986): the key and the names that
// a client asks for, and proof that it holds the key. Nothing else in it is kept
// (ACME-111): the profile decides what a certificate says.
class Csr {
 public:
  // A request is one complete DER element of at most 16 KiB, with at most 256
  // names, a well-formed key, and a self-signature that verifies and is not made
  // with SHA-1 or MD5 (ACME-107, ACME-108). Every error is kBadCsr.
  static absl::StatusOr<Csr> Parse(std::string_view der);

  const crypto::PublicKey& public_key() const { return public_key_; }
  // Names of the subject alternative name and the common name together: lower
  // case, sorted, each once (ACME-109). Never empty.
  const Names& names() const { return names_; }
  // The common name in lower case, where the request has one.
  const std::optional<std::string>& common_name() const { return common_name_; }

 private:
  Csr(crypto::PublicKey public_key, Names names, std::optional<std::string> common_name)
      : public_key_(std::move(public_key)),
        names_(std::move(names)),
        common_name_(std::move(common_name)) {}
  static absl::StatusOr<Csr> ParseStructure(std::string_view der);

  crypto::PublicKey public_key_;
  Names names_;
  std::optional<std::string> common_name_;
};

}  // namespace cairn::x509
