#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/crypto/public_key.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::x509 {

// A certificate that was read: strict DER of version 3, with a well-formed key
// and a signature algorithm of BR 7.1.3.2. Immutable. Whether the signature
// verifies, the caller asks.
class Certificate {
 public:
  // Every error is kMalformed.
  static absl::StatusOr<Certificate> Parse(std::string_view der);
  // All CERTIFICATE blocks in their order, at least one; text between is ignored.
  static absl::StatusOr<std::vector<Certificate>> ListFromPem(std::string_view pem);

  const std::string& der() const { return der_; }
  std::string_view tbs_der() const { return std::string_view(der_).substr(tbs_offset_, tbs_size_); }
  const TbsCertificate& tbs() const { return tbs_; }
  const crypto::PublicKey& public_key() const { return public_key_; }
  crypto::SignatureAlgorithm algorithm() const { return algorithm_; }

  bool VerifySignature(const crypto::PublicKey& issuer) const;

 private:
  Certificate(std::string der, TbsCertificate tbs, crypto::PublicKey public_key)
      : der_(std::move(der)), tbs_(std::move(tbs)), public_key_(std::move(public_key)) {}

  std::string der_;
  size_t tbs_offset_ = 0;
  size_t tbs_size_ = 0;
  TbsCertificate tbs_;
  crypto::PublicKey public_key_;
  crypto::SignatureAlgorithm algorithm_{};
  std::string signature_;
};

}  // namespace cairn::x509
