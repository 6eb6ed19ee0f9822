#include "services/ca/core/sign_ocsp.h"

#include <optional>
#include <set>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge_ocsp.h"
#include "libs/errors/errors.h"
#include "libs/lint/lint.h"
#include "libs/x509/algorithm.h"
#include "services/ca/core/known_certificate.h"
#include "services/ca/core/status_issuer.h"
#include "services/ca/core/update_times.h"
#include "services/ca/signing/ocsp_check.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

// Whose key signs, and goes by which certificate.
const x509::Certificate& ResponderOf(const Issuer& issuer) {
  return issuer.ocsp_signer.has_value() ? *issuer.ocsp_signer : issuer.certificate;
}

absl::StatusOr<x509::OcspHash> HashOf(v1::OcspHash hash) {
  if (hash == v1::OCSP_HASH_SHA1) return x509::OcspHash::kSha1;
  if (hash == v1::OCSP_HASH_SHA256) return x509::OcspHash::kSha256;
  return Make(Reason::kMalformed, "the hash of the CertIDs is not known");
}

absl::Status CheckSerials(const v1::SignOcspResponsesRequest& request) {
  if (request.serials().empty() || request.serials_size() > SignOcsp::kMaxSerials) {
    return Make(Reason::kMalformed, base::Cat("1 to ", SignOcsp::kMaxSerials, " serials"));
  }
  const std::set<std::string> serials(request.serials().begin(), request.serials().end());
  if (serials.size() != static_cast<size_t>(request.serials_size())) {
    return Make(Reason::kMalformed, "a serial is there twice");
  }
  return absl::OkStatus();
}

// Why the response is not what was to be signed; empty if it is. OpenSSL judges.
std::string WhyNotAsSigned(const std::string& response, std::string_view data_der,
                           const Issuer& issuer, const std::string& serial, absl::Time now) {
  const absl::StatusOr<crypto::judge::OcspResponse> read =
      crypto::judge::ReadOcspResponse(response);
  if (!read.ok()) return errors::PayloadOf(read.status()).detail();
  if (read->data_der != data_der) return "OpenSSL sees other octets in an OCSP response";
  const absl::Status verified =
      crypto::judge::VerifyOcspResponse(response, issuer.certificate.der(), serial, now);
  return verified.ok() ? "" : errors::PayloadOf(verified).detail();
}

}  // namespace

SignOcsp::SignOcsp(const Parts& parts) : parts_(parts) {
  for (const Issuer& issuer : parts.issuers.all()) {
    signatures_.emplace(
        issuer.name, parts.metrics.Counter("cairn_ca_ocsp_responses_total", "OCSP responses signed",
                                           {{"issuer", issuer.name}}));
  }
}

absl::StatusOr<v1::SignOcspResponsesResponse> SignOcsp::Run(
    const base::Call& call, const v1::SignOcspResponsesRequest& request) {
  absl::StatusOr<v1::SignOcspResponsesResponse> response = Sign(call, request);
  if (!response.ok()) parts_.refusals.Add(call, "", response.status());
  return response;
}

absl::StatusOr<v1::SignOcspResponsesResponse> SignOcsp::Sign(
    const base::Call& call, const v1::SignOcspResponsesRequest& request) {
  // (1) About whose certificates, and until when.
  const Issuer* issuer = parts_.issuers.Find(request.issuer());
  if (issuer == nullptr) return Make(Reason::kNotFound, "there is no such issuer");
  RETURN_IF_ERROR(CheckSignsStatus(parts_.issuers, *issuer));
  RETURN_IF_ERROR(CheckSerials(request));
  const absl::Time now = SecondsOf(absl::ToUnixMillis(parts_.clock.Now()));
  RETURN_IF_ERROR(
      CheckUpdateTimes(request.this_update_ms(), request.next_update_ms(), parts_.clock.Now()));

  // (2) What the journal says of each, and the check that stands before every
  // signature, linters included.
  ASSIGN_OR_RETURN(Batch batch, Prepare(*issuer, request, now));

  // (3) One record for all, before the key is used.
  ASSIGN_OR_RETURN(const uint64_t index, parts_.journal.AppendOcspIntent(batch.intent));
  audit::v1::Event event = audit::EventOf(call);
  audit::v1::OcspSigning& signing = *event.mutable_ocsp_signing();
  signing.set_issuer(issuer->name);
  signing.set_responses(static_cast<uint32_t>(batch.ready.size()));
  signing.set_journal_index(index);
  signing.set_data_digest(batch.intent.data_digest());
  RETURN_IF_ERROR(parts_.audit.Write(event));

  // (4) Signatures, each verified.
  v1::SignOcspResponsesResponse response;
  for (Ready& ready : batch.ready) {
    ASSIGN_OR_RETURN(std::string signed_response, SignOne(call, *issuer, std::move(ready), now));
    response.add_responses(std::move(signed_response));
  }
  return response;
}

absl::StatusOr<SignOcsp::Batch> SignOcsp::Prepare(const Issuer& issuer,
                                                  const v1::SignOcspResponsesRequest& request,
                                                  absl::Time now) {
  ASSIGN_OR_RETURN(const x509::OcspHash hash, HashOf(request.hash()));
  const x509::Certificate& responder = ResponderOf(issuer);
  Batch batch;
  batch.intent.set_issuer(issuer.name);
  batch.intent.set_responder_digest(crypto::Sha256(responder.der()));
  batch.intent.set_hash(request.hash());
  batch.intent.set_produced_at_ms(absl::ToUnixMillis(now));
  batch.intent.set_this_update_ms(absl::ToUnixMillis(SecondsOf(request.this_update_ms())));
  batch.intent.set_next_update_ms(absl::ToUnixMillis(SecondsOf(request.next_update_ms())));
  batch.intent.set_lint_version(lint::Version());
  std::string all_data;
  std::string all_digests;
  for (const std::string& serial : request.serials()) {
    v1::OcspIntent::Answer& answer = *batch.intent.add_answers();
    answer.set_serial(serial);
    ASSIGN_OR_RETURN(std::optional<x509::OcspRevocation> revoked, StatusOf(issuer, serial, answer));
    const x509::OcspContent content{
        .responder_key_hash = x509::OcspKeyHash(responder.public_key()),
        .produced_at = now,
        .certificate = x509::OcspCertIdOf(hash, issuer.certificate.tbs().subject_der,
                                          issuer.certificate.public_key(), serial),
        .revoked = std::move(revoked),
        .this_update = SecondsOf(request.this_update_ms()),
        .next_update = SecondsOf(request.next_update_ms())};
    std::string data = x509::ComposeOcspData(content);
    ASSIGN_OR_RETURN(signing::Passed passed,
                     signing::OcspCheck::Response(
                         data, content, issuer.name,
                         {.pack = parts_.lints.pack(),
                          .now = now,
                          .issuer = issuer.certificate,
                          .responder = issuer.ocsp_signer ? &*issuer.ocsp_signer : nullptr,
                          .allowed = parts_.lints.allowed()}));
    all_data += data;
    all_digests += passed.lint_digest;
    batch.ready.push_back({.serial = serial, .data = std::move(data), .passed = std::move(passed)});
  }
  batch.intent.set_data_digest(crypto::Sha256(all_data));
  batch.intent.set_lint_digest(base::ToHex(crypto::Sha256(all_digests)));
  return batch;
}

absl::StatusOr<std::optional<x509::OcspRevocation>> SignOcsp::StatusOf(
    const Issuer& issuer, const std::string& serial, v1::OcspIntent::Answer& answer) {
  ASSIGN_OR_RETURN(const KnownCertificate known, FindCertificate(parts_.journal, serial));
  // OCSP-08: a precertificate is enough; an intent alone is not, as nobody may have
  // seen anything with the serial.
  if (known.intent.issuer() != issuer.name || !known.is_signed) {
    return Make(Reason::kNotFound, base::Cat("issuer ", issuer.name, " signed no certificate with ",
                                             "serial ", base::ToHex(serial)));
  }
  ASSIGN_OR_RETURN(const std::optional<RevocationIndex::Entry> entry,
                   parts_.journal.FindRevocation(serial));
  if (!entry.has_value()) return std::optional<x509::OcspRevocation>();
  answer.set_revocation(entry->record);
  return x509::OcspRevocation{.at = SecondsOf(absl::ToUnixMillis(entry->revoked.revoked_at)),
                              .reason = entry->revoked.reason};
}

absl::StatusOr<std::string> SignOcsp::SignOne(const base::Call& call, const Issuer& issuer,
                                              Ready ready, absl::Time now) {
  const crypto::SignatureAlgorithm algorithm = ready.passed.tbs.value().algorithm;
  ASSIGN_OR_RETURN(const std::string signature,
                   parts_.key.Sign(issuer, std::move(ready.passed.tbs)));
  std::string response = x509::ComposeOcspResponse(
      ready.data, algorithm, signature,
      issuer.ocsp_signer ? std::optional<std::string>(issuer.ocsp_signer->der()) : std::nullopt);
  if (const std::string why = WhyNotAsSigned(response, ready.data, issuer, ready.serial, now);
      !why.empty()) {
    return parts_.key.Stop(call, issuer, "", why);
  }
  signatures_.at(issuer.name).Add();
  return response;
}

}  // namespace cairn::ca
