#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"
#include "libs/x509/names.h"
#include "libs/x509/serial_number.h"

namespace cairn::x509 {

// All that decides what a subscriber certificate says.
struct Leaf {
  SerialNumber serial;
  crypto::SignatureAlgorithm algorithm;    // of the issuer's signature
  std::string issuer_der;                  // the issuer's subject, octet by octet (PROF-05)
  absl::Time not_before;                   // whole seconds
  absl::Time not_after;                    // the last second that is inside (RFC 5280 4.1.2.5)
  std::optional<std::string> common_name;  // nothing: an empty subject
  crypto::PublicKey public_key;
  std::string authority_key_id;  // the issuer's subject key identifier
  std::optional<std::string> ca_issuers_url;
  std::optional<std::string> crl_url;
  Names names;  // normalized, not empty
  // The two things that the rules leave to a profile.
  bool client_auth = false;         // clientAuth beside serverAuth (PROF-19)
  bool rsa_signature_only = false;  // no keyEncipherment for an RSA key (PROF-24)
};

// The TBSCertificate of a domain-validated TLS server (BR 7.1.2.7, RFC 5280
// section 4.1). The same Leaf always gives the same octets.
std::string ComposeTbs(const Leaf& leaf);

// The certificate of a TBSCertificate and the signature over it.
std::string ComposeCertificate(std::string_view tbs_der, crypto::SignatureAlgorithm algorithm,
                               std::string_view signature);

struct Extension {
  std::string oid;
  bool critical = false;
  std::string value;  // content of the OCTET STRING
};

// What a TBSCertificate says, read without regard to who wrote it.
struct TbsCertificate {
  // Version 3 only; strict DER; times where RFC 5280 puts them; each extension
  // once; those below with a valid value. kMalformed otherwise. Success does not
  // mean that the certificate makes sense, nor that the validity has begun.
  static absl::StatusOr<TbsCertificate> Parse(std::string_view tbs_der);

  // Null if it isn't there.
  const Extension* Find(std::string_view oid) const;

  std::string serial;  // content octets of the INTEGER
  std::string algorithm_der;
  std::string issuer_der;
  absl::Time not_before;
  absl::Time not_after;
  std::string subject_der;
  std::optional<std::string> common_name;
  std::string spki_der;
  std::vector<Extension> extensions;  // in their order

  // Decoded extensions; empty where absent.
  Names names;
  std::string authority_key_id;
  std::string subject_key_id;
  bool is_ca = false;
  std::optional<int64_t> path_length;
  std::vector<int> key_usage;  // numbers of the bits that are set
  std::vector<std::string> extended_key_usage;
  std::vector<std::string> policies;
  std::vector<std::string> ca_issuers_urls;
  std::vector<std::string> ocsp_urls;
  std::vector<std::string> crl_urls;
};

// Bits of keyUsage (RFC 5280 section 4.2.1.3).
inline constexpr int kDigitalSignature = 0;
inline constexpr int kKeyEncipherment = 2;
inline constexpr int kKeyCertSign = 5;
inline constexpr int kCrlSign = 6;

// The bits of keyUsage in the leaf's certificate, by its key (BR 7.1.2.7.11). RSA
// keys get keyEncipherment too unless the leaf says otherwise: the rules allow it and
// advise against it, and NSS takes no RSA server certificate without it
// (docs/adr/0014-rsa-key-usage.md).
std::vector<int> LeafKeyUsage(const Leaf& leaf);

// Its purposes, in their order (extKeyUsage, BR 7.1.2.7.10).
std::vector<std::string> LeafPurposes(const Leaf& leaf);

}  // namespace cairn::x509
