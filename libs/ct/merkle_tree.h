#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::ct {

// The Merkle tree of RFC 6962 section 2.1, by the names of RFC 9162: level 0 has
// the hashes of the leaves; node `index` of `level` covers the 2^level leaves from
// index * 2^level on. All hashes are SHA-256.

std::string LeafHash(std::string_view leaf);
std::string NodeHash(std::string_view left, std::string_view right);

// The hash of a node all of whose leaves are in the tree.
using NodeSource = std::function<absl::StatusOr<std::string>(int level, uint64_t index)>;

// The root of the first `size` leaves. The hash of no octets for an empty tree.
absl::StatusOr<std::string> RootHash(uint64_t size, const NodeSource& nodes);
// The audit path of a leaf in the tree of the first `size` leaves, from the leaf
// up (RFC 6962 section 2.1.1). kMalformed for a leaf that isn't in it.
absl::StatusOr<std::vector<std::string>> InclusionProof(uint64_t index, uint64_t size,
                                                        const NodeSource& nodes);

// Whether `path` proves that the leaf is in the tree with that root (RFC 9162
// section 2.1.3.2). kIncorrectResponse if not.
absl::Status VerifyInclusion(std::string_view leaf_hash, uint64_t index, uint64_t size,
                             std::span<const std::string> path, std::string_view root);

// A tree in memory that grows by leaves. Not thread-safe.
class MerkleTree {
 public:
  void Append(std::string leaf_hash);

  uint64_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  // Of complete nodes only.
  NodeSource nodes() const;

 private:
  std::vector<std::vector<std::string>> levels_;
};

}  // namespace cairn::ct
