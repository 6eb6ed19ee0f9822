#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/ca/v1/ca.pb.h"

namespace cairn::ca {

// The signer's append-only log, to read. The methods are those of the service Journal in
// protos/ca/v1/ca.proto, where their contract is written. Thread-safe; every
// method may block until call.deadline.
class Journal {
 public:
  virtual ~Journal() = default;

  virtual absl::StatusOr<v1::ReadJournalResponse> ReadJournal(
      const base::Call& call, const v1::ReadJournalRequest& request) = 0;
};

}  // namespace cairn::ca
