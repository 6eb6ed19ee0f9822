#include "services/ca/api/fake_signer.h"

#include <algorithm>
#include <utility>

#include "libs/acme/json.h"
#include "libs/acme/jws.h"
#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/csr.h"
#include "libs/x509/serial_number.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

constexpr uint32_t kMaxRecords = 1000;

}  // namespace

FakeSigner::FakeSigner(const base::Clock& clock)
    : clock_(clock),
      ca_("Fake signer", crypto::KeyType::kEcP256, clock.Now() - absl::Hours(24),
          clock.Now() + absl::Hours(24 * 3650)) {}

void FakeSigner::FailNext(Fault fault, absl::Status status) {
  std::lock_guard lock(mutex_);
  INVARIANT(!fault_.has_value(), "a test orders one failure at a time");
  fault_ = fault;
  fault_status_ = std::move(status);
}

int FakeSigner::signatures() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(issuances_.size());
}

absl::StatusOr<v1::SignCertificateResponse> FakeSigner::SignCertificate(
    const base::Call&, const v1::SignCertificateRequest& request) {
  std::lock_guard lock(mutex_);
  const std::optional<Fault> fault = std::exchange(fault_, std::nullopt);
  if (fault == Fault::kNotDone) return fault_status_;
  absl::StatusOr<v1::SignCertificateResponse> response = Sign(request);
  if (fault == Fault::kAnswerLost) return fault_status_;
  return response;
}

absl::StatusOr<v1::SignCertificateResponse> FakeSigner::Sign(
    const v1::SignCertificateRequest& request) {
  if (request.issuance_id().size() != 16) {
    return Make(Reason::kMalformed, "an issuance id has 16 octets");
  }
  const std::string& body = request.evidence().finalize_jws();
  if (const auto done = issuances_.find(request.issuance_id()); done != issuances_.end()) {
    if (done->second.request == body) return done->second.response;
    return Make(Reason::kReplayed, "this issuance id served another request");
  }
  const absl::StatusOr<acme::Jws> jws = acme::Jws::Parse(body);
  if (!jws.ok()) return Make(Reason::kEvidenceForged, "the finalize request is not a JWS");
  const absl::StatusOr<acme::Json> payload = acme::Json::Parse(jws->payload());
  const auto text = payload.ok() ? payload->GetString("csr") : std::nullopt;
  const auto csr_der = text ? base::FromBase64Url(*text) : std::nullopt;
  if (!csr_der) return Make(Reason::kEvidenceForged, "the finalize request carries no CSR");
  ASSIGN_OR_RETURN(const x509::Csr csr, x509::Csr::Parse(*csr_der));
  if (!served_urls_.insert(jws->url()).second) {
    return Make(Reason::kReplayed, "this finalize request was served before");
  }

  const absl::Time not_before =
      absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now())) - absl::Hours(1);
  const x509::Leaf leaf{.serial = x509::SerialNumber::Draw(1, random_),
                        .algorithm = crypto::SignatureAlgorithm::kEcdsaSha256,
                        .issuer_der = ca_.name_der(),
                        .not_before = not_before,
                        .not_after = not_before + absl::Hours(144) - absl::Seconds(1),
                        .common_name = std::nullopt,
                        .public_key = csr.public_key(),
                        .authority_key_id = ca_.key_id(),
                        .ca_issuers_url = std::nullopt,
                        .crl_url = std::nullopt,
                        .names = csr.names()};
  const std::string tbs = x509::ComposeTbs(leaf);
  ASSIGN_OR_RETURN(const std::string signature, ca_.key().Sign(leaf.algorithm, tbs));

  v1::SignCertificateResponse response;
  response.set_certificate(x509::ComposeCertificate(tbs, leaf.algorithm, signature));
  response.set_serial(std::string(leaf.serial.bytes()));
  response.add_chain(ca_.certificate_der());
  response.set_issuer("fake");

  v1::JournalEntry intent;
  intent.set_index(journal_.size());
  intent.mutable_record()->set_recorded_at_ms(absl::ToUnixMillis(clock_.Now()));
  v1::SigningIntent& begun = *intent.mutable_record()->mutable_intent();
  begun.set_issuance_id(request.issuance_id());
  begun.set_serial(response.serial());
  begun.set_issuer("fake");
  begun.set_profile(request.profile());
  begun.set_tbs(tbs);
  begun.set_request_digest(crypto::Sha256(jws->signing_input()));
  begun.set_finalize_url(jws->url());
  journal_.push_back(intent);
  v1::JournalEntry certificate;
  certificate.set_index(journal_.size());
  certificate.mutable_record()->set_recorded_at_ms(absl::ToUnixMillis(clock_.Now()));
  v1::Signed& done = *certificate.mutable_record()->mutable_signed_();
  done.set_issuance_id(request.issuance_id());
  done.set_serial(response.serial());
  done.set_certificate(response.certificate());
  done.set_intent_index(intent.index());
  journal_.push_back(certificate);

  issuances_[request.issuance_id()] = {body, response};
  return response;
}

absl::StatusOr<v1::ReadJournalResponse> FakeSigner::ReadJournal(
    const base::Call&, const v1::ReadJournalRequest& request) {
  std::lock_guard lock(mutex_);
  const uint32_t limit =
      request.limit() == 0 ? kMaxRecords : std::min(request.limit(), kMaxRecords);
  v1::ReadJournalResponse response;
  response.set_size(journal_.size());
  uint64_t next = std::min<uint64_t>(request.first_index(), journal_.size());
  while (next < journal_.size() && static_cast<uint32_t>(response.entries_size()) < limit) {
    const v1::JournalEntry& entry = journal_[next++];
    if (request.only_certificates() && !entry.record().has_signed_()) continue;
    *response.add_entries() = entry;
  }
  response.set_next_index(next);
  return response;
}

}  // namespace cairn::ca
