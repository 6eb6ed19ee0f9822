#include "tests/harness/ct_log/log_server.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/tls.h"

namespace cairn::ct_log {
namespace {

using http::Response;

// Requests that may wait at once: slow logs hold a thread each.
constexpr size_t kThreads = 64;
constexpr size_t kQueue = 1024;
constexpr uint64_t kMaxEntries = 256;

Response Json(std::string body) {
  return {.content_type = "application/json", .headers = {}, .body = std::move(body)};
}
Response Octets(std::string body) {
  return {.content_type = "application/octet-stream", .headers = {}, .body = std::move(body)};
}
Response Fail(int status, std::string_view why) {
  return {
      .status = status, .content_type = "text/plain", .headers = {}, .body = base::Cat(why, "\n")};
}

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The value of a query's parameter, percent-decoded as far as base64 needs it.
std::string Parameter(std::string_view target, std::string_view name) {
  const size_t mark = target.find('?');
  if (mark == target.npos) return "";
  std::string_view query = target.substr(mark + 1);
  const std::string key = base::Cat(name, "=");
  while (!query.empty()) {
    const size_t end = query.find('&');
    std::string_view part = query.substr(0, end);
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
    if (!part.starts_with(key)) continue;
    std::string value;
    for (part.remove_prefix(key.size()); !part.empty(); part.remove_prefix(1)) {
      if (part.starts_with("%2B") || part.starts_with("%2F") || part.starts_with("%3D")) {
        value += part[2] == 'B' ? '+' : part[2] == 'F' ? '/' : '=';
        part.remove_prefix(2);
      } else {
        value += part[0];
      }
    }
    return value;
  }
  return "";
}

std::string Quoted(std::string_view octets) {
  return base::Cat("\"", base::ToBase64(octets), "\"");
}

Response AddChain(LogDouble& log, const std::string& body, ct::Entry::Type type) {
  const auto json = acme::Json::Parse(body, {.size = 1 << 20});
  const acme::Json* items = json.ok() ? json->Find("chain") : nullptr;
  if (items == nullptr || !items->is_array()) return Fail(400, "no chain");
  std::vector<std::string> chain;
  for (const acme::Json& item : items->items()) {
    const auto der = base::FromBase64(item.string());
    if (!der.has_value()) return Fail(400, "not base64");
    chain.push_back(*der);
  }
  const auto sct = log.Add(chain, type);
  if (!sct.ok()) return Fail(400, std::string(sct.status().message()));
  return Json(base::Cat("{\"sct_version\":0,\"id\":", Quoted(sct->log_id), ",\"timestamp\":",
                        sct->timestamp, ",\"extensions\":", Quoted(sct->extensions),
                        ",\"signature\":", Quoted(sct->signature.Encode()), "}"));
}

Response GetSth(const LogDouble& log) {
  const ct::TreeHead head = log.Head();
  return Json(base::Cat("{\"tree_size\":", head.size, ",\"timestamp\":", head.timestamp,
                        ",\"sha256_root_hash\":", Quoted(head.root),
                        ",\"tree_head_signature\":", Quoted(head.signature.Encode()), "}"));
}

Response GetProof(const LogDouble& log, std::string_view target) {
  const auto hash = base::FromBase64(Parameter(target, "hash"));
  const auto size = Number(Parameter(target, "tree_size"));
  if (!hash.has_value() || !size.has_value()) return Fail(400, "no hash or no tree_size");
  const auto proof = log.Prove(*hash, *size);
  if (!proof.ok()) return Fail(400, std::string(proof.status().message()));
  std::string path;
  for (const std::string& node : proof->path) path += (path.empty() ? "" : ",") + Quoted(node);
  return Json(base::Cat("{\"leaf_index\":", proof->index, ",\"audit_path\":[", path, "]}"));
}

Response GetEntries(const LogDouble& log, std::string_view target) {
  const auto begin = Number(Parameter(target, "start"));
  const auto end = Number(Parameter(target, "end"));
  if (!begin.has_value() || !end.has_value() || *begin > *end) return Fail(400, "no such range");
  std::string list;
  for (const auto& entry : log.Entries(*begin, std::min(*end, *begin + kMaxEntries - 1))) {
    list += base::Cat(list.empty() ? "" : ",", "{\"leaf_input\":", Quoted(entry.leaf),
                      ",\"extra_data\":", Quoted(entry.extra_data), "}");
  }
  if (list.empty()) return Fail(400, "no such entries");
  return Json(base::Cat("{\"entries\":[", list, "]}"));
}

Response GetRoots(const LogDouble& log) {
  std::string list;
  for (const std::string& root : log.roots()) list += (list.empty() ? "" : ",") + Quoted(root);
  return Json(base::Cat("{\"certificates\":[", list, "]}"));
}

// TileLeaf (static-ct-api, "Log Entries").
std::string TileLeaf(const LogDouble::Stored& entry) {
  // A MerkleTreeLeaf is two octets and the TimestampedEntry.
  std::string out = entry.leaf.substr(2);
  // entry_type stands after the timestamp: 1 is a precertificate.
  if (out[9] == 1) out += ct::TlsVector(entry.chain[0], 3);
  std::string fingerprints;
  for (size_t i = 1; i < entry.chain.size(); ++i) fingerprints += crypto::Sha256(entry.chain[i]);
  return out + ct::TlsVector(fingerprints, 2);
}

// "x001/x234/067", with the width that ".p/12" says.
std::optional<ct::Tile> TileFromName(std::string_view name, int level) {
  ct::Tile tile{.level = level};
  if (const size_t part = name.find(".p/"); part != name.npos) {
    const auto width = Number(name.substr(part + 3));
    if (!width.has_value() || *width < 1 || *width >= ct::Tile::kFullWidth) return std::nullopt;
    tile.width = *width;
    name = name.substr(0, part);
  }
  std::string digits;
  for (const char c : name) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const auto index = Number(digits);
  if (!index.has_value()) return std::nullopt;
  tile.index = *index;
  return tile;
}

Response GetTile(const LogDouble& log, std::string_view path) {
  const size_t slash = path.find('/');
  if (slash == path.npos) return Fail(404, "no such tile");
  const std::string_view level = path.substr(0, slash);
  const bool data = level == "data";
  const auto number = data ? std::optional<uint64_t>(0) : Number(level);
  if (!number.has_value() || *number > 5) return Fail(404, "no such tile");
  const auto tile = TileFromName(path.substr(slash + 1), static_cast<int>(*number));
  if (!tile.has_value()) return Fail(404, "no such tile");
  if (!data) {
    auto octets = log.TileOctets(*tile);
    return octets.ok() ? Octets(*std::move(octets)) : Fail(404, "no such tile");
  }
  std::string leaves;
  const uint64_t begin = tile->index * ct::Tile::kFullWidth;
  const auto entries = log.Entries(begin, begin + tile->width - 1);
  if (entries.size() != tile->width) return Fail(404, "no such tile");
  for (const auto& entry : entries) leaves += TileLeaf(entry);
  return Octets(std::move(leaves));
}

Response GetIssuer(const LogDouble& log, std::string_view fingerprint) {
  for (const auto& entry : log.Entries(0, UINT64_MAX)) {
    for (size_t i = 1; i < entry.chain.size(); ++i) {
      if (base::ToHex(crypto::Sha256(entry.chain[i])) == fingerprint) return Octets(entry.chain[i]);
    }
  }
  return Fail(404, "no such issuer");
}

}  // namespace

LogServer::LogServer(const Logs& logs, std::function<void()> on_change)
    : logs_(logs),
      on_change_(std::move(on_change)),
      pool_({.threads = kThreads, .queue = kQueue}) {}

LogDouble* LogServer::Find(std::string_view name) const {
  for (const auto& log : logs_) {
    if (log->listed().description == name) return log.get();
  }
  return nullptr;
}

void LogServer::Handle(http::Request request, std::function<void(Response)> reply) {
  const std::string_view target = request.target;
  if (target.starts_with("/admin/")) {
    reply(request.method == "POST" ? Admin(target.substr(7)) : Fail(405, "POST only"));
    return;
  }
  const size_t slash = target.find('/', 1);
  LogDouble* log = slash == target.npos ? nullptr : Find(target.substr(1, slash - 1));
  if (log == nullptr) {
    reply(Fail(404, "no such log"));
    return;
  }
  switch (log->mode()) {
    case Mode::kDead:
      return;  // the client gives up, or the server's own limit comes
    case Mode::kRetired:
      reply(Fail(403, "this log is retired"));
      return;
    case Mode::kFull:
      reply({.status = 503,
             .content_type = "text/plain",
             .headers = {{"Retry-After", base::Cat(absl::ToInt64Seconds(
                                             absl::Ceil(log->delay(), absl::Seconds(1))))}},
             .body = "full\n"});
      return;
    default:
      break;
  }
  const bool queued = pool_.TryRun([this, log, slash, request = std::move(request), reply] {
    if (log->mode() == Mode::kSlow) {
      std::this_thread::sleep_for(absl::ToChronoNanoseconds(log->delay()));
    }
    reply(Answer(*log, request, std::string_view(request.target).substr(slash + 1)));
  });
  if (!queued) reply(Fail(503, "too many requests"));
}

Response LogServer::Refuse(int status) { return Fail(status, "this is no request to a log"); }

Response LogServer::Answer(LogDouble& log, const http::Request& request,
                           std::string_view path) const {
  const std::string_view name = path.substr(0, path.find('?'));
  const bool post = request.method == "POST";
  if (post && name == "ct/v1/add-pre-chain") {
    return AddChain(log, request.body, ct::Entry::Type::kPrecertificate);
  }
  if (post && name == "ct/v1/add-chain") {
    return AddChain(log, request.body, ct::Entry::Type::kCertificate);
  }
  if (request.method != "GET") return Fail(405, "no such method");
  if (name == "ct/v1/get-roots") return GetRoots(log);
  if (log.listed().kind == ct::LogKind::kStatic) {
    if (name == "checkpoint") {
      return {.content_type = "text/plain; charset=utf-8",
              .headers = {},
              .body = ct::ComposeCheckpoint(log.Head(), log.listed().Origin(), log.listed().key)};
    }
    if (name.starts_with("tile/")) return GetTile(log, name.substr(5));
    if (name.starts_with("issuer/")) return GetIssuer(log, name.substr(7));
    return Fail(404, "static-ct logs have no such path");
  }
  if (name == "ct/v1/get-sth") return GetSth(log);
  if (name == "ct/v1/get-proof-by-hash") return GetProof(log, path);
  if (name == "ct/v1/get-entries") return GetEntries(log, path);
  return Fail(404, "RFC 6962 logs have no such path");
}

Response LogServer::Admin(std::string_view path) const {
  const size_t slash = path.find('/');
  LogDouble* log = slash == path.npos ? nullptr : Find(path.substr(0, slash));
  if (log == nullptr) return Fail(404, "no such log");
  std::string_view mode = path.substr(slash + 1);
  std::string_view argument;
  if (const size_t end = mode.find('/'); end != mode.npos) {
    argument = mode.substr(end + 1);
    mode = mode.substr(0, end);
  }
  if (mode == "state") {
    for (const ct::LogState state :
         {ct::LogState::kPending, ct::LogState::kQualified, ct::LogState::kUsable,
          ct::LogState::kReadOnly, ct::LogState::kRetired, ct::LogState::kRejected}) {
      if (ct::NameOf(state) != argument) continue;
      log->SetState(state);
      on_change_();
      return Json("{}");
    }
    return Fail(400, "no such state");
  }
  const auto known = ModeFromName(mode);
  const auto delay = argument.empty() ? std::optional<uint64_t>(1000) : Number(argument);
  if (!known.has_value() || !delay.has_value() || *delay > 600'000)
    return Fail(400, "no such mode");
  log->SetMode(*known, absl::Milliseconds(static_cast<int64_t>(*delay)));
  return Json("{}");
}

}  // namespace cairn::ct_log
