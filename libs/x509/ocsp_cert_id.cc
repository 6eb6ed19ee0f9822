#include "libs/x509/ocsp_cert_id.h"

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

// RFC 5280 section 4.1.2.2.
constexpr size_t kMaxSerialOctets = 20;

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

std::string Hash(OcspHash hash, std::string_view data) {
  INVARIANT(hash != OcspHash::kOther, "only a hash that is known can be made");
  return hash == OcspHash::kSha1 ? crypto::Sha1(data) : crypto::Sha256(data);
}

// The content of the subjectPublicKey, without the count of unused bits.
std::string KeyBits(const crypto::PublicKey& key) {
  der::Reader outer(key.spki_der());
  absl::StatusOr<der::Reader> spki = outer.EnterSequence();
  INVARIANT(spki.ok() && spki->Read(der::kSequence).ok(), "a key has a SubjectPublicKeyInfo");
  const absl::StatusOr<std::string_view> bits = spki->ReadOctetsOfBitString();
  INVARIANT(bits.ok(), "a key has a SubjectPublicKeyInfo");
  return std::string(*bits);
}

}  // namespace

OcspCertId OcspCertIdOf(OcspHash hash, std::string_view issuer_subject_der,
                        const crypto::PublicKey& issuer_key, std::string_view serial) {
  return {.hash = hash,
          .issuer_name_hash = Hash(hash, issuer_subject_der),
          .issuer_key_hash = Hash(hash, KeyBits(issuer_key)),
          .serial = std::string(serial)};
}

std::string OcspKeyHash(const crypto::PublicKey& key) { return crypto::Sha1(KeyBits(key)); }

der::Value ComposeOcspCertId(const OcspCertId& id) {
  INVARIANT(id.hash != OcspHash::kOther, "only a hash that is known can be written");
  const std::string_view oid = id.hash == OcspHash::kSha1 ? oid::kSha1 : oid::kSha256;
  return der::Sequence(der::Sequence(der::Oid(oid), der::Null()),
                       der::OctetString(id.issuer_name_hash), der::OctetString(id.issuer_key_hash),
                       der::UnsignedInteger(id.serial));
}

absl::StatusOr<OcspCertId> ReadOcspCertId(der::Reader& reader) {
  ASSIGN_OR_RETURN(der::Reader id, reader.EnterSequence());
  ASSIGN_OR_RETURN(der::Reader algorithm, id.EnterSequence());
  ASSIGN_OR_RETURN(const std::string oid, algorithm.ReadOid());
  // Parameters are NULL or absent (RFC 5754 section 2); of other hashes, anything.
  const bool known = oid == oid::kSha1 || oid == oid::kSha256;
  if (known && !algorithm.AtEnd()) RETURN_IF_ERROR(algorithm.ReadNull());
  if (known) RETURN_IF_ERROR(algorithm.Finish());
  OcspCertId out{.hash = OcspHash::kOther};
  if (oid == oid::kSha1) out.hash = OcspHash::kSha1;
  if (oid == oid::kSha256) out.hash = OcspHash::kSha256;
  ASSIGN_OR_RETURN(out.issuer_name_hash, id.ReadOctetString());
  ASSIGN_OR_RETURN(out.issuer_key_hash, id.ReadOctetString());
  ASSIGN_OR_RETURN(std::string_view serial, id.ReadIntegerOctets());
  RETURN_IF_ERROR(id.Finish());
  const size_t size = out.hash == OcspHash::kSha1 ? 20 : 32;
  if (known && (out.issuer_name_hash.size() != size || out.issuer_key_hash.size() != size)) {
    return Bad("a hash in the CertID has another length");
  }
  if ((serial[0] & 0x80) != 0) return Bad("the serial number is negative");
  if (serial.size() > 1 && serial[0] == '\0') serial.remove_prefix(1);
  if (serial.size() > kMaxSerialOctets) return Bad("the serial number is too long");
  out.serial = std::string(serial);
  return out;
}

}  // namespace cairn::x509
