#include "libs/ct/sct.h"

#include <algorithm>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "libs/ct/tls.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

constexpr uint64_t kV1 = 0;
constexpr size_t kLogIdSize = 32;
// SignatureType and MerkleLeafType (RFC 6962 sections 3.2 and 3.4).
constexpr uint64_t kCertificateTimestamp = 0;
constexpr uint64_t kTimestampedEntry = 0;
// The one ExtensionType of static-ct, and its size: a uint40.
constexpr uint64_t kLeafIndex = 0;
constexpr int kLeafIndexOctets = 5;
// By how much a log's clock may be ahead of ours; both keep time by NTP.
constexpr absl::Duration kClockSkew = absl::Seconds(10);

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}
absl::Status Incorrect(std::string_view detail) {
  return errors::Make(errors::Reason::kIncorrectResponse, detail);
}

// TimestampedEntry (RFC 6962 section 3.4), which is also the end of what is signed.
std::string TimestampedEntry(uint64_t timestamp, const Entry& entry, std::string_view extensions) {
  std::string out = TlsNumber(timestamp, 8).append(TlsNumber(static_cast<uint64_t>(entry.type), 2));
  if (entry.type == Entry::Type::kPrecertificate) out += entry.issuer_key_hash;
  return out.append(TlsVector(entry.body, 3)).append(TlsVector(extensions, 2));
}

}  // namespace

absl::StatusOr<SignedCertificateTimestamp> SignedCertificateTimestamp::Parse(
    std::string_view bytes) {
  TlsReader reader(bytes);
  SignedCertificateTimestamp sct;
  ASSIGN_OR_RETURN(const uint64_t version, reader.ReadNumber(1));
  if (version != kV1) return Malformed("an SCT is not of version 1");
  ASSIGN_OR_RETURN(const std::string_view log_id, reader.ReadFixed(kLogIdSize));
  ASSIGN_OR_RETURN(sct.timestamp, reader.ReadNumber(8));
  if (sct.timestamp >> 63 != 0) return Malformed("the time of an SCT is out of range");
  ASSIGN_OR_RETURN(const std::string_view extensions, reader.ReadVector(2));
  ASSIGN_OR_RETURN(sct.signature, DigitallySigned::Read(reader));
  RETURN_IF_ERROR(reader.Finish());
  sct.log_id = std::string(log_id);
  sct.extensions = std::string(extensions);
  return sct;
}

std::string SignedCertificateTimestamp::Encode() const {
  INVARIANT(log_id.size() == kLogIdSize, "a log id is a SHA-256");
  return TlsNumber(kV1, 1)
      .append(log_id)
      .append(TlsNumber(timestamp, 8))
      .append(TlsVector(extensions, 2))
      .append(signature.Encode());
}

absl::StatusOr<std::optional<uint64_t>> SignedCertificateTimestamp::LeafIndex() const {
  std::optional<uint64_t> index;
  TlsReader reader(extensions);
  while (!reader.AtEnd()) {
    ASSIGN_OR_RETURN(const uint64_t type, reader.ReadNumber(1));
    ASSIGN_OR_RETURN(const std::string_view data, reader.ReadVector(2));
    if (type != kLeafIndex) continue;  // static-ct-api: unknown types are ignored
    if (index.has_value()) return Malformed("an SCT has two leaf indexes");
    TlsReader number(data);
    ASSIGN_OR_RETURN(index, number.ReadNumber(kLeafIndexOctets));
    RETURN_IF_ERROR(number.Finish());
  }
  return index;
}

std::string LeafIndexExtensions(uint64_t index) {
  return TlsNumber(kLeafIndex, 1).append(TlsVector(TlsNumber(index, kLeafIndexOctets), 2));
}

absl::StatusOr<std::vector<SignedCertificateTimestamp>> ParseSctList(std::string_view bytes) {
  TlsReader outer(bytes);
  ASSIGN_OR_RETURN(const std::string_view list, outer.ReadVector(2));
  RETURN_IF_ERROR(outer.Finish());
  if (list.empty()) return Malformed("the list of SCTs is empty");
  std::vector<SignedCertificateTimestamp> scts;
  TlsReader reader(list);
  while (!reader.AtEnd()) {
    ASSIGN_OR_RETURN(const std::string_view item, reader.ReadVector(2));
    ASSIGN_OR_RETURN(SignedCertificateTimestamp sct, SignedCertificateTimestamp::Parse(item));
    if (std::any_of(scts.begin(), scts.end(),
                    [&](const auto& other) { return other.log_id == sct.log_id; })) {
      return Malformed("the list has two SCTs of one log");
    }
    scts.push_back(std::move(sct));
  }
  return scts;
}

std::string EncodeSctList(std::span<const SignedCertificateTimestamp> scts) {
  INVARIANT(!scts.empty(), "the policy asks for SCTs");
  std::string list;
  for (const SignedCertificateTimestamp& sct : scts) list += TlsVector(sct.Encode(), 2);
  return TlsVector(list, 2);
}

Entry Entry::Certificate(std::string_view der) {
  return {.type = Type::kCertificate, .body = std::string(der)};
}

Entry Entry::Precertificate(const crypto::PublicKey& issuer, std::string_view tbs_der) {
  return {.type = Type::kPrecertificate,
          .issuer_key_hash = crypto::Sha256(issuer.spki_der()),
          .body = std::string(tbs_der)};
}

std::string SignedOctets(uint64_t timestamp, const Entry& entry, std::string_view extensions) {
  return TlsNumber(kV1, 1)
      .append(TlsNumber(kCertificateTimestamp, 1))
      .append(TimestampedEntry(timestamp, entry, extensions));
}

std::string MerkleTreeLeaf(uint64_t timestamp, const Entry& entry, std::string_view extensions) {
  return TlsNumber(kV1, 1)
      .append(TlsNumber(kTimestampedEntry, 1))
      .append(TimestampedEntry(timestamp, entry, extensions));
}

absl::Status VerifySct(const SignedCertificateTimestamp& sct, const crypto::PublicKey& log_key,
                       const Entry& entry) {
  if (sct.log_id != LogIdOf(log_key)) return Incorrect("the SCT names another log");
  if (!sct.signature.Verify(log_key, SignedOctets(sct.timestamp, entry, sct.extensions))) {
    return Incorrect("the SCT's signature is not the log's over this entry");
  }
  return absl::OkStatus();
}

absl::Status CheckSctTime(const SignedCertificateTimestamp& sct, absl::Time now,
                          absl::Duration max_age) {
  if (sct.time() > now + kClockSkew) return Incorrect("the SCT is from the future");
  if (sct.time() < now - max_age) return Incorrect("the SCT is too old");
  return absl::OkStatus();
}

}  // namespace cairn::ct
