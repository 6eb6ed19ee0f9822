#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/ct/leaf.h"
#include "libs/ct/log_list.h"
#include "libs/ct/sct.h"
#include "libs/ct/tiles.h"
#include "libs/ct/tree_head.h"
#include "libs/http/client/api_client.h"
#include "services/publisher/core/chain.h"

namespace cairn::publisher {

// The protocols of logs: RFC 6962 section 4, and static-ct-api for reading its
// logs. What a log says is parsed strictly, within limits. Thread-safe; every
// method blocks.
//
// kUnavailable for a log that can't be reached or has no time, with its
// Retry-After; kRejectedIdentifier where it refuses what we ask (4xx);
// kIncorrectResponse for an answer that isn't one.
class LogClient {
 public:
  // Plain HTTP only with `allow_http`.
  LogClient(http::Api& api, bool allow_http) : api_(api), allow_http_(allow_http) {}

  // add-pre-chain or add-chain, by the type. The SCT's signature isn't verified.
  absl::StatusOr<ct::SignedCertificateTimestamp> Submit(
      const base::Call& call, const ct::Log& log, ct::Entry::Type type, const Chain& chain,
      const http::Cancellation* cancellation) const;

  // get-sth or the checkpoint, with its signature verified.
  absl::StatusOr<ct::TreeHead> GetTreeHead(const base::Call& call, const ct::Log& log) const;

  struct Proof {
    uint64_t leaf_index = 0;
    std::vector<std::string> path;
  };
  // get-proof-by-hash.
  absl::StatusOr<Proof> GetProof(const base::Call& call, const ct::Log& log,
                                 std::string_view leaf_hash, uint64_t tree_size) const;
  // Of a static-ct log.
  absl::StatusOr<std::string> GetTile(const base::Call& call, const ct::Log& log,
                                      const ct::Tile& tile) const;

  // Entries from `begin` on, at least one, as many as the log gives at once.
  // `begin` is below `tree_size`.
  absl::StatusOr<std::vector<ct::Leaf>> GetEntries(const base::Call& call, const ct::Log& log,
                                                   uint64_t begin, uint64_t tree_size) const;

 private:
  absl::StatusOr<std::vector<ct::Leaf>> GetDataTile(const base::Call& call, const ct::Log& log,
                                                    uint64_t begin, uint64_t tree_size) const;
  absl::StatusOr<std::string> Send(const base::Call& call, http::ApiRequest request) const;

  http::Api& api_;
  const bool allow_http_;
};

}  // namespace cairn::publisher
