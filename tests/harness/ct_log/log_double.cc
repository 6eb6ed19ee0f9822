#include "tests/harness/ct_log/log_double.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/tls.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"

namespace cairn::ct_log {
namespace {

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// PrecertChainEntry, or the chain alone (RFC 6962 section 4.6).
std::string ExtraData(const std::vector<std::string>& chain, ct::Entry::Type type) {
  std::string above;
  for (size_t i = 1; i < chain.size(); ++i) above += ct::TlsVector(chain[i], 3);
  const std::string list = ct::TlsVector(above, 3);
  if (type == ct::Entry::Type::kCertificate) return list;
  return ct::TlsVector(chain[0], 3) + list;
}

std::string KeyOf(const std::vector<std::string>& chain) { return crypto::Sha256(chain[0]); }

}  // namespace

std::optional<Mode> ModeFromName(std::string_view name) {
  static const std::map<std::string_view, Mode> modes = {
      {"good", Mode::kGood},     {"slow", Mode::kSlow}, {"wrong", Mode::kWrong},
      {"forged", Mode::kForged}, {"full", Mode::kFull}, {"retired", Mode::kRetired},
      {"dead", Mode::kDead},     {"drop", Mode::kDrop}};
  const auto found = modes.find(name);
  if (found == modes.end()) return std::nullopt;
  return found->second;
}

LogDouble::LogDouble(ct::Log listed, crypto::PrivateKey key, std::vector<std::string> roots,
                     const base::Clock& clock)
    : key_(std::move(key)), roots_(std::move(roots)), clock_(clock), listed_(std::move(listed)) {}

absl::StatusOr<std::unique_ptr<LogDouble>> LogDouble::Open(ct::Log listed, crypto::PrivateKey key,
                                                           std::vector<std::string> roots,
                                                           const std::string& path,
                                                           const base::Clock& clock) {
  auto log = std::unique_ptr<LogDouble>(
      new LogDouble(std::move(listed), std::move(key), std::move(roots), clock));
  const std::string file = path + ".entries";
  std::ifstream in(file, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  ct::TlsReader reader(content);
  while (!reader.AtEnd()) {
    ASSIGN_OR_RETURN(const std::string_view record, reader.ReadVector(4));
    ct::TlsReader fields(record);
    ASSIGN_OR_RETURN(const uint64_t type, fields.ReadNumber(1));
    ASSIGN_OR_RETURN(const uint64_t timestamp, fields.ReadNumber(8));
    std::vector<std::string> chain;
    while (!fields.AtEnd()) {
      ASSIGN_OR_RETURN(const std::string_view der, fields.ReadVector(3));
      chain.emplace_back(der);
    }
    ct::Entry entry;
    const auto entry_type = static_cast<ct::Entry::Type>(type);
    RETURN_IF_ERROR(log->CheckChain(chain, entry_type, entry));
    log->Append(chain, entry_type, timestamp);
  }
  log->file_.open(file, std::ios::binary | std::ios::app);
  if (!log->file_)
    return errors::Make(errors::Reason::kInternal, base::Cat(file, ": not writable"));
  return log;
}

absl::Status LogDouble::CheckChain(const std::vector<std::string>& chain, ct::Entry::Type type,
                                   ct::Entry& entry) const {
  if (chain.size() < 2 || chain.size() > 10) return Malformed("the chain has a wrong length");
  std::vector<x509::Certificate> read;
  for (const std::string& der : chain) {
    ASSIGN_OR_RETURN(x509::Certificate certificate, x509::Certificate::Parse(der));
    read.push_back(std::move(certificate));
  }
  for (size_t i = 0; i + 1 < read.size(); ++i) {
    if (!read[i].VerifySignature(read[i + 1].public_key())) {
      return Malformed("a certificate of the chain is not signed by the next");
    }
  }
  // RFC 6962 section 4.1: the last is a root, or was issued by one.
  const bool accepted = roots_.empty() || std::any_of(roots_.begin(), roots_.end(), [&](auto& der) {
                          const auto root = x509::Certificate::Parse(der);
                          return root.ok() && (root->der() == read.back().der() ||
                                               read.back().VerifySignature(root->public_key()));
                        });
  if (!accepted) return Malformed("the chain does not end at an accepted root");
  const bool poisoned = read[0].tbs().Find(ct::kPoisonOid) != nullptr;
  if (poisoned != (type == ct::Entry::Type::kPrecertificate)) {
    return Malformed("a precertificate goes to add-pre-chain, a certificate to add-chain");
  }
  if (listed_.interval.has_value() && !listed_.interval->Contains(read[0].tbs().not_after)) {
    return Malformed("notAfter is not of this shard");
  }
  if (!poisoned) {
    entry = ct::Entry::Certificate(chain[0]);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string tbs, ct::RemovePoison(read[0].tbs_der()));
  entry = ct::Entry::Precertificate(read[1].public_key(), tbs);
  return absl::OkStatus();
}

ct::DigitallySigned LogDouble::Sign(std::string_view octets) const {
  return {.algorithm = ct::DigitallySigned::Algorithm::kEcdsa,
          .signature = key_.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, octets).value()};
}

// mutex_ is held, or nobody else knows the log yet.
void LogDouble::Append(const std::vector<std::string>& chain, ct::Entry::Type type,
                       uint64_t timestamp) {
  ct::Entry entry;
  if (!CheckChain(chain, type, entry).ok()) return;
  Stored stored{.extra_data = ExtraData(chain, type), .chain = chain};
  stored.sct.log_id = listed_.id;
  stored.sct.timestamp = timestamp;
  if (listed_.kind == ct::LogKind::kStatic) {
    stored.sct.extensions = ct::LeafIndexExtensions(tree_.size());
  }
  stored.sct.signature = Sign(ct::SignedOctets(timestamp, entry, stored.sct.extensions));
  stored.leaf = ct::MerkleTreeLeaf(timestamp, entry, stored.sct.extensions);
  Merge(std::move(stored));
}

void LogDouble::Merge(Stored stored) {
  const std::string hash = ct::LeafHash(stored.leaf);
  by_leaf_hash_[hash] = tree_.size();
  by_body_[KeyOf(stored.chain)] = tree_.size();
  tree_.Append(hash);
  entries_.push_back(std::move(stored));
}

absl::StatusOr<ct::SignedCertificateTimestamp> LogDouble::Add(const std::vector<std::string>& chain,
                                                              ct::Entry::Type type) {
  ct::Entry entry;
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckChain(chain, type, entry));
  const auto timestamp = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now()));
  if (mode_ == Mode::kWrong || mode_ == Mode::kForged || mode_ == Mode::kDrop) {
    ct::SignedCertificateTimestamp sct{.log_id = listed_.id, .timestamp = timestamp};
    if (listed_.kind == ct::LogKind::kStatic) {
      sct.extensions = ct::LeafIndexExtensions(tree_.size());
    }
    if (mode_ == Mode::kWrong) entry.body += "of another certificate";
    sct.signature = Sign(ct::SignedOctets(timestamp, entry, sct.extensions));
    if (mode_ == Mode::kForged) sct.signature.signature.back() ^= 1;
    return sct;
  }
  // The same submission gets the same promise (RFC 6962 section 3.1).
  if (const auto known = by_body_.find(KeyOf(chain)); known != by_body_.end()) {
    return entries_[known->second].sct;
  }
  Append(chain, type, timestamp);
  std::string record = ct::TlsNumber(static_cast<uint64_t>(type), 1) + ct::TlsNumber(timestamp, 8);
  for (const std::string& der : chain) record += ct::TlsVector(der, 3);
  file_ << ct::TlsVector(record, 4) << std::flush;
  return entries_.back().sct;
}

ct::TreeHead LogDouble::Head() const {
  std::lock_guard lock(mutex_);
  ct::TreeHead head{.timestamp = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now())),
                    .size = tree_.size(),
                    .root = ct::RootHash(tree_.size(), tree_.nodes()).value()};
  head.signature = Sign(ct::SignedOctets(head));
  return head;
}

absl::StatusOr<LogDouble::Proof> LogDouble::Prove(std::string_view leaf_hash, uint64_t size) const {
  std::lock_guard lock(mutex_);
  const auto found = by_leaf_hash_.find(std::string(leaf_hash));
  if (found == by_leaf_hash_.end() || size > tree_.size() || found->second >= size) {
    return errors::Make(errors::Reason::kNotFound, "no such entry in a tree of this size");
  }
  Proof proof{.index = found->second};
  ASSIGN_OR_RETURN(proof.path, ct::InclusionProof(proof.index, size, tree_.nodes()));
  return proof;
}

absl::StatusOr<std::string> LogDouble::TileOctets(const ct::Tile& tile) const {
  std::lock_guard lock(mutex_);
  std::string octets;
  for (uint64_t i = 0; i < tile.width; ++i) {
    ASSIGN_OR_RETURN(const std::string hash, tree_.nodes()(ct::Tile::kHeight * tile.level,
                                                           tile.index * ct::Tile::kFullWidth + i));
    octets += hash;
  }
  return octets;
}

std::vector<LogDouble::Stored> LogDouble::Entries(uint64_t begin, uint64_t end) const {
  std::lock_guard lock(mutex_);
  std::vector<Stored> out;
  for (uint64_t i = begin; i < entries_.size() && i <= end; ++i) out.push_back(entries_[i]);
  return out;
}

void LogDouble::SetMode(Mode mode, absl::Duration delay) {
  std::lock_guard lock(mutex_);
  mode_ = mode;
  delay_ = delay;
}

Mode LogDouble::mode() const {
  std::lock_guard lock(mutex_);
  return mode_;
}

absl::Duration LogDouble::delay() const {
  std::lock_guard lock(mutex_);
  return delay_;
}

ct::Log LogDouble::listed() const {
  std::lock_guard lock(mutex_);
  return listed_;
}

void LogDouble::SetState(ct::LogState state) {
  std::lock_guard lock(mutex_);
  listed_.state = state;
  listed_.state_since = clock_.Now();
}

}  // namespace cairn::ct_log
