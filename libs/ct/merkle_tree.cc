#include "libs/ct/merkle_tree.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

// The hash of the leaves from `begin` to before `end`. `begin` is a multiple of
// the least power of two that isn't smaller than their number.
absl::StatusOr<std::string> RangeHash(uint64_t begin, uint64_t end, const NodeSource& nodes) {
  const uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const int level = std::countr_zero(count);
    return nodes(level, begin >> level);
  }
  const uint64_t split = begin + std::bit_floor(count);
  ASSIGN_OR_RETURN(const std::string left, RangeHash(begin, split, nodes));
  ASSIGN_OR_RETURN(const std::string right, RangeHash(split, end, nodes));
  return NodeHash(left, right);
}

absl::Status WrongProof() {
  return errors::Make(errors::Reason::kIncorrectResponse,
                      "the audit path does not lead to the root of the tree");
}

}  // namespace

std::string LeafHash(std::string_view leaf) {
  return crypto::Sha256(base::Cat(std::string_view("\0", 1), leaf));
}

std::string NodeHash(std::string_view left, std::string_view right) {
  return crypto::Sha256(base::Cat("\x01", left, right));
}

absl::StatusOr<std::string> RootHash(uint64_t size, const NodeSource& nodes) {
  if (size == 0) return crypto::Sha256("");
  return RangeHash(0, size, nodes);
}

absl::StatusOr<std::vector<std::string>> InclusionProof(uint64_t index, uint64_t size,
                                                        const NodeSource& nodes) {
  if (index >= size) {
    return errors::Make(errors::Reason::kMalformed, "the leaf is not in a tree of this size");
  }
  std::vector<std::string> path;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    // The largest power of two that is smaller than the number of leaves.
    const uint64_t split = begin + std::bit_floor(end - begin - 1);
    const bool right = index >= split;
    ASSIGN_OR_RETURN(std::string sibling,
                     right ? RangeHash(begin, split, nodes) : RangeHash(split, end, nodes));
    path.push_back(std::move(sibling));
    (right ? begin : end) = split;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

absl::Status VerifyInclusion(std::string_view leaf_hash, uint64_t index, uint64_t size,
                             std::span<const std::string> path, std::string_view root) {
  if (index >= size) return WrongProof();
  uint64_t node = index;
  uint64_t last = size - 1;
  std::string hash(leaf_hash);
  for (const std::string& sibling : path) {
    if (last == 0) return WrongProof();
    if ((node & 1) != 0 || node == last) {
      hash = NodeHash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0 || hash != root) return WrongProof();
  return absl::OkStatus();
}

void MerkleTree::Append(std::string leaf_hash) {
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].push_back(std::move(leaf_hash));
  for (size_t level = 0; levels_[level].size() % 2 == 0; ++level) {
    const auto& below = levels_[level];
    std::string parent = NodeHash(below[below.size() - 2], below.back());
    if (level + 1 == levels_.size()) levels_.emplace_back();
    levels_[level + 1].push_back(std::move(parent));
  }
}

NodeSource MerkleTree::nodes() const {
  return [this](int level, uint64_t index) -> absl::StatusOr<std::string> {
    if (static_cast<size_t>(level) >= levels_.size() ||
        index >= levels_[static_cast<size_t>(level)].size()) {
      return errors::Make(errors::Reason::kNotFound, "the tree has no such node");
    }
    return levels_[static_cast<size_t>(level)][index];
  };
}

}  // namespace cairn::ct
