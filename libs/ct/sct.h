#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"
#include "libs/ct/signature.h"

namespace cairn::ct {

// A log's promise to publish an entry (RFC 6962 section 3.2), version 1.
struct SignedCertificateTimestamp {
  // The serialized form, strictly: nothing after it, and no other version.
  // kMalformed otherwise. Says nothing about the signature.
  static absl::StatusOr<SignedCertificateTimestamp> Parse(std::string_view bytes);
  std::string Encode() const;

  // When the log took the entry.
  absl::Time time() const { return absl::FromUnixMillis(static_cast<int64_t>(timestamp)); }
  // Where a static-ct log put the entry (static-ct-api, "SCT Extension"): nothing
  // without that extension. kMalformed for extensions that aren't what it asks for.
  absl::StatusOr<std::optional<uint64_t>> LeafIndex() const;

  std::string log_id;      // 32 octets
  uint64_t timestamp = 0;  // milliseconds since 1970, below 2^63
  std::string extensions;  // as the log gave them, not one octet changed (CT-13)
  DigitallySigned signature;

  friend bool operator==(const SignedCertificateTimestamp&,
                         const SignedCertificateTimestamp&) = default;
};

// The CtExtensions of a static-ct log: the leaf_index alone. `index` is below 2^40.
std::string LeafIndexExtensions(uint64_t index);

// SignedCertificateTimestampList (RFC 6962 section 3.3): 1 to 64 KiB of SCTs in
// their order. kMalformed for an empty list, an SCT that Parse refuses, and for two
// SCTs of one log.
absl::StatusOr<std::vector<SignedCertificateTimestamp>> ParseSctList(std::string_view bytes);
// `scts` must not be empty, and come to less than 64 KiB.
std::string EncodeSctList(std::span<const SignedCertificateTimestamp> scts);

// What a log signs a promise about.
struct Entry {
  enum class Type : uint16_t { kCertificate = 0, kPrecertificate = 1 };

  static Entry Certificate(std::string_view der);
  // `tbs_der` without poison and SCT list (libs/ct/precertificate.h).
  static Entry Precertificate(const crypto::PublicKey& issuer, std::string_view tbs_der);

  Type type = Type::kCertificate;
  std::string issuer_key_hash;  // SHA-256 of the issuer's key; for a precertificate only
  std::string body;             // the certificate or the TBSCertificate; below 2^24 octets
};

// The octets that an SCT's signature is over (RFC 6962 section 3.2).
std::string SignedOctets(uint64_t timestamp, const Entry& entry, std::string_view extensions);
// The MerkleTreeLeaf (RFC 6962 section 3.4) whose hash is in the log's tree.
std::string MerkleTreeLeaf(uint64_t timestamp, const Entry& entry, std::string_view extensions);

// Whether the log with this key promised to publish this very entry: log id, and
// signature, with the extensions as they are (CT-12, CT-13). kIncorrectResponse if
// not. Does not look at the time.
absl::Status VerifySct(const SignedCertificateTimestamp& sct, const crypto::PublicKey& log_key,
                       const Entry& entry);

// Whether the SCT was made in the last `max_age` before `now`, but for the time
// by which clocks may differ. A client refuses an SCT from its future (CT-12).
// kIncorrectResponse if not.
absl::Status CheckSctTime(const SignedCertificateTimestamp& sct, absl::Time now,
                          absl::Duration max_age);

}  // namespace cairn::ct
