#include "services/publisher/core/log_client.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::publisher {
namespace {

using acme::Json;
using errors::Reason;

// An SCT has about 120 octets, a tree head likewise, a proof up to 64 hashes.
constexpr size_t kAnswerLimit = 16 * 1024;
constexpr size_t kTileLimit = ct::Tile::kFullWidth * 32;
constexpr size_t kHashSize = 32;
constexpr size_t kMaxPath = 64;
// 256 entries of 64 KiB each, as base64.
constexpr uint64_t kMaxEntries = ct::Tile::kFullWidth;
constexpr size_t kEntriesLimit = 24 * 1024 * 1024;

absl::Status Incorrect(std::string_view detail) {
  return errors::Make(Reason::kIncorrectResponse, detail);
}

std::string ChainJson(const Chain& chain) {
  std::string json = "{\"chain\":[";
  for (size_t i = 0; i < chain.certificates.size(); ++i) {
    if (i > 0) json += ',';
    json += base::Cat("\"", base::ToBase64(chain.certificates[i].der()), "\"");
  }
  return json + "]}";
}

// Base64 in JSON may have "/" and "+", which a query may not.
std::string QueryBase64(std::string_view octets) {
  std::string out;
  for (const char c : base::ToBase64(octets)) {
    switch (c) {
      case '+':
        out += "%2B";
        break;
      case '/':
        out += "%2F";
        break;
      case '=':
        out += "%3D";
        break;
      default:
        out += c;
    }
  }
  return out;
}

absl::StatusOr<Json> ParseAnswer(std::string_view body) {
  auto json = Json::Parse(body, {.size = kAnswerLimit, .depth = 4, .values = 256});
  if (!json.ok() || !json->is_object()) return Incorrect("the log's answer is no JSON object");
  return json;
}

absl::StatusOr<std::string> ReadOctets(const Json& json, std::string_view name) {
  std::optional<std::string> octets;
  if (const auto text = json.GetString(name)) octets = base::FromBase64(*text);
  if (!octets.has_value()) return Incorrect(base::Cat(name, " is not base64"));
  return *std::move(octets);
}

absl::StatusOr<uint64_t> ReadNumber(const Json& json, std::string_view name) {
  const std::optional<int64_t> number = json.GetInteger(name);
  if (!number.has_value() || *number < 0) return Incorrect(base::Cat(name, " is not a number"));
  return static_cast<uint64_t>(*number);
}

absl::StatusOr<ct::DigitallySigned> ReadSignature(const Json& json, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string octets, ReadOctets(json, name));
  ct::TlsReader reader(octets);
  auto signature = ct::DigitallySigned::Read(reader);
  if (!signature.ok() || !reader.AtEnd()) return Incorrect(base::Cat(name, " is malformed"));
  return signature;
}

}  // namespace

absl::StatusOr<std::string> LogClient::Send(const base::Call& call,
                                            http::ApiRequest request) const {
  if (!allow_http_ && !request.url.starts_with("https://")) {
    return errors::Make(Reason::kMalformed, "the log has no HTTPS URL, and HTTP isn't allowed");
  }
  // A log that gets a chain twice may answer with the same SCT (RFC 6962 section 3) or
  // make another: neither does harm. All else only reads.
  request.repeatable = true;
  auto response = api_.Send(call, request);
  if (!response.ok()) {
    const absl::Status& status = response.status();
    return errors::Make(Reason::kUnavailable,
                        std::string_view(status.message().data(), status.message().size()));
  }
  if (response->status == 200) return std::move(response->body);
  const std::string detail = base::Cat("the log answers with HTTP status ", response->status);
  const bool busy = response->status == 429 || response->status >= 500;
  // A log that refuses may say when to come back, too.
  return errors::Make(busy ? Reason::kUnavailable : Reason::kRejectedIdentifier, detail,
                      response->retry_after);
}

absl::StatusOr<ct::SignedCertificateTimestamp> LogClient::Submit(
    const base::Call& call, const ct::Log& log, ct::Entry::Type type, const Chain& chain,
    const http::Cancellation* cancellation) const {
  const bool precertificate = type == ct::Entry::Type::kPrecertificate;
  ASSIGN_OR_RETURN(
      const std::string body,
      Send(call, {.method = "POST",
                  .url = base::Cat(log.submission_url,
                                   precertificate ? "ct/v1/add-pre-chain" : "ct/v1/add-chain"),
                  .content_type = "application/json",
                  .body = ChainJson(chain),
                  .body_limit = kAnswerLimit,
                  .cancellation = cancellation}));
  ASSIGN_OR_RETURN(const Json json, ParseAnswer(body));
  if (json.GetInteger("sct_version") != 0) return Incorrect("the SCT is not of version 1");
  ct::SignedCertificateTimestamp sct;
  ASSIGN_OR_RETURN(sct.log_id, ReadOctets(json, "id"));
  ASSIGN_OR_RETURN(sct.timestamp, ReadNumber(json, "timestamp"));
  ASSIGN_OR_RETURN(sct.extensions, ReadOctets(json, "extensions"));
  ASSIGN_OR_RETURN(sct.signature, ReadSignature(json, "signature"));
  if (sct.log_id.size() != kHashSize) return Incorrect("id is no log id");
  return sct;
}

absl::StatusOr<ct::TreeHead> LogClient::GetTreeHead(const base::Call& call,
                                                    const ct::Log& log) const {
  if (log.kind == ct::LogKind::kStatic) {
    ASSIGN_OR_RETURN(const std::string note,
                     Send(call, {.url = base::Cat(log.monitoring_url, "checkpoint"),
                                 .body_limit = kAnswerLimit}));
    auto head = ct::ReadCheckpoint(note, log.Origin(), log.key);
    if (!head.ok()) return Incorrect("the checkpoint is malformed, or not the log's");
    return head;
  }
  ASSIGN_OR_RETURN(const std::string body,
                   Send(call, {.url = base::Cat(log.monitoring_url, "ct/v1/get-sth"),
                               .body_limit = kAnswerLimit}));
  ASSIGN_OR_RETURN(const Json json, ParseAnswer(body));
  ct::TreeHead head;
  ASSIGN_OR_RETURN(head.size, ReadNumber(json, "tree_size"));
  ASSIGN_OR_RETURN(head.timestamp, ReadNumber(json, "timestamp"));
  ASSIGN_OR_RETURN(head.root, ReadOctets(json, "sha256_root_hash"));
  ASSIGN_OR_RETURN(head.signature, ReadSignature(json, "tree_head_signature"));
  RETURN_IF_ERROR(ct::VerifyTreeHead(head, log.key));
  return head;
}

absl::StatusOr<LogClient::Proof> LogClient::GetProof(const base::Call& call, const ct::Log& log,
                                                     std::string_view leaf_hash,
                                                     uint64_t tree_size) const {
  ASSIGN_OR_RETURN(const std::string body,
                   Send(call, {.url = base::Cat(log.monitoring_url, "ct/v1/get-proof-by-hash?hash=",
                                                QueryBase64(leaf_hash), "&tree_size=", tree_size),
                               .body_limit = kAnswerLimit}));
  ASSIGN_OR_RETURN(const Json json, ParseAnswer(body));
  Proof proof;
  ASSIGN_OR_RETURN(proof.leaf_index, ReadNumber(json, "leaf_index"));
  const Json* path = json.Find("audit_path");
  if (path == nullptr || !path->is_array() || path->items().size() > kMaxPath) {
    return Incorrect("audit_path is no list of hashes");
  }
  for (const Json& item : path->items()) {
    std::optional<std::string> hash = base::FromBase64(item.string());
    if (!hash.has_value() || hash->size() != kHashSize) return Incorrect("a hash is malformed");
    proof.path.push_back(*std::move(hash));
  }
  return proof;
}

absl::StatusOr<std::string> LogClient::GetTile(const base::Call& call, const ct::Log& log,
                                               const ct::Tile& tile) const {
  return Send(call, {.url = base::Cat(log.monitoring_url, tile.Path()), .body_limit = kTileLimit});
}

absl::StatusOr<std::vector<ct::Leaf>> LogClient::GetEntries(const base::Call& call,
                                                            const ct::Log& log, uint64_t begin,
                                                            uint64_t tree_size) const {
  if (log.kind == ct::LogKind::kStatic) return GetDataTile(call, log, begin, tree_size);
  const uint64_t end = std::min(tree_size, begin + kMaxEntries);
  ASSIGN_OR_RETURN(const std::string body,
                   Send(call, {.url = base::Cat(log.monitoring_url, "ct/v1/get-entries?start=",
                                                begin, "&end=", end - 1),
                               .body_limit = kEntriesLimit}));
  const auto json = Json::Parse(body, {.size = kEntriesLimit, .depth = 4, .values = 4096});
  const Json* entries = json.ok() ? json->Find("entries") : nullptr;
  if (entries == nullptr || !entries->is_array() || entries->items().empty() ||
      entries->items().size() > end - begin) {
    return Incorrect("get-entries gives no list of entries");
  }
  std::vector<ct::Leaf> leaves;
  for (const Json& item : entries->items()) {
    ASSIGN_OR_RETURN(const std::string leaf_input, ReadOctets(item, "leaf_input"));
    ASSIGN_OR_RETURN(const std::string extra_data, ReadOctets(item, "extra_data"));
    auto leaf = ct::Leaf::FromRfc6962(leaf_input, extra_data);
    if (!leaf.ok()) return Incorrect("an entry is malformed");
    leaves.push_back(*std::move(leaf));
  }
  return leaves;
}

absl::StatusOr<std::vector<ct::Leaf>> LogClient::GetDataTile(const base::Call& call,
                                                             const ct::Log& log, uint64_t begin,
                                                             uint64_t tree_size) const {
  const uint64_t index = begin / ct::Tile::kFullWidth;
  const uint64_t first = index * ct::Tile::kFullWidth;
  const ct::Tile tile{.index = index, .width = std::min(ct::Tile::kFullWidth, tree_size - first)};
  // "tile/data/..." in place of "tile/0/..."
  const std::string name = tile.Path().substr(std::string_view("tile/0/").size());
  ASSIGN_OR_RETURN(const std::string octets,
                   Send(call, {.url = base::Cat(log.monitoring_url, "tile/data/", name),
                               .body_limit = kEntriesLimit}));
  auto leaves = ct::Leaf::FromDataTile(octets);
  if (!leaves.ok() || leaves->size() != tile.width) return Incorrect("a data tile is malformed");
  leaves->erase(leaves->begin(), leaves->begin() + static_cast<std::ptrdiff_t>(begin - first));
  return leaves;
}

}  // namespace cairn::publisher
