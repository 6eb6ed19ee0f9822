#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/journal/log.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_index.h"
#include "services/ca/core/revocation_index.h"

namespace cairn::ca {

// The signer's records in its log, with the index that answers "was this done
// before?". Thread-safe; blocks on the disk.
//
// After an Append that failed nobody knows whether the record is there. So before
// the next look or append, what the log has meanwhile is read into the index; a
// log that can't be read fails the call.
class IssuanceJournal {
 public:
  // Reads all of `log`, which must outlive the journal, as must `clock`.
  static absl::StatusOr<std::unique_ptr<IssuanceJournal>> Open(journal::Log& log,
                                                               const base::Clock& clock);

  absl::Status AppendStarted(const v1::Started& started);
  // The number of the record, which is on stable storage.
  absl::StatusOr<uint64_t> AppendIntent(const v1::SigningIntent& intent);
  absl::StatusOr<uint64_t> AppendSigned(const v1::Signed& certificate);
  absl::StatusOr<uint64_t> AppendRevocation(const v1::Revocation& revocation);
  absl::StatusOr<uint64_t> AppendCrlIntent(const v1::CrlIntent& intent);
  absl::StatusOr<uint64_t> AppendCrlSigned(const v1::CrlSigned& crl);
  absl::StatusOr<uint64_t> AppendOcspIntent(const v1::OcspIntent& intent);

  // Empty where no intent has this id.
  absl::StatusOr<IssuanceIndex::Issuance> Find(std::string_view issuance_id);
  // Whether any issuance began with this request or this finalize URL.
  absl::StatusOr<bool> WasServed(std::string_view finalize_url, std::string_view request_digest);
  absl::StatusOr<bool> HasSerial(std::string_view serial);
  // The first intent with this serial; nothing if the signer never drew it.
  absl::StatusOr<std::optional<uint64_t>> FindSerial(std::string_view serial);

  // As RevocationIndex.
  absl::StatusOr<std::optional<RevocationIndex::Entry>> FindRevocation(std::string_view serial);
  absl::StatusOr<std::vector<RevocationIndex::Entry>> ListedRevocations(std::string_view issuer);
  absl::StatusOr<std::optional<RevocationIndex::LastCrl>> FindLastCrl(std::string_view issuer,
                                                                      std::string_view url);

  absl::StatusOr<v1::SigningIntent> ReadIntent(uint64_t index);
  absl::StatusOr<v1::Signed> ReadSigned(uint64_t index);
  absl::StatusOr<v1::CrlIntent> ReadCrlIntent(uint64_t index);
  absl::StatusOr<v1::CrlSigned> ReadCrlSigned(uint64_t index);

  uint64_t size() const { return log_.size(); }
  // Calls `visit` for the records from `first` on; ends at the first error.
  absl::Status ForEach(
      uint64_t first,
      const std::function<absl::Status(uint64_t index, const v1::JournalRecord& record)>& visit);

  // Why the last append failed; OK once one has worked again.
  absl::Status Writable() const;

 private:
  IssuanceJournal(journal::Log& log, const base::Clock& clock) : log_(log), clock_(clock) {}

  absl::StatusOr<uint64_t> Append(v1::JournalRecord record);
  absl::StatusOr<v1::JournalRecord> Read(uint64_t index);
  absl::Status CatchUp();
  void AddToIndexes(uint64_t index, const v1::JournalRecord& record);

  journal::Log& log_;
  const base::Clock& clock_;

  mutable std::mutex mutex_;
  IssuanceIndex index_;
  RevocationIndex revocations_;
  // From where on the log may have records that index_ lacks.
  std::optional<uint64_t> unknown_from_ = 0;
  absl::Status last_append_;
};

}  // namespace cairn::ca
