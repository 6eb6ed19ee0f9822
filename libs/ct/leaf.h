#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/ct/sct.h"

namespace cairn::ct {

// An entry as logs hand it out.
struct Leaf {
  // The leaf_input and extra_data of RFC 6962 section 4.6. kMalformed for what isn't
  // exactly that.
  static absl::StatusOr<Leaf> FromRfc6962(std::string_view leaf_input, std::string_view extra_data);
  // All TileLeafs of a data tile (static-ct-api, "Log Entries"), to its end. kMalformed
  // for what isn't exactly that.
  static absl::StatusOr<std::vector<Leaf>> FromDataTile(std::string_view tile);

  // The MerkleTreeLeaf, whose hash is in the tree.
  std::string leaf_input() const { return MerkleTreeLeaf(timestamp, entry, extensions); }

  uint64_t timestamp = 0;
  Entry entry;
  std::string extensions;
  // DER: what was submitted. For a precertificate the whole of it, which the entry
  // is only the TBSCertificate of: whether they belong together is not looked at.
  std::string certificate;
};

}  // namespace cairn::ct
