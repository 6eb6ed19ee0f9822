#include "libs/ct/tiles.h"

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

constexpr size_t kHashSize = 32;

// Three digits.
std::string Group(uint64_t number) {
  std::string text = base::Cat(1000 + number);
  return text.substr(1);
}

}  // namespace

std::string Tile::Path() const {
  std::string name = Group(index % 1000);
  for (uint64_t rest = index / 1000; rest > 0; rest /= 1000) {
    name = base::Cat("x", Group(rest % 1000), "/", name);
  }
  const std::string path = base::Cat("tile/", level, "/", name);
  return width == kFullWidth ? path : base::Cat(path, ".p/", width);
}

NodeSource NodesOfTiles(uint64_t size, TileSource tiles) {
  using Key = std::pair<int, uint64_t>;
  auto fetched = std::make_shared<std::map<Key, std::string>>();
  return [size, tiles = std::move(tiles), fetched](int level,
                                                   uint64_t index) -> absl::StatusOr<std::string> {
    Tile tile{.level = level / Tile::kHeight};
    const int above = level % Tile::kHeight;  // levels from the tile's hashes to the node
    const uint64_t first = index << above;
    tile.index = first / Tile::kFullWidth;
    const uint64_t in_level = size >> (Tile::kHeight * tile.level);
    const uint64_t before = tile.index * Tile::kFullWidth;
    if (first + (uint64_t{1} << above) > in_level) {
      return errors::Make(errors::Reason::kMalformed, "the tree has no such node");
    }
    tile.width = std::min(Tile::kFullWidth, in_level - before);

    const Key key(tile.level, tile.index);
    if (!fetched->contains(key)) {
      ASSIGN_OR_RETURN(std::string octets, tiles(tile));
      if (octets.size() != tile.width * kHashSize) {
        return errors::Make(errors::Reason::kIncorrectResponse, "a tile has another size");
      }
      fetched->emplace(key, std::move(octets));
    }
    const std::string& octets = fetched->at(key);
    std::vector<std::string> hashes;
    for (uint64_t i = first - before; hashes.size() < uint64_t{1} << above; ++i) {
      hashes.push_back(octets.substr(i * kHashSize, kHashSize));
    }
    while (hashes.size() > 1) {
      for (size_t i = 0; i < hashes.size() / 2; ++i) {
        hashes[i] = NodeHash(hashes[2 * i], hashes[2 * i + 1]);
      }
      hashes.resize(hashes.size() / 2);
    }
    return hashes[0];
  };
}

}  // namespace cairn::ct
