#include "services/ca/core/revocation_index.h"

namespace cairn::ca {

void RevocationIndex::Add(uint64_t index, const v1::JournalRecord& record) {
  if (record.has_revocation()) Add(index, record.revocation());
  if (record.has_crl_intent()) Add(index, record.crl_intent());
  if (record.has_crl_signed()) Add(index, record.crl_signed());
}

void RevocationIndex::Add(uint64_t index, const v1::Revocation& revocation) {
  Entries& entries = by_issuer_[revocation.issuer()];
  const auto [found, is_new] = entries.try_emplace(revocation.serial());
  Entry& entry = found->second;
  if (!is_new && entry.record >= index) return;
  entry.revoked = {.serial = revocation.serial(),
                   .revoked_at = absl::FromUnixMillis(revocation.revoked_at_ms()),
                   .reason = x509::RevocationReasonFromNumber(revocation.reason())};
  entry.record = index;
  // The part of a revocation never changes.
  if (!is_new) return;
  entry.not_after = absl::FromUnixMillis(revocation.not_after_ms());
  entry.crl_url = revocation.crl_url();
}

void RevocationIndex::Add(uint64_t index, const v1::CrlIntent& intent) {
  Part& part = parts_[{intent.issuer(), intent.url()}];
  if (part.last.number != 0 && part.last.intent >= index) return;
  part.last = {.number = intent.number(),
               .intent = index,
               .signature = std::nullopt,
               .previous_number = intent.previous_number(),
               .this_update = absl::FromUnixMillis(intent.this_update_ms())};
  part.last_listed.assign(intent.last_listed().begin(), intent.last_listed().end());
}

void RevocationIndex::Add(uint64_t index, const v1::CrlSigned& done) {
  const auto part = parts_.find({done.issuer(), done.url()});
  if (part == parts_.end() || part->second.last.intent != done.intent_index()) return;
  part->second.last.signature = index;
  Entries& entries = by_issuer_[done.issuer()];
  for (const std::string& serial : part->second.last_listed) {
    const auto entry = entries.find(serial);
    if (entry != entries.end()) entry->second.is_over = true;
  }
}

std::optional<RevocationIndex::Entry> RevocationIndex::Find(std::string_view serial) const {
  for (const auto& [issuer, entries] : by_issuer_) {
    const auto found = entries.find(std::string(serial));
    if (found != entries.end()) return found->second;
  }
  return std::nullopt;
}

std::vector<RevocationIndex::Entry> RevocationIndex::Listed(std::string_view issuer) const {
  std::vector<Entry> listed;
  const auto found = by_issuer_.find(issuer);
  if (found == by_issuer_.end()) return listed;
  for (const auto& [serial, entry] : found->second) {
    if (!entry.is_over) listed.push_back(entry);
  }
  return listed;
}

std::optional<RevocationIndex::LastCrl> RevocationIndex::FindLast(std::string_view issuer,
                                                                  std::string_view url) const {
  const auto found = parts_.find({std::string(issuer), std::string(url)});
  if (found == parts_.end()) return std::nullopt;
  return found->second.last;
}

size_t RevocationIndex::size() const {
  size_t size = 0;
  for (const auto& [issuer, entries] : by_issuer_) size += entries.size();
  return size;
}

}  // namespace cairn::ca
