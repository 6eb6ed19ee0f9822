#include "services/ca/core/issuance_journal.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ca {
namespace {

absl::StatusOr<v1::JournalRecord> Decode(uint64_t index, std::string_view bytes) {
  v1::JournalRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return errors::Make(errors::Reason::kInternal,
                        base::Cat("record ", index, " of the journal can't be read"));
  }
  return record;
}

absl::Status NotOfThisKind(uint64_t index) {
  return errors::Make(errors::Reason::kInternal,
                      base::Cat("record ", index, " of the journal is of another kind"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<IssuanceJournal>> IssuanceJournal::Open(journal::Log& log,
                                                                       const base::Clock& clock) {
  std::unique_ptr<IssuanceJournal> journal(new IssuanceJournal(log, clock));
  RETURN_IF_ERROR(journal->CatchUp());
  return journal;
}

absl::Status IssuanceJournal::CatchUp() {
  std::lock_guard lock(mutex_);
  if (!unknown_from_.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(
      log_.ForEach(*unknown_from_, [this](uint64_t index, std::string_view bytes) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::JournalRecord record, Decode(index, bytes));
        AddToIndexes(index, record);
        return absl::OkStatus();
      }));
  unknown_from_.reset();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> IssuanceJournal::Append(v1::JournalRecord record) {
  RETURN_IF_ERROR(CatchUp());
  record.set_recorded_at_ms(absl::ToUnixMillis(clock_.Now()));
  const std::string bytes = record.SerializeAsString();
  const uint64_t before = log_.size();
  // Not under the lock: the log writes the records of all who wait at once.
  const absl::StatusOr<uint64_t> index = log_.Append(bytes);
  std::lock_guard lock(mutex_);
  last_append_ = index.status();
  if (!index.ok()) {
    unknown_from_ = std::min(unknown_from_.value_or(before), before);
    return errors::Annotate(index.status(), "the journal");
  }
  AddToIndexes(*index, record);
  return *index;
}

// Needs mutex_.
void IssuanceJournal::AddToIndexes(uint64_t index, const v1::JournalRecord& record) {
  index_.Add(index, record);
  revocations_.Add(index, record);
}

absl::Status IssuanceJournal::AppendStarted(const v1::Started& started) {
  v1::JournalRecord record;
  *record.mutable_started() = started;
  return Append(std::move(record)).status();
}

absl::StatusOr<uint64_t> IssuanceJournal::AppendIntent(const v1::SigningIntent& intent) {
  v1::JournalRecord record;
  *record.mutable_intent() = intent;
  return Append(std::move(record));
}

absl::StatusOr<uint64_t> IssuanceJournal::AppendSigned(const v1::Signed& certificate) {
  v1::JournalRecord record;
  *record.mutable_signed_() = certificate;
  return Append(std::move(record));
}

absl::StatusOr<uint64_t> IssuanceJournal::AppendRevocation(const v1::Revocation& revocation) {
  v1::JournalRecord record;
  *record.mutable_revocation() = revocation;
  return Append(std::move(record));
}

absl::StatusOr<uint64_t> IssuanceJournal::AppendCrlIntent(const v1::CrlIntent& intent) {
  v1::JournalRecord record;
  *record.mutable_crl_intent() = intent;
  return Append(std::move(record));
}

absl::StatusOr<uint64_t> IssuanceJournal::AppendCrlSigned(const v1::CrlSigned& crl) {
  v1::JournalRecord record;
  *record.mutable_crl_signed() = crl;
  return Append(std::move(record));
}

absl::StatusOr<uint64_t> IssuanceJournal::AppendOcspIntent(const v1::OcspIntent& intent) {
  v1::JournalRecord record;
  *record.mutable_ocsp_intent() = intent;
  return Append(std::move(record));
}

absl::StatusOr<IssuanceIndex::Issuance> IssuanceJournal::Find(std::string_view issuance_id) {
  RETURN_IF_ERROR(CatchUp());
  std::lock_guard lock(mutex_);
  return index_.Find(issuance_id);
}

absl::StatusOr<bool> IssuanceJournal::WasServed(std::string_view finalize_url,
                                                std::string_view request_digest) {
  RETURN_IF_ERROR(CatchUp());
  std::lock_guard lock(mutex_);
  return index_.HasFinalizeUrl(finalize_url) || index_.HasRequest(request_digest);
}

absl::StatusOr<bool> IssuanceJournal::HasSerial(std::string_view serial) {
  RETURN_IF_ERROR(CatchUp());
  std::lock_guard lock(mutex_);
  return index_.HasSerial(serial);
}

absl::StatusOr<std::optional<uint64_t>> IssuanceJournal::FindSerial(std::string_view serial) {
  RETURN_IF_ERROR(CatchUp());
  std::lock_guard lock(mutex_);
  return index_.FindSerial(serial);
}

absl::StatusOr<std::optional<RevocationIndex::Entry>> IssuanceJournal::FindRevocation(
    std::string_view serial) {
  RETURN_IF_ERROR(CatchUp());
  std::lock_guard lock(mutex_);
  return revocations_.Find(serial);
}

absl::StatusOr<std::vector<RevocationIndex::Entry>> IssuanceJournal::ListedRevocations(
    std::string_view issuer) {
  RETURN_IF_ERROR(CatchUp());
  std::lock_guard lock(mutex_);
  return revocations_.Listed(issuer);
}

absl::StatusOr<std::optional<RevocationIndex::LastCrl>> IssuanceJournal::FindLastCrl(
    std::string_view issuer, std::string_view url) {
  RETURN_IF_ERROR(CatchUp());
  std::lock_guard lock(mutex_);
  return revocations_.FindLast(issuer, url);
}

absl::StatusOr<v1::JournalRecord> IssuanceJournal::Read(uint64_t index) {
  ASSIGN_OR_RETURN(const std::string bytes, log_.Read(index));
  return Decode(index, bytes);
}

absl::StatusOr<v1::SigningIntent> IssuanceJournal::ReadIntent(uint64_t index) {
  ASSIGN_OR_RETURN(v1::JournalRecord record, Read(index));
  if (!record.has_intent()) return NotOfThisKind(index);
  return std::move(*record.mutable_intent());
}

absl::StatusOr<v1::Signed> IssuanceJournal::ReadSigned(uint64_t index) {
  ASSIGN_OR_RETURN(v1::JournalRecord record, Read(index));
  if (!record.has_signed_()) return NotOfThisKind(index);
  return std::move(*record.mutable_signed_());
}

absl::StatusOr<v1::CrlIntent> IssuanceJournal::ReadCrlIntent(uint64_t index) {
  ASSIGN_OR_RETURN(v1::JournalRecord record, Read(index));
  if (!record.has_crl_intent()) return NotOfThisKind(index);
  return std::move(*record.mutable_crl_intent());
}

absl::StatusOr<v1::CrlSigned> IssuanceJournal::ReadCrlSigned(uint64_t index) {
  ASSIGN_OR_RETURN(v1::JournalRecord record, Read(index));
  if (!record.has_crl_signed()) return NotOfThisKind(index);
  return std::move(*record.mutable_crl_signed());
}

absl::Status IssuanceJournal::ForEach(
    uint64_t first,
    const std::function<absl::Status(uint64_t index, const v1::JournalRecord& record)>& visit) {
  return log_.ForEach(first, [&](uint64_t index, std::string_view bytes) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::JournalRecord record, Decode(index, bytes));
    return visit(index, record);
  });
}

absl::Status IssuanceJournal::Writable() const {
  std::lock_guard lock(mutex_);
  return last_append_;
}

}  // namespace cairn::ca
