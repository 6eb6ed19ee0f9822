#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "libs/crypto/public_key.h"

namespace cairn::x509 {

// All that decides what a certificate of a CA says: a root's, a subordinate's or
// a cross-certificate. What is lawful for which kind is the caller's to check.
struct CaCertificate {
  std::string serial;                    // big-endian, positive
  crypto::SignatureAlgorithm algorithm;  // of the issuer's signature
  std::string issuer_der;                // the issuer's subject, octet by octet (PROF-05)
  std::string subject_der;
  absl::Time not_before;  // whole seconds
  absl::Time not_after;   // the last second that is inside
  crypto::PublicKey public_key;
  std::string subject_key_id;
  std::string authority_key_id;  // the issuer's subject key identifier
  std::optional<int> path_length;
  std::vector<std::string> extended_key_usage;  // dotted; empty: left out
  std::vector<std::string> policies;            // dotted; empty: left out
  std::optional<std::string> ca_issuers_url;
  std::optional<std::string> crl_url;
};

// The TBSCertificate (BR 7.1.2.1, 7.1.2.2, 7.1.2.6): keyUsage is keyCertSign and
// cRLSign. Equal arguments always give equal octets.
std::string ComposeTbs(const CaCertificate& certificate);

// The certificate of one who signs OCSP responses for the CA that issues it.
struct OcspSignerCertificate {
  std::string serial;
  crypto::SignatureAlgorithm algorithm;
  std::string issuer_der;
  std::string subject_der;
  absl::Time not_before;
  absl::Time not_after;
  crypto::PublicKey public_key;
  std::string subject_key_id;
  std::string authority_key_id;
};

// The TBSCertificate (BR 7.1.2.8): digitalSignature, OCSPSigning, ocsp-nocheck.
std::string ComposeTbs(const OcspSignerCertificate& certificate);

// A subject key identifier: the leftmost 160 bits of the SHA-256 of the key
// (RFC 7093 section 2, method 1). It needs no SHA-1.
std::string KeyIdentifier(const crypto::PublicKey& key);

}  // namespace cairn::x509
