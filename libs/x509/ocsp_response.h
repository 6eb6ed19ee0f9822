#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"
#include "libs/x509/certificate.h"
#include "libs/x509/crl.h"
#include "libs/x509/ocsp_cert_id.h"

namespace cairn::x509 {

struct OcspRevocation {
  absl::Time at;
  std::optional<RevocationReason> reason;

  friend bool operator==(const OcspRevocation&, const OcspRevocation&) = default;
};

// All that decides what the answer about one certificate says. There is no
// "unknown": of what it does not know, a responder of ours signs nothing (OCSP-07).
struct OcspContent {
  std::string responder_key_hash;  // OcspKeyHash
  absl::Time produced_at;
  OcspCertId certificate;
  std::optional<OcspRevocation> revoked;  // nothing: good
  absl::Time this_update;
  absl::Time next_update;
};

// The ResponseData (RFC 6960 section 4.2.1) in the profile of RFC 5019 section
// 2.2.1: one SingleResponse, the responder by its key, no extensions, no nonce.
// Fractions of seconds are cut off. Equal contents give equal octets.
std::string ComposeOcspData(const OcspContent& content);

// The whole OCSPResponse. `responder` is the certificate of a delegated signer, to
// be sent along (OCSP-13); nothing where the issuer signed it.
std::string ComposeOcspResponse(std::string_view data_der, crypto::SignatureAlgorithm algorithm,
                                std::string_view signature,
                                const std::optional<std::string>& responder_der);

// A successful response that was read: strict DER in the only shape that
// ComposeOcspData writes. Immutable. Whether the signature verifies, and whether
// who made it may answer for the issuer, the caller asks.
class OcspResponse {
 public:
  // Every error is kMalformed; errors of a responder ("tryLater") among them.
  static absl::StatusOr<OcspResponse> Parse(std::string_view der);

  const std::string& der() const { return der_; }
  std::string_view data_der() const {
    return std::string_view(der_).substr(data_offset_, data_size_);
  }
  const OcspContent& content() const { return content_; }
  crypto::SignatureAlgorithm algorithm() const { return algorithm_; }
  const std::optional<Certificate>& responder() const { return responder_; }

  bool VerifySignature(const crypto::PublicKey& key) const;

 private:
  OcspResponse(std::string der, OcspContent content)
      : der_(std::move(der)), content_(std::move(content)) {}

  std::string der_;
  size_t data_offset_ = 0;
  size_t data_size_ = 0;
  OcspContent content_;
  crypto::SignatureAlgorithm algorithm_{};
  std::string signature_;
  std::optional<Certificate> responder_;
};

}  // namespace cairn::x509
