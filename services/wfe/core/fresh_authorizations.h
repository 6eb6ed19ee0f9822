#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "protos/core/v1/core.pb.h"

namespace cairn::wfe {

// Authorizations that newOrder has just made: its answer brings them along, and to read
// them is what clients do next. Thread-safe, does not block.
//
// Another replica may begin a validation meanwhile, so each is given out once, and for
// ten seconds: whoever asks again asks for news, which the SA has.
class FreshAuthorizations {
 public:
  // `clock` must outlive it.
  explicit FreshAuthorizations(const base::Clock& clock) : clock_(clock) {}

  // Those of a new order that are pending.
  void Put(const core::v1::Order& order);
  // Nothing for another account than the one that made the order.
  std::optional<core::v1::Authorization> Take(const std::string& account_id, uint64_t order_id,
                                              uint32_t position);
  // It is pending no more.
  void Drop(uint64_t order_id, uint32_t position);

 private:
  struct Entry {
    core::v1::Authorization authorization;
    absl::Time until;
  };

  const base::Clock& clock_;
  std::mutex mutex_;
  // Order ids are in the order of time: the first is the oldest.
  std::map<std::pair<uint64_t, uint32_t>, Entry> entries_;
};

}  // namespace cairn::wfe
