#include "services/ca/core/read_journal.h"

#include <algorithm>

#include "libs/errors/errors.h"

namespace cairn::ca {
namespace {

constexpr uint32_t kMaxRecords = 1000;
// gRPC takes messages of 4 MiB.
constexpr size_t kMaxBytes = size_t{2} << 20;
// How many records one call looks at when it shows only some of them.
constexpr uint64_t kMaxVisited = 10000;

}  // namespace

absl::StatusOr<v1::ReadJournalResponse> ReadJournal::Run(
    const base::Call&, const v1::ReadJournalRequest& request) const {
  const uint32_t limit =
      request.limit() == 0 ? kMaxRecords : std::min(request.limit(), kMaxRecords);
  v1::ReadJournalResponse response;
  response.set_size(journal_.size());
  response.set_next_index(std::min(request.first_index(), response.size()));
  if (request.first_index() >= response.size()) return response;
  size_t bytes = 0;
  bool full = false;
  const absl::Status status = journal_.ForEach(
      request.first_index(), [&](uint64_t index, const v1::JournalRecord& record) -> absl::Status {
        const bool shown = !request.only_certificates() || record.has_signed_();
        full = index - request.first_index() >= kMaxVisited ||
               static_cast<uint32_t>(response.entries_size()) >= limit ||
               (shown && bytes > 0 && bytes + record.ByteSizeLong() > kMaxBytes);
        if (full) return absl::CancelledError();  // ends the walk; seen below
        if (shown) {
          bytes += record.ByteSizeLong();
          v1::JournalEntry& entry = *response.add_entries();
          entry.set_index(index);
          *entry.mutable_record() = record;
        }
        response.set_next_index(index + 1);
        return absl::OkStatus();
      });
  if (!status.ok() && !full) return status;
  // Records may have come while this was reading.
  response.set_size(std::max(response.size(), response.next_index()));
  return response;
}

}  // namespace cairn::ca
