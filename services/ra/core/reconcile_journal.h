#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/api/journal.h"
#include "services/ra/core/issue_certificate.h"
#include "services/ra/core/observer.h"
#include "services/ra/options.h"
#include "services/sa/api/order_writer.h"

namespace cairn::ra {

// Compares what the signer has signed, by its journal, with what the SA knows, so
// that no serial stays unexplained: after a crash between the signature and the
// stored certificate, or after a loss of the database.
//
// How far it has come is kept by the SA and moves on only over certificates that
// the SA knows. For one thread at a time.
class ReconcileJournal {
 public:
  struct Peers {
    sa::OrderWriter& orders;
    ca::Journal& journal;
  };

  ReconcileJournal(const Options& options, Peers peers, IssueCertificate& issue, audit::Log& audit,
                   const base::Clock& clock, Observer& observer);

  // One batch. OK when all of it is known now; else why not, and the next run
  // comes back to the same place. kInternal if the journal has become shorter
  // than what was read before: records are lost, somebody must look.
  absl::Status Run(const base::Call& call);

 private:
  struct Batch {
    std::vector<ca::v1::JournalEntry> certificates;
    uint64_t next_index = 0;
  };

  absl::StatusOr<Batch> ReadBatch(const base::Call& call);
  // The serials of the batch that the SA did not know. It stores them, but for
  // those whose order is still under way; without such ones it stores the place.
  absl::StatusOr<std::vector<std::string>> Compare(const base::Call& call, const Batch& batch);
  // Finishes the order if there is one to finish, and puts the repair on record.
  absl::Status Repair(const base::Call& call, const ca::v1::Signed& certificate);
  absl::StatusOr<uint64_t> OrderOf(const base::Call& call, const ca::v1::Signed& certificate);

  const Options& options_;
  const Peers peers_;
  IssueCertificate& issue_;
  audit::Log& audit_;
  const base::Clock& clock_;
  Observer& observer_;
  bool place_known_ = false;
  uint64_t next_index_ = 0;
};

}  // namespace cairn::ra
