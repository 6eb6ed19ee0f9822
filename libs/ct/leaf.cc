#include "libs/ct/leaf.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/ct/tls.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

constexpr size_t kHashSize = 32;

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// TimestampedEntry (RFC 6962 section 3.4).
absl::StatusOr<Leaf> ReadTimestampedEntry(TlsReader& reader) {
  Leaf leaf;
  ASSIGN_OR_RETURN(leaf.timestamp, reader.ReadNumber(8));
  ASSIGN_OR_RETURN(const uint64_t type, reader.ReadNumber(2));
  if (type > 1) return Malformed("an entry is of an unknown type");
  leaf.entry.type = static_cast<Entry::Type>(type);
  if (leaf.entry.type == Entry::Type::kPrecertificate) {
    ASSIGN_OR_RETURN(const std::string_view hash, reader.ReadFixed(kHashSize));
    leaf.entry.issuer_key_hash = std::string(hash);
  }
  ASSIGN_OR_RETURN(const std::string_view body, reader.ReadVector(3));
  ASSIGN_OR_RETURN(const std::string_view extensions, reader.ReadVector(2));
  leaf.entry.body = std::string(body);
  leaf.extensions = std::string(extensions);
  if (leaf.entry.type == Entry::Type::kCertificate) leaf.certificate = leaf.entry.body;
  return leaf;
}

}  // namespace

absl::StatusOr<Leaf> Leaf::FromRfc6962(std::string_view leaf_input, std::string_view extra_data) {
  TlsReader reader(leaf_input);
  ASSIGN_OR_RETURN(const uint64_t version_and_type, reader.ReadNumber(2));
  if (version_and_type != 0) return Malformed("a leaf is not of version 1");
  ASSIGN_OR_RETURN(Leaf leaf, ReadTimestampedEntry(reader));
  RETURN_IF_ERROR(reader.Finish());
  TlsReader extra(extra_data);
  if (leaf.entry.type == Entry::Type::kPrecertificate) {
    ASSIGN_OR_RETURN(const std::string_view certificate, extra.ReadVector(3));
    leaf.certificate = std::string(certificate);
  }
  RETURN_IF_ERROR(extra.ReadVector(3).status());  // the chain
  RETURN_IF_ERROR(extra.Finish());
  return leaf;
}

absl::StatusOr<std::vector<Leaf>> Leaf::FromDataTile(std::string_view tile) {
  std::vector<Leaf> leaves;
  TlsReader reader(tile);
  while (!reader.AtEnd()) {
    ASSIGN_OR_RETURN(Leaf leaf, ReadTimestampedEntry(reader));
    if (leaf.entry.type == Entry::Type::kPrecertificate) {
      ASSIGN_OR_RETURN(const std::string_view certificate, reader.ReadVector(3));
      leaf.certificate = std::string(certificate);
    }
    ASSIGN_OR_RETURN(const std::string_view fingerprints, reader.ReadVector(2));
    if (fingerprints.size() % kHashSize != 0) return Malformed("a fingerprint is cut short");
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

}  // namespace cairn::ct
