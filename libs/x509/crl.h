#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/crypto/public_key.h"

namespace cairn::x509 {

// The reasons that a CRL of the web PKI may give (BR 7.2.2). "Unspecified" is
// said by leaving the reason out.
enum class RevocationReason {
  kKeyCompromise = 1,
  kAffiliationChanged = 3,
  kSuperseded = 4,
  kCessationOfOperation = 5,
  kPrivilegeWithdrawn = 9,
};

// "keyCompromise", ...: as RFC 5280 section 5.3.1 spells them.
std::string_view NameOf(RevocationReason reason);
std::optional<RevocationReason> RevocationReasonFromName(std::string_view name);
std::optional<RevocationReason> RevocationReasonFromNumber(int number);

struct RevokedCertificate {
  std::string serial;  // big-endian, without leading zeros
  absl::Time revoked_at;
  std::optional<RevocationReason> reason;

  friend bool operator==(const RevokedCertificate&, const RevokedCertificate&) = default;
};

// What part of a CA's certificates a CRL is about (RFC 5280 section 5.2.5). The
// URL has the very octets of the certificates' CRL distribution point.
struct CrlScope {
  std::string url;
  bool only_user_certificates = false;
  bool only_ca_certificates = false;

  friend bool operator==(const CrlScope&, const CrlScope&) = default;
};

// All that decides what a complete CRL, or one shard of it, says.
struct CrlContent {
  crypto::SignatureAlgorithm algorithm;
  std::string issuer_der;  // the CA's subject, octet by octet (CRL-06)
  absl::Time this_update;
  absl::Time next_update;
  std::string authority_key_id;
  std::string number;             // big-endian; below 2^159
  std::optional<CrlScope> scope;  // nothing: all certificates of the CA
  std::vector<RevokedCertificate> revoked;
};

// The TBSCertList (RFC 5280 section 5.1, BR 7.2). Entries stand in the order of
// their serials, whatever theirs in `content`; a serial may appear once. Equal
// contents give equal octets. Takes about 200 octets of memory an entry.
std::string ComposeTbsCertList(CrlContent content);

// The CRL of a TBSCertList and the signature over it.
std::string ComposeCrl(std::string_view tbs_der, crypto::SignatureAlgorithm algorithm,
                       std::string_view signature);

// A CRL that was read: strict DER of version 2, in the only shapes that BR 7.2
// allows (no delta, no indirect CRL, no extensions but authority key identifier,
// number, scope and reason). Immutable. Whether the signature verifies, the
// caller asks.
class Crl {
 public:
  // Every error is kMalformed.
  static absl::StatusOr<Crl> Parse(std::string_view der);
  // Exactly one "X509 CRL" block; text around it is ignored.
  static absl::StatusOr<Crl> FromPem(std::string_view pem);

  const std::string& der() const { return der_; }
  std::string_view tbs_der() const { return std::string_view(der_).substr(tbs_offset_, tbs_size_); }
  // As it was read; the entries in the order of the CRL.
  const CrlContent& content() const { return content_; }

  bool VerifySignature(const crypto::PublicKey& issuer) const;

 private:
  Crl(std::string der, CrlContent content) : der_(std::move(der)), content_(std::move(content)) {}

  std::string der_;
  size_t tbs_offset_ = 0;
  size_t tbs_size_ = 0;
  CrlContent content_;
  std::string signature_;
};

}  // namespace cairn::x509
