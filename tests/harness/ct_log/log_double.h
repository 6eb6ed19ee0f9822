#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/private_key.h"
#include "libs/ct/log_list.h"
#include "libs/ct/merkle_tree.h"
#include "libs/ct/sct.h"
#include "libs/ct/tiles.h"
#include "libs/ct/tree_head.h"

namespace cairn::ct_log {

// How a log does its work.
enum class Mode {
  kGood,
  kSlow,     // answers late
  kWrong,    // gives the SCT of another certificate
  kForged,   // gives SCTs with a wrong signature
  kFull,     // 503 with Retry-After
  kRetired,  // 403
  kDead,     // accepts connections and never answers
  kDrop,     // gives SCTs and never merges the entries
};
std::optional<Mode> ModeFromName(std::string_view name);

// One log: a key, a tree, and the entries, which a file keeps. A new entry is
// merged before its SCT is given. Thread-safe.
class LogDouble {
 public:
  // An entry with all that the log's interfaces say about it.
  struct Stored {
    std::string leaf;                // MerkleTreeLeaf
    std::string extra_data;          // of get-entries
    std::vector<std::string> chain;  // DER, the leaf first
    ct::SignedCertificateTimestamp sct;
  };

  // Reads the entries that `path` + ".entries" has, and goes on to write there.
  static absl::StatusOr<std::unique_ptr<LogDouble>> Open(ct::Log listed, crypto::PrivateKey key,
                                                         std::vector<std::string> roots,
                                                         const std::string& path,
                                                         const base::Clock& clock);

  // add-pre-chain and add-chain. kMalformed for what a log would refuse.
  absl::StatusOr<ct::SignedCertificateTimestamp> Add(const std::vector<std::string>& chain,
                                                     ct::Entry::Type type);

  ct::TreeHead Head() const;
  // The place of a leaf hash, and its audit path in a tree of this size.
  struct Proof {
    uint64_t index = 0;
    std::vector<std::string> path;
  };
  absl::StatusOr<Proof> Prove(std::string_view leaf_hash, uint64_t size) const;
  absl::StatusOr<std::string> TileOctets(const ct::Tile& tile) const;
  // Entries from `begin` to `end`, both inside; fewer where the log has fewer.
  std::vector<Stored> Entries(uint64_t begin, uint64_t end) const;
  const std::vector<std::string>& roots() const { return roots_; }

  void SetMode(Mode mode, absl::Duration delay);
  Mode mode() const;
  absl::Duration delay() const;
  ct::Log listed() const;
  void SetState(ct::LogState state);

 private:
  LogDouble(ct::Log listed, crypto::PrivateKey key, std::vector<std::string> roots,
            const base::Clock& clock);

  absl::Status CheckChain(const std::vector<std::string>& chain, ct::Entry::Type type,
                          ct::Entry& entry) const;
  ct::DigitallySigned Sign(std::string_view octets) const;
  void Merge(Stored stored);
  void Append(const std::vector<std::string>& chain, ct::Entry::Type type, uint64_t timestamp);

  const crypto::PrivateKey key_;
  const std::vector<std::string> roots_;
  const base::Clock& clock_;

  mutable std::mutex mutex_;
  ct::Log listed_;
  Mode mode_ = Mode::kGood;
  absl::Duration delay_;
  ct::MerkleTree tree_;
  std::vector<Stored> entries_;
  std::map<std::string, uint64_t> by_leaf_hash_;
  std::map<std::string, uint64_t> by_body_;  // digest of what was submitted
  std::ofstream file_;
};

}  // namespace cairn::ct_log
