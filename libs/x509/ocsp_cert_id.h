#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "libs/crypto/public_key.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"

namespace cairn::x509 {

// The hash in a CertID. SHA-1 is what RFC 5019 section 2.1.1 wants of clients; it
// only names the issuer, and nothing rests on its strength.
enum class OcspHash {
  kSha1,
  kSha256,
  kOther,  // read, but not understood: such a CertID names nobody
};

// Which certificate a question or an answer is about (RFC 6960 section 4.1.1).
struct OcspCertId {
  OcspHash hash;
  std::string issuer_name_hash;
  std::string issuer_key_hash;
  std::string serial;  // big-endian, without leading zeros

  friend bool operator==(const OcspCertId&, const OcspCertId&) = default;
};

// The CertID of a serial (big-endian) of the issuer with this subject and key.
// `hash` is not kOther.
OcspCertId OcspCertIdOf(OcspHash hash, std::string_view issuer_subject_der,
                        const crypto::PublicKey& issuer_key, std::string_view serial);

// How a responder is called: the SHA-1 of its key's BIT STRING, 20 octets (RFC 6960
// section 4.2.1, KeyHash; OCSP-17).
std::string OcspKeyHash(const crypto::PublicKey& key);

// The CertID in DER, with NULL parameters, as most clients write it. `id.hash` is
// not kOther.
der::Value ComposeOcspCertId(const OcspCertId& id);
// kMalformed for anything but a CertID with a serial of 1 to 20 octets.
absl::StatusOr<OcspCertId> ReadOcspCertId(der::Reader& reader);

}  // namespace cairn::x509
