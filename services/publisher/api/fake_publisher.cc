#include "services/publisher/api/fake_publisher.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/ct/log_policy.h"
#include "libs/ct/precertificate.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"

namespace cairn::publisher {
namespace {

using errors::Reason;

std::vector<ct::Log> Listed(const std::vector<testing::TestLog>& keys) {
  return {keys[0].Listed("oak", "Alpha"), keys[1].Listed("elm", "Beta"),
          keys[2].Listed("fir", "Gamma", ct::LogKind::kStatic)};
}

std::string ListJson(const std::vector<testing::TestLog>& keys, absl::Time now) {
  return testing::ListJson(Listed(keys), "1.0", now - absl::Hours(1));
}

absl::StatusOr<ct::Entry> EntryOf(const google::protobuf::RepeatedPtrField<std::string>& chain,
                                  bool precertificate) {
  if (chain.size() < 2) return errors::Make(Reason::kMalformed, "a chain has 2 to 10 certificates");
  ASSIGN_OR_RETURN(const x509::Certificate leaf, x509::Certificate::Parse(chain[0]));
  ASSIGN_OR_RETURN(const x509::Certificate issuer, x509::Certificate::Parse(chain[1]));
  if (!leaf.VerifySignature(issuer.public_key())) {
    return errors::Make(Reason::kMalformed, "certificate 0 of the chain is not signed by the next");
  }
  const bool poisoned = leaf.tbs().Find(ct::kPoisonOid) != nullptr;
  if (!precertificate) {
    if (poisoned) return errors::Make(Reason::kMalformed, "a precertificate is no certificate");
    return ct::Entry::Certificate(leaf.der());
  }
  ASSIGN_OR_RETURN(const std::string tbs,
                   poisoned ? ct::RemovePoison(leaf.tbs_der()) : ct::RemoveSctList(leaf.tbs_der()));
  return ct::Entry::Precertificate(issuer.public_key(), tbs);
}

}  // namespace

FakePublisher::FakePublisher(const base::Clock& clock)
    : clock_(clock), keys_(3), list_(ct::LogList::Parse(ListJson(keys_, clock.Now())).value()) {}

std::string FakePublisher::log_list_json() const { return ListJson(keys_, clock_.Now()); }

v1::Sct FakePublisher::Promise(size_t log, const ct::Entry& entry, const std::string& certificate) {
  std::vector<Entry>& entries = entries_[list_.logs()[log].description];
  const uint64_t place = entries.size();
  const bool is_static = list_.logs()[log].kind == ct::LogKind::kStatic;
  auto sct = keys_[log].Promise(entry, clock_.Now(),
                                is_static ? ct::LeafIndexExtensions(place) : std::string());
  if (forge_) sct.signature.signature.back() ^= 1;
  v1::Sct out;
  out.set_encoded(sct.Encode());
  out.set_log(list_.logs()[log].description);
  if (drop_) return out;
  merged_[out.encoded()] = place;
  entries.push_back({certificate, entry.type == ct::Entry::Type::kPrecertificate});
  return out;
}

absl::StatusOr<v1::GetSctsResponse> FakePublisher::GetScts(const base::Call&,
                                                           const v1::GetSctsRequest& request) {
  std::lock_guard lock(mutex_);
  requests_.push_back(request);
  RETURN_IF_ERROR(TakeFailure());
  ASSIGN_OR_RETURN(const ct::Entry entry, EntryOf(request.chain(), true));
  const auto leaf = x509::Certificate::Parse(request.chain(0)).value();
  if (leaf.tbs().Find(ct::kPoisonOid) == nullptr) {
    return errors::Make(Reason::kMalformed, "the first certificate is no precertificate");
  }
  const int days = ct::LifetimeDays(leaf.tbs().not_before, leaf.tbs().not_after);
  v1::GetSctsResponse response;
  for (size_t log = 0; log < static_cast<size_t>(ct::RequiredScts(days)); ++log) {
    *response.add_scts() = Promise(log, entry, request.chain(0));
  }
  response.set_log_list_version(list_.version());
  return response;
}

absl::StatusOr<v1::SubmitCertificateResponse> FakePublisher::SubmitCertificate(
    const base::Call&, const v1::SubmitCertificateRequest& request) {
  std::lock_guard lock(mutex_);
  submitted_.push_back(request);
  RETURN_IF_ERROR(TakeFailure());
  ASSIGN_OR_RETURN(const ct::Entry entry, EntryOf(request.chain(), false));
  v1::SubmitCertificateResponse response;
  *response.mutable_sct() = Promise(2, entry, request.chain(0));
  return response;
}

absl::StatusOr<v1::CheckInclusionResponse> FakePublisher::CheckInclusion(
    const base::Call&, const v1::CheckInclusionRequest& request) {
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  ASSIGN_OR_RETURN(const auto sct, ct::SignedCertificateTimestamp::Parse(request.sct()));
  if (request.entry() == v1::CheckInclusionRequest::ENTRY_UNSPECIFIED) {
    return errors::Make(Reason::kMalformed, "the kind of the entry isn't said");
  }
  ASSIGN_OR_RETURN(
      const ct::Entry entry,
      EntryOf(request.chain(), request.entry() == v1::CheckInclusionRequest::ENTRY_PRECERTIFICATE));
  const ct::Log* log = list_.Find(sct.log_id);
  if (log == nullptr) return errors::Make(Reason::kNotFound, "the SCT's log isn't in the list");
  if (!ct::VerifySct(sct, log->key, entry).ok()) {
    return errors::Make(Reason::kMalformed, "the SCT is not of this log and this entry");
  }
  v1::CheckInclusionResponse response;
  response.set_log(log->description);
  const auto merged = merged_.find(request.sct());
  if (merged != merged_.end()) {
    response.set_outcome(v1::CheckInclusionResponse::OUTCOME_INCLUDED);
    response.set_tree_size(entries_[log->description].size());
    response.set_leaf_index(merged->second);
    return response;
  }
  response.set_detail("the log knows no such entry");
  response.set_outcome(clock_.Now() <= sct.time() + log->mmd
                           ? v1::CheckInclusionResponse::OUTCOME_NOT_YET
                           : v1::CheckInclusionResponse::OUTCOME_FAILED);
  return response;
}

absl::StatusOr<v1::ListLogsResponse> FakePublisher::ListLogs(const base::Call&,
                                                             const v1::ListLogsRequest&) {
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  v1::ListLogsResponse response;
  for (const ct::Log& log : list_.logs()) {
    v1::ListLogsResponse::Log& listed = *response.add_logs();
    listed.set_log_id(log.id);
    listed.set_name(log.description);
  }
  return response;
}

absl::StatusOr<v1::ReadLogResponse> FakePublisher::ReadLog(const base::Call&,
                                                           const v1::ReadLogRequest& request) {
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  std::vector<x509::Certificate> issuers;
  for (const std::string& der : request.issuers()) {
    ASSIGN_OR_RETURN(x509::Certificate issuer, x509::Certificate::Parse(der));
    issuers.push_back(std::move(issuer));
  }
  const ct::Log* const log = list_.Find(request.log_id());
  if (log == nullptr) return errors::Make(Reason::kNotFound, "the log isn't in the list");
  const std::vector<Entry>& entries = entries_[log->description];
  v1::ReadLogResponse response;
  response.set_tree_size(entries.size());
  response.set_next(std::max<uint64_t>(request.begin(), entries.size()));
  for (uint64_t i = request.begin(); i < entries.size(); ++i) {
    const auto certificate = x509::Certificate::Parse(entries[i].certificate).value();
    for (const x509::Certificate& issuer : issuers) {
      if (!certificate.VerifySignature(issuer.public_key())) continue;
      auto& found = *response.add_found();
      found.set_serial(certificate.tbs().serial);
      found.set_certificate(certificate.der());
      found.set_index(i);
      found.set_precertificate(entries[i].precertificate);
    }
  }
  return response;
}

void FakePublisher::Insert(const std::string& log, const std::string& certificate_der) {
  std::lock_guard lock(mutex_);
  entries_[log].push_back({certificate_der, false});
}

void FakePublisher::FailNext(absl::Status status) {
  std::lock_guard lock(mutex_);
  failures_.push_back(std::move(status));
}

void FakePublisher::Forge(bool forge) {
  std::lock_guard lock(mutex_);
  forge_ = forge;
}

void FakePublisher::Drop(bool drop) {
  std::lock_guard lock(mutex_);
  drop_ = drop;
}

absl::Status FakePublisher::TakeFailure() {
  if (failures_.empty()) return absl::OkStatus();
  const absl::Status status = std::move(failures_.front());
  failures_.pop_front();
  return status;
}

std::vector<v1::GetSctsRequest> FakePublisher::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<v1::SubmitCertificateRequest> FakePublisher::submitted() const {
  std::lock_guard lock(mutex_);
  return submitted_;
}

}  // namespace cairn::publisher
