#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "protos/core/v1/core.pb.h"

namespace cairn::sa {

// What never changes of the authorizations that were made or read last, so that
// the statement that begins a validation need not be followed by one that reads.
// Thread-safe.
class AuthorizationCache {
 public:
  // A kilobyte each at the most.
  explicit AuthorizationCache(size_t limit = 4096) : limit_(limit) {}

  // Keeps ids, account, identifier, wildcard and token, and the expiry that a
  // pending authorization has.
  void Put(const core::v1::Authorization& authorization);
  // With STATUS_PENDING.
  std::optional<core::v1::Authorization> Get(uint64_t order_id, uint32_t position);

 private:
  using Id = std::pair<uint64_t, uint32_t>;

  const size_t limit_;
  std::mutex mutex_;
  std::list<core::v1::Authorization> by_use_;  // the last used first
  std::map<Id, std::list<core::v1::Authorization>::iterator> by_id_;
};

}  // namespace cairn::sa
