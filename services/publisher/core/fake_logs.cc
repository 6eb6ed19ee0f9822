#include "services/publisher/core/fake_logs.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/tiles.h"
#include "libs/ct/tls.h"
#include "libs/ct/tree_head.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"

namespace cairn::publisher {
namespace {

http::ApiResponse Ok(std::string body) { return {.status = 200, .body = std::move(body)}; }

std::string SctJson(const ct::SignedCertificateTimestamp& sct) {
  return base::Cat("{\"sct_version\":0,\"id\":\"", base::ToBase64(sct.log_id),
                   "\",\"timestamp\":", sct.timestamp, ",\"extensions\":\"",
                   base::ToBase64(sct.extensions), "\",\"signature\":\"",
                   base::ToBase64(sct.signature.Encode()), "\"}");
}

ct::Entry EntryOf(const std::string& body, bool precertificate) {
  const auto json = acme::Json::Parse(body).value();
  const auto& chain = json.Find("chain")->items();
  const std::string der = base::FromBase64(chain.at(0).string()).value();
  if (!precertificate) return ct::Entry::Certificate(der);
  const auto leaf = x509::Certificate::Parse(der).value();
  const auto issuer =
      x509::Certificate::Parse(base::FromBase64(chain.at(1).string()).value()).value();
  return ct::Entry::Precertificate(issuer.public_key(), ct::RemovePoison(leaf.tbs_der()).value());
}

}  // namespace

ct::Log& FakeLogs::Add(const std::string& name, const std::string& operator_name,
                       ct::LogKind kind) {
  testing::TestLog key;
  ct::Log listed = key.Listed(name, operator_name, kind);
  logs_.push_back(std::make_unique<State>(State{std::move(listed), std::move(key)}));
  return logs_.back()->listed;
}

void FakeLogs::Set(const std::string& name, Behaviour behaviour) {
  std::lock_guard lock(mutex_);
  for (const auto& log : logs_) {
    if (log->listed.description == name) log->behaviour = behaviour;
  }
}

void FakeLogs::OnAsked(const std::string& name, std::function<void()> action) {
  std::lock_guard lock(mutex_);
  for (const auto& log : logs_) {
    if (log->listed.description == name) log->on_asked = action;
  }
}

bool FakeLogs::WaitForRelease(const http::ApiRequest& request) const {
  pollfd wait[] = {{.fd = request.cancellation->fd(), .events = POLLIN},
                   {.fd = release_.fd(), .events = POLLIN}};
  while (poll(wait, 2, -1) <= 0) continue;
  return wait[0].revents == 0;
}

std::string FakeLogs::json() const {
  std::vector<ct::Log> listed;
  for (const auto& log : logs_) listed.push_back(log->listed);
  return testing::ListJson(listed, "1.0", clock_.Now());
}

std::shared_ptr<const ct::LogList> FakeLogs::list() const {
  return std::make_shared<const ct::LogList>(ct::LogList::Parse(json()).value());
}

absl::StatusOr<http::ApiResponse> FakeLogs::Send(const base::Call&,
                                                 const http::ApiRequest& request) {
  std::unique_lock lock(mutex_);
  requests_.push_back(request);
  for (const auto& log : logs_) {
    if (!request.url.starts_with(log->listed.submission_url)) continue;
    const std::string path = request.url.substr(log->listed.submission_url.size());
    const bool submission = path.starts_with("ct/v1/add-");
    if (submission) {
      ++log->asked;
      log->on_asked();
    }
    if (log->behaviour == Behaviour::kHeld) {
      lock.unlock();
      const bool released = WaitForRelease(request);
      lock.lock();
      if (!released) return errors::Make(errors::Reason::kConnection, "cancelled");
    }
    switch (log->behaviour) {
      case Behaviour::kDown:
        return errors::Make(errors::Reason::kConnection, "connection refused");
      case Behaviour::kSilent: {
        if (request.cancellation == nullptr) {
          return errors::Make(errors::Reason::kConnection, "timed out");
        }
        lock.unlock();
        pollfd wait{.fd = request.cancellation->fd(), .events = POLLIN};
        while (poll(&wait, 1, -1) <= 0) continue;
        lock.lock();
        ++log->cancelled;
        return errors::Make(errors::Reason::kConnection, "cancelled");
      }
      case Behaviour::kFull:
        return http::ApiResponse{.status = 503, .retry_after = absl::Seconds(60)};
      case Behaviour::kFullLong:
        return http::ApiResponse{.status = 503, .retry_after = absl::Hours(1)};
      case Behaviour::kRetired:
        return http::ApiResponse{.status = 403};
      case Behaviour::kGarbage:
        return Ok("<html>");
      default:
        break;
    }
    if (submission) return AddChain(*log, request.body, path == "ct/v1/add-pre-chain");
    if (path == "ct/v1/get-sth" || path == "checkpoint") return Head(*log);
    if (path.starts_with("ct/v1/get-proof-by-hash")) return Proof(*log, path);
    if (path.starts_with("ct/v1/get-entries")) return Entries(*log, path);
    return TileOf(*log, path);
  }
  return errors::Make(errors::Reason::kConnection, "no such host");
}

http::ApiResponse FakeLogs::AddChain(State& log, const std::string& body, bool precertificate) {
  ct::Entry entry = EntryOf(body, precertificate);
  absl::Time time = clock_.Now();
  if (log.behaviour == Behaviour::kOther) entry.body += "x";
  if (log.behaviour == Behaviour::kFuture) time += absl::Hours(24);
  if (log.behaviour == Behaviour::kAncient) time -= absl::Hours(7 * 24);
  const bool indexed =
      log.listed.kind == ct::LogKind::kStatic && log.behaviour != Behaviour::kNoIndex;
  auto sct = log.key.Promise(entry, time,
                             indexed ? ct::LeafIndexExtensions(log.tree.size()) : std::string());
  if (log.behaviour == Behaviour::kOtherLog) sct.log_id.back() ^= 1;
  if (log.behaviour == Behaviour::kForged) sct.signature.signature.back() ^= 1;
  if (log.behaviour != Behaviour::kDrop) {
    const std::string leaf = ct::LeafHash(ct::MerkleTreeLeaf(sct.timestamp, entry, sct.extensions));
    log.places[leaf] = log.tree.size();
    log.tree.Append(leaf);
    const auto json = acme::Json::Parse(body).value();
    const std::string certificate =
        base::FromBase64(json.Find("chain")->items().at(0).string()).value();
    const std::string input = ct::MerkleTreeLeaf(sct.timestamp, entry, sct.extensions);
    const std::string head = precertificate ? ct::TlsVector(certificate, 3) : "";
    // Without the chain, which nobody here looks at.
    log.entries.push_back(
        {input, head + ct::TlsVector("", 3), input.substr(2) + head + ct::TlsVector("", 2)});
  }
  return Ok(SctJson(sct));
}

http::ApiResponse FakeLogs::Head(State& log) {
  ct::TreeHead head{.timestamp = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now())),
                    .size = log.tree.size(),
                    .root = ct::RootHash(log.tree.size(), log.tree.nodes()).value()};
  head.signature = log.key.Sign(ct::SignedOctets(head));
  if (log.behaviour == Behaviour::kWrongHead) ++head.size;
  if (log.listed.kind == ct::LogKind::kStatic) {
    return Ok(ct::ComposeCheckpoint(head, log.listed.Origin(), log.key.key()));
  }
  return Ok(base::Cat("{\"tree_size\":", head.size, ",\"timestamp\":", head.timestamp,
                      ",\"sha256_root_hash\":\"", base::ToBase64(head.root),
                      "\",\"tree_head_signature\":\"", base::ToBase64(head.signature.Encode()),
                      "\"}"));
}

http::ApiResponse FakeLogs::Proof(State& log, const std::string& url) {
  std::string hash = url.substr(url.find("hash=") + 5);
  hash = hash.substr(0, hash.find('&'));
  for (const auto& [from, to] : {std::pair{"%2B", "+"}, {"%2F", "/"}, {"%3D", "="}}) {
    for (size_t at; (at = hash.find(from)) != hash.npos;) hash.replace(at, 3, to);
  }
  const auto found = log.places.find(base::FromBase64(hash).value());
  if (found == log.places.end()) return {.status = 400};
  std::string path;
  const auto nodes = ct::InclusionProof(found->second, log.tree.size(), log.tree.nodes()).value();
  for (std::string node : nodes) {
    if (log.behaviour == Behaviour::kWrongProof) node[0] ^= 1;
    path += base::Cat(path.empty() ? "\"" : ",\"", base::ToBase64(node), "\"");
  }
  return Ok(base::Cat("{\"leaf_index\":", found->second, ",\"audit_path\":[", path, "]}"));
}

// At most two entries at once, as logs may.
http::ApiResponse FakeLogs::Entries(State& log, const std::string& url) {
  const uint64_t begin = std::stoull(url.substr(url.find("start=") + 6));
  std::string list;
  for (uint64_t i = begin; i < std::min<uint64_t>(begin + 2, log.entries.size()); ++i) {
    list +=
        base::Cat(list.empty() ? "" : ",", "{\"leaf_input\":\"", base::ToBase64(log.entries[i][0]),
                  "\",\"extra_data\":\"", base::ToBase64(log.entries[i][1]), "\"}");
  }
  return Ok("{\"entries\":[" + list + "]}");
}

http::ApiResponse FakeLogs::TileOf(State& log, const std::string& path) {
  // Trees of tests have one tile.
  INVARIANT(log.tree.size() < ct::Tile::kFullWidth, "tests submit a few entries");
  const std::string name = ct::Tile{.width = log.tree.size()}.Path();
  if (path == "tile/data/" + name.substr(7)) {
    std::string leaves;
    for (const auto& entry : log.entries) leaves += entry[2];
    return Ok(leaves);
  }
  if (path != name) return {.status = 404};
  std::string octets;
  for (uint64_t i = 0; i < log.tree.size(); ++i) octets += log.tree.nodes()(0, i).value();
  if (log.behaviour == Behaviour::kWrongProof) octets[0] ^= 1;
  return Ok(octets);
}

int FakeLogs::asked(const std::string& name) const {
  std::lock_guard lock(mutex_);
  int count = 0;
  for (const auto& log : logs_) count += log->listed.description == name ? log->asked : 0;
  return count;
}

int FakeLogs::cancelled(const std::string& name) const {
  std::lock_guard lock(mutex_);
  int count = 0;
  for (const auto& log : logs_) count += log->listed.description == name ? log->cancelled : 0;
  return count;
}

std::vector<http::ApiRequest> FakeLogs::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

}  // namespace cairn::publisher
