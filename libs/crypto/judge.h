#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"

// OpenSSL as the judge of what our own code wrote or read: it never writes a
// certificate, but it must agree with every one. Thread-safe.
namespace cairn::crypto::judge {

// Whether OpenSSL takes all of `der` as one ASN.1 element.
bool IsAsn1Element(std::string_view der);

// What OpenSSL reads in a certificate.
struct Certificate {
  std::string tbs_der;  // encoded again from what was parsed
  std::string serial;   // big-endian, without leading zeros
  std::string issuer_der;
  std::string subject_der;
  absl::Time not_before;
  absl::Time not_after;
  std::string spki_der;
};
// kMalformed for what OpenSSL doesn't parse, or parses and encodes in another way.
absl::StatusOr<Certificate> ReadCertificate(std::string_view der);
// The same, and its signature must verify with the key.
absl::StatusOr<Certificate> ReadCertificateOf(std::string_view der, const PublicKey& issuer);

// Whether the certificate's signature verifies with the key.
bool VerifyCertificate(std::string_view der, const PublicKey& issuer);

// Whether OpenSSL, with its strictest flags and for the purpose of a TLS server,
// builds a path from leaf over `intermediates` to one of `roots` at that time.
// kMalformed, with OpenSSL's reason, if not.
absl::Status VerifyChain(std::string_view leaf, const std::vector<std::string>& intermediates,
                         const std::vector<std::string>& roots, absl::Time at);

// The same of a certificate that one of `roots` signed, or of a root itself, for
// any purpose: CA certificates and OCSP signers.
absl::Status VerifyAuthority(std::string_view certificate, const std::vector<std::string>& roots,
                             absl::Time at);

// What OpenSSL reads in a CRL.
struct Crl {
  std::string tbs_der;  // encoded again from what was parsed
  std::string issuer_der;
  absl::Time this_update;
  absl::Time next_update;
  size_t entries = 0;
};
// kMalformed for what OpenSSL doesn't parse, or parses and encodes in another way.
absl::StatusOr<Crl> ReadCrl(std::string_view der);

// Whether the CRL's signature verifies with the key.
bool VerifyCrl(std::string_view der, const PublicKey& issuer);

// Whether OpenSSL finds the serial (big-endian) among those that the CRL revokes.
bool IsOnCrl(std::string_view crl_der, std::string_view serial);

// Whether OpenSSL finds the host name or the address (text) in the certificate.
bool MatchesHost(std::string_view certificate_der, const std::string& name);
bool MatchesAddress(std::string_view certificate_der, const std::string& address);

// Whether OpenSSL takes `der` as a PKCS#10 request whose signature verifies.
bool IsCertificateRequest(std::string_view der);

}  // namespace cairn::crypto::judge
