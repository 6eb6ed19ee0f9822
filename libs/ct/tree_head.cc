#include "libs/ct/tree_head.h"

#include <charconv>
#include <optional>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/tls.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

constexpr uint64_t kV1 = 0;
constexpr uint64_t kTreeHash = 1;  // SignatureType (RFC 6962 section 3.2)
constexpr size_t kHashSize = 32;
constexpr size_t kKeyIdSize = 4;
// A checkpoint has one short line for each of its few signatures.
constexpr size_t kMaxNote = 64 * 1024;
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // an em dash and a space

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// The first octets of a signature line: which key of which name signed
// (static-ct-api: SHA-256(name || 0x0A || 0x05 || log id)).
std::string KeyId(std::string_view origin, const crypto::PublicKey& key) {
  return crypto::Sha256(base::Cat(origin, "\n\x05", LogIdOf(key))).substr(0, kKeyIdSize);
}

// Up to the next line feed, which must be there.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// Decimal without leading zeros.
std::optional<uint64_t> SizeFromText(std::string_view text) {
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return size;
}

// RFC6962NoteSignature: the time of the head, and the signature over it.
absl::Status ReadNoteSignature(std::string_view octets, TreeHead& head) {
  TlsReader reader(octets);
  ASSIGN_OR_RETURN(head.timestamp, reader.ReadNumber(8));
  if (head.timestamp >> 63 != 0) return Malformed("the time of a checkpoint is out of range");
  ASSIGN_OR_RETURN(head.signature, DigitallySigned::Read(reader));
  return reader.Finish();
}

}  // namespace

std::string SignedOctets(const TreeHead& head) {
  return TlsNumber(kV1, 1)
      .append(TlsNumber(kTreeHash, 1))
      .append(TlsNumber(head.timestamp, 8))
      .append(TlsNumber(head.size, 8))
      .append(head.root);
}

absl::Status VerifyTreeHead(const TreeHead& head, const crypto::PublicKey& log_key) {
  if (head.root.size() != kHashSize || !head.signature.Verify(log_key, SignedOctets(head))) {
    return errors::Make(errors::Reason::kIncorrectResponse,
                        "the signature of the tree head is not the log's");
  }
  return absl::OkStatus();
}

absl::StatusOr<TreeHead> ReadCheckpoint(std::string_view note, std::string_view origin,
                                        const crypto::PublicKey& log_key) {
  if (note.size() > kMaxNote || !base::IsUtf8(note)) return Malformed("it is no checkpoint");
  // The last empty line stands between the text and its signatures.
  const size_t gap = note.rfind("\n\n");
  if (gap == note.npos) return Malformed("a checkpoint has no signatures");
  std::string_view text = note.substr(0, gap + 1);
  std::string_view signatures = note.substr(gap + 2);

  const std::optional<std::string_view> name = TakeLine(text);
  const std::optional<std::string_view> size_line = TakeLine(text);
  const std::optional<std::string_view> root_line = TakeLine(text);
  if (!root_line.has_value()) return Malformed("a checkpoint has fewer than three lines");
  if (*name != origin) {
    return errors::Make(errors::Reason::kIncorrectResponse, "the checkpoint is of another log");
  }
  TreeHead head;
  const std::optional<uint64_t> size = SizeFromText(*size_line);
  std::optional<std::string> root = base::FromBase64(*root_line);
  if (!size.has_value() || !root.has_value() || root->size() != kHashSize) {
    return Malformed("the size or the root of a checkpoint is malformed");
  }
  // An RFC 6962 signature covers size and root alone, so nothing more may be said.
  if (!text.empty()) return Malformed("a checkpoint of a static-ct log has an extension line");
  head.size = *size;
  head.root = *std::move(root);

  const std::string prefix = base::Cat(kDash, origin, " ");
  const std::string key_id = KeyId(origin, log_key);
  bool signed_by_log = false;
  while (!signatures.empty()) {
    const std::optional<std::string_view> line = TakeLine(signatures);
    if (!line.has_value() || !line->starts_with(kDash)) {
      return Malformed("a line of a checkpoint's signatures is malformed");
    }
    if (!line->starts_with(prefix)) continue;
    const std::optional<std::string> octets = base::FromBase64(line->substr(prefix.size()));
    if (!octets.has_value()) return Malformed("a signature of a checkpoint is not base64");
    if (!octets->starts_with(key_id)) continue;
    if (signed_by_log) return Malformed("a checkpoint has two signatures of the log");
    RETURN_IF_ERROR(ReadNoteSignature(std::string_view(*octets).substr(kKeyIdSize), head));
    RETURN_IF_ERROR(VerifyTreeHead(head, log_key));
    signed_by_log = true;
  }
  if (signed_by_log) return head;
  return errors::Make(errors::Reason::kIncorrectResponse,
                      "the checkpoint has no signature of the log");
}

std::string ComposeCheckpoint(const TreeHead& head, std::string_view origin,
                              const crypto::PublicKey& log_key) {
  const std::string signature =
      base::Cat(KeyId(origin, log_key), TlsNumber(head.timestamp, 8), head.signature.Encode());
  return base::Cat(origin, "\n", head.size, "\n", base::ToBase64(head.root), "\n\n", kDash, origin,
                   " ", base::ToBase64(signature), "\n");
}

}  // namespace cairn::ct
