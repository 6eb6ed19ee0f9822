#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>

#include "libs/ct/merkle_tree.h"

namespace cairn::ct {

// One tile of a static-ct log's tree (static-ct-api, "Merkle Tree"; C2SP
// tlog-tiles): `width` hashes, 256 of them where it is full, of tree level
// 8 * level, from 256 * index on.
struct Tile {
  static constexpr int kHeight = 8;
  static constexpr uint64_t kFullWidth = 256;

  // "tile/0/x001/x234/067", or with ".p/12" if it isn't full.
  std::string Path() const;

  int level = 0;
  uint64_t index = 0;
  uint64_t width = kFullWidth;

  friend bool operator==(const Tile&, const Tile&) = default;
};

// The octets of a tile: 32 for each hash.
using TileSource = std::function<absl::StatusOr<std::string>(const Tile&)>;

// The nodes of the tree of `size` leaves, read from its tiles, each of which is
// fetched once. Errors of the source, and kIncorrectResponse for a tile of another
// size than its width. The hashes are as good as the root that they lead to.
NodeSource NodesOfTiles(uint64_t size, TileSource tiles);

}  // namespace cairn::ct
