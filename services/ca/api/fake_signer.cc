#include "services/ca/api/fake_signer.h"

#include <algorithm>
#include <utility>

#include "libs/acme/json.h"
#include "libs/acme/jws.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/sct.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"
#include "libs/x509/csr.h"
#include "libs/x509/serial_number.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

constexpr uint32_t kMaxRecords = 1000;
constexpr crypto::SignatureAlgorithm kAlgorithm = crypto::SignatureAlgorithm::kEcdsaSha256;

}  // namespace

FakeSigner::FakeSigner(const base::Clock& clock)
    : clock_(clock),
      ca_("Fake signer", crypto::KeyType::kEcP256, clock.Now() - absl::Hours(24),
          clock.Now() + absl::Hours(24 * 3650)) {}

void FakeSigner::FailNext(Method method, Fault fault, absl::Status status) {
  std::lock_guard lock(mutex_);
  orders_.push_back({method, fault, std::move(status)});
}

void FakeSigner::SetAway(bool away) {
  std::lock_guard lock(mutex_);
  away_ = away;
}

void FakeSigner::ForgetJournal() {
  std::lock_guard lock(mutex_);
  journal_.clear();
}

int FakeSigner::signatures() const {
  std::lock_guard lock(mutex_);
  return signatures_;
}

std::vector<std::string> FakeSigner::serials() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> serials;
  for (const auto& [id, issuance] : issuances_) serials.push_back(issuance.serial);
  return serials;
}

std::vector<v1::SignPrecertificateRequest> FakeSigner::precertificate_requests() const {
  std::lock_guard lock(mutex_);
  return precertificate_requests_;
}

std::vector<v1::SignCertificateRequest> FakeSigner::certificate_requests() const {
  std::lock_guard lock(mutex_);
  return certificate_requests_;
}

template <typename Response>
absl::StatusOr<Response> FakeSigner::Answer(Method method,
                                            const std::function<absl::StatusOr<Response>()>& sign) {
  const auto due = std::find_if(orders_.begin(), orders_.end(),
                                [&](const Order& order) { return order.method == method; });
  if (due == orders_.end()) {
    if (away_) return Make(Reason::kUnavailable, "the signer is away");
    return sign();
  }
  const Order order = *due;
  orders_.erase(due);
  if (order.fault == Fault::kAnswerLost) (void)sign();
  return order.status;
}

absl::StatusOr<v1::SignPrecertificateResponse> FakeSigner::SignPrecertificate(
    const base::Call&, const v1::SignPrecertificateRequest& request) {
  std::lock_guard lock(mutex_);
  precertificate_requests_.push_back(request);
  return Answer<v1::SignPrecertificateResponse>(Method::kSignPrecertificate,
                                                [&] { return Precertificate(request); });
}

absl::StatusOr<v1::SignCertificateResponse> FakeSigner::SignCertificate(
    const base::Call&, const v1::SignCertificateRequest& request) {
  std::lock_guard lock(mutex_);
  certificate_requests_.push_back(request);
  return Answer<v1::SignCertificateResponse>(Method::kSignCertificate,
                                             [&] { return Certificate(request); });
}

absl::StatusOr<FakeSigner::Issuance*> FakeSigner::Begin(const std::string& issuance_id,
                                                        const std::string& jws_body,
                                                        std::string* tbs_der) {
  if (issuance_id.size() != 16) return Make(Reason::kMalformed, "an issuance id has 16 octets");
  if (const auto done = issuances_.find(issuance_id); done != issuances_.end()) {
    if (done->second.request == jws_body) return &done->second;
    return Make(Reason::kReplayed, "this issuance id served another request");
  }
  const absl::StatusOr<acme::Jws> jws = acme::Jws::Parse(jws_body);
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
                        .algorithm = kAlgorithm,
                        .issuer_der = ca_.name_der(),
                        .not_before = not_before,
                        .not_after = not_before + absl::Hours(144) - absl::Seconds(1),
                        .common_name = std::nullopt,
                        .public_key = csr.public_key(),
                        .authority_key_id = ca_.key_id(),
                        .ca_issuers_url = std::nullopt,
                        .crl_url = std::nullopt,
                        .names = csr.names()};
  *tbs_der = x509::ComposeTbs(leaf);
  return &issuances_
              .emplace(issuance_id, Issuance{.request = jws_body,
                                             .serial = std::string(leaf.serial.bytes()),
                                             .not_after = leaf.not_after})
              .first->second;
}

absl::StatusOr<std::string> FakeSigner::Sign(const std::string& issuance_id,
                                             const Issuance& issuance, v1::Signable signable,
                                             const std::string& tbs_der) {
  ASSIGN_OR_RETURN(const acme::Jws jws, acme::Jws::Parse(issuance.request));
  ASSIGN_OR_RETURN(const std::string signature, ca_.key().Sign(kAlgorithm, tbs_der));
  const std::string certificate = x509::ComposeCertificate(tbs_der, kAlgorithm, signature);
  v1::JournalEntry intent;
  intent.set_index(journal_.size());
  intent.mutable_record()->set_recorded_at_ms(absl::ToUnixMillis(clock_.Now()));
  v1::SigningIntent& begun = *intent.mutable_record()->mutable_intent();
  begun.set_issuance_id(issuance_id);
  begun.set_serial(issuance.serial);
  begun.set_issuer("fake");
  begun.set_signable(signable);
  begun.set_tbs(tbs_der);
  begun.set_request_digest(crypto::Sha256(jws.signing_input()));
  begun.set_finalize_url(jws.url());
  journal_.push_back(intent);
  v1::JournalEntry entry;
  entry.set_index(journal_.size());
  entry.mutable_record()->set_recorded_at_ms(absl::ToUnixMillis(clock_.Now()));
  v1::Signed& done = *entry.mutable_record()->mutable_signed_();
  done.set_issuance_id(issuance_id);
  done.set_serial(issuance.serial);
  done.set_certificate(certificate);
  done.set_intent_index(intent.index());
  done.set_signable(signable);
  journal_.push_back(entry);
  ++signatures_;
  return certificate;
}

absl::StatusOr<v1::SignPrecertificateResponse> FakeSigner::Precertificate(
    const v1::SignPrecertificateRequest& request) {
  std::string tbs;
  ASSIGN_OR_RETURN(Issuance * issuance,
                   Begin(request.issuance_id(), request.evidence().finalize_jws(), &tbs));
  if (!tbs.empty()) {
    ASSIGN_OR_RETURN(tbs, ct::AddPoison(tbs));
    ASSIGN_OR_RETURN(issuance->precertificate,
                     Sign(request.issuance_id(), *issuance, v1::SIGNABLE_PRECERTIFICATE, tbs));
  }
  v1::SignPrecertificateResponse response;
  response.set_precertificate(issuance->precertificate);
  response.set_certificate(issuance->certificate);
  response.set_serial(issuance->serial);
  response.add_chain(ca_.certificate_der());
  response.set_issuer("fake");
  return response;
}

absl::StatusOr<v1::SignCertificateResponse> FakeSigner::Certificate(
    const v1::SignCertificateRequest& request) {
  const auto known = issuances_.find(request.issuance_id());
  Issuance* issuance = known == issuances_.end() ? nullptr : &known->second;
  if (issuance == nullptr || issuance->precertificate.empty()) {
    std::string tbs;
    ASSIGN_OR_RETURN(issuance,
                     Begin(request.issuance_id(), request.evidence().finalize_jws(), &tbs));
    if (!tbs.empty()) {
      ASSIGN_OR_RETURN(issuance->certificate,
                       Sign(request.issuance_id(), *issuance, v1::SIGNABLE_CERTIFICATE, tbs));
    }
  } else if (issuance->certificate.empty()) {
    std::vector<ct::SignedCertificateTimestamp> scts;
    for (const std::string& encoded : request.scts()) {
      ASSIGN_OR_RETURN(scts.emplace_back(), ct::SignedCertificateTimestamp::Parse(encoded));
    }
    if (scts.empty()) return Make(Reason::kEvidenceInsufficient, "there are no SCTs");
    ASSIGN_OR_RETURN(const x509::Certificate precertificate,
                     x509::Certificate::Parse(issuance->precertificate));
    ASSIGN_OR_RETURN(const std::string tbs, ct::ReplacePoison(precertificate.tbs_der(), scts));
    ASSIGN_OR_RETURN(issuance->certificate,
                     Sign(request.issuance_id(), *issuance, v1::SIGNABLE_CERTIFICATE, tbs));
  }
  v1::SignCertificateResponse response;
  response.set_certificate(issuance->certificate);
  response.set_serial(issuance->serial);
  response.add_chain(ca_.certificate_der());
  response.set_issuer("fake");
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
