#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"

namespace cairn::ca {

// Shows the journal to others, a page at a time: at most 1000 records and two
// megabytes, so that an answer fits into one message. Thread-safe.
class ReadJournal {
 public:
  explicit ReadJournal(IssuanceJournal& journal) : journal_(journal) {}

  // A limit of 0 means the most. `next_index` always moves on while there are
  // records, even where none of them is shown.
  absl::StatusOr<v1::ReadJournalResponse> Run(const base::Call& call,
                                              const v1::ReadJournalRequest& request) const;

 private:
  IssuanceJournal& journal_;
};

}  // namespace cairn::ca
