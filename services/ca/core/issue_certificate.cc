#include "services/ca/core/issue_certificate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/acme/jws.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/certificate.h"
#include "libs/x509/names.h"
#include "libs/x509/serial_number.h"
#include "services/ca/signing/leaf_check.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

// X.520's bound on a common name (PROF-13).
constexpr size_t kMaxCommonName = 64;

audit::v1::Event EventOf(const base::Call& call) {
  audit::v1::Event event;
  event.set_trace_id(call.trace.trace_id);
  event.set_peer(call.peer);
  return event;
}

// What tells one request from another, before anything in it is believed.
absl::StatusOr<std::string> RequestDigest(const evidence::v1::Evidence& evidence) {
  const absl::StatusOr<acme::Jws> jws = acme::Jws::Parse(evidence.finalize_jws());
  if (!jws.ok()) return Make(Reason::kEvidenceForged, "the finalize request is not a JWS");
  return crypto::Sha256(jws->signing_input());
}

absl::StatusOr<x509::Names> NamesOf(const evidence::Proof& proof) {
  x509::Names names;
  for (const evidence::ProvenName& proven : proof.names) {
    const std::string& value = proven.identifier.value();
    if (proven.identifier.type() == core::v1::Identifier::TYPE_DNS) {
      names.dns.push_back(proven.wildcard ? base::Cat("*.", value) : value);
      continue;
    }
    const std::optional<std::string> ip = x509::IpFromText(value);
    if (!ip.has_value()) {
      return Make(Reason::kEvidenceMismatch,
                  base::Cat("a receipt names no address: ", base::Escaped(value, 80)));
    }
    names.ips.push_back(*ip);
  }
  names.Normalize();
  return names;
}

// The name for old clients that read the subject: the one that the request put
// there, else the first that fits.
std::optional<std::string> CommonNameFor(const Profile& profile, const x509::Csr& csr) {
  if (!profile.include_common_name) return std::nullopt;
  if (csr.common_name().has_value() && csr.common_name()->size() <= kMaxCommonName) {
    return csr.common_name();
  }
  for (const std::string& name : csr.names().dns) {
    if (name.size() <= kMaxCommonName) return name;
  }
  return std::nullopt;
}

}  // namespace

IssueCertificate::IssueCertificate(Rules rules, const Parts& parts)
    : rules_(std::move(rules)),
      parts_(parts),
      issuances_(parts.clock),
      finalize_urls_(parts.clock),
      sign_seconds_(parts.metrics.Histogram("cairn_ca_sign_seconds",
                                            "Time that one use of an issuer's key takes")) {
  for (const Issuer& issuer : parts.issuers.all()) {
    signatures_.emplace(issuer.name,
                        parts.metrics.Counter("cairn_ca_signatures_total", "Certificates signed",
                                              {{"issuer", issuer.name}}));
  }
  for (const Reason reason : errors::AllReasons()) {
    refusals_.emplace(reason,
                      parts.metrics.Counter("cairn_ca_refusals_total", "Requests not signed",
                                            {{"reason", std::string(MappingOf(reason).name)}}));
  }
}

absl::StatusOr<v1::SignCertificateResponse> IssueCertificate::Run(
    const base::Call& call, const v1::SignCertificateRequest& request) {
  absl::StatusOr<v1::SignCertificateResponse> response = Issue(call, request);
  if (!response.ok()) Refused(call, request, response.status());
  return response;
}

// The procedure. Its order is the proof: nothing is signed that was not verified,
// checked and journaled first, and nothing is answered that was not journaled.
absl::StatusOr<v1::SignCertificateResponse> IssueCertificate::Issue(
    const base::Call& call, const v1::SignCertificateRequest& request) {
  const std::string& issuance_id = request.issuance_id();
  if (issuance_id.size() != 16) {
    return Make(Reason::kMalformed, "an issuance id has 16 octets");
  }

  // (1) Was this done before? The same issuance gets the same certificate; but
  // only for the same request, so that its id is no way to swap requests.
  // Calls with one id run one after the other.
  ASSIGN_OR_RETURN(const std::string request_digest, RequestDigest(request.evidence()));
  ASSIGN_OR_RETURN(const KeyedLock::Held this_issuance, issuances_.Lock(call, issuance_id));
  ASSIGN_OR_RETURN(const std::optional<IssuanceIndex::Issuance> begun,
                   parts_.journal.Find(issuance_id));
  std::optional<v1::SigningIntent> intent;
  if (begun.has_value()) {
    ASSIGN_OR_RETURN(intent, parts_.journal.ReadIntent(begun->intent));
    if (intent->request_digest() != request_digest) {
      return Make(Reason::kReplayed, "this issuance id served another request");
    }
    if (begun->signature.has_value()) {
      ASSIGN_OR_RETURN(const v1::Signed done, parts_.journal.ReadSigned(*begun->signature));
      return Answer(intent->issuer(), done);
    }
  }

  // (2) The evidence: who asked, for what names, and who saw that he may.
  const absl::Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const evidence::Proof proof, parts_.verifier.Verify(request.evidence(), now));

  // (3) The request: exactly the names that were proven, and a key that may be used.
  const std::string& profile_name = intent.has_value() ? intent->profile() : request.profile();
  ASSIGN_OR_RETURN(const Profile* profile, FindProfile(profile_name));
  ASSIGN_OR_RETURN(const x509::Csr csr, CheckCsr(proof, *profile));

  // (4) One request, one certificate, for ever. The lock keeps out a second
  // issuance id with the same URL between here and the intent.
  ASSIGN_OR_RETURN(const KeyedLock::Held this_url, finalize_urls_.Lock(call, proof.finalize_url));
  if (!intent.has_value()) {
    ASSIGN_OR_RETURN(const bool served,
                     parts_.journal.WasServed(proof.finalize_url, proof.request_digest));
    if (served) return Make(Reason::kReplayed, "this finalize request was served before");
  }

  // (5) What is to be signed, and by whom. An issuance that was begun goes on with
  // the serial, the times and the issuer that are in the journal.
  const Issuer* issuer = intent.has_value()
                             ? parts_.issuers.Usable(intent->issuer())
                             : parts_.issuers.Pick(csr.public_key().type(),
                                                   now - profile->backdate + profile->validity);
  if (issuer == nullptr) return Make(Reason::kUnavailable, "no issuer can sign this");
  ASSIGN_OR_RETURN(x509::Leaf leaf, NewLeaf(*issuer, *profile, csr));
  if (intent.has_value()) {
    ASSIGN_OR_RETURN(leaf.serial, x509::SerialNumber::FromBytes(intent->serial()));
    ASSIGN_OR_RETURN(const x509::TbsCertificate begun_tbs,
                     x509::TbsCertificate::Parse(intent->tbs()));
    leaf.not_before = begun_tbs.not_before;
    leaf.not_after = begun_tbs.not_after;
  }
  const std::string tbs_der = intent.has_value() ? intent->tbs() : x509::ComposeTbs(leaf);

  // (6) The check that stands before every signature. It alone gives the token
  // that the signer takes; linters stand here too.
  ASSIGN_OR_RETURN(
      signing::Checked<signing::Tbs> checked,
      signing::LeafCheck::Run(tbs_der, leaf, issuer->name,
                              {.pack = rules_.pack, .now = now, .issuer = issuer->certificate}));

  // (7) The intent is on disk, and audited, before the key is used: whatever
  // happens from here on, the serial is known, revocable and explained.
  uint64_t intent_index = begun.has_value() ? begun->intent : 0;
  if (!intent.has_value()) {
    v1::SigningIntent fresh;
    fresh.set_issuance_id(issuance_id);
    fresh.set_serial(std::string(leaf.serial.bytes()));
    fresh.set_issuer(issuer->name);
    fresh.set_profile(profile->name);
    fresh.set_tbs(tbs_der);
    fresh.set_request_digest(proof.request_digest);
    fresh.set_finalize_url(proof.finalize_url);
    fresh.set_evidence_digest(crypto::Sha256(request.evidence().SerializeAsString()));
    ASSIGN_OR_RETURN(intent_index, parts_.journal.AppendIntent(fresh));
  }
  const std::string tbs_digest = crypto::Sha256(tbs_der);
  audit::v1::Event signing = EventOf(call);
  signing.mutable_certificate_signing()->set_issuance_id(issuance_id);
  signing.mutable_certificate_signing()->set_serial(std::string(leaf.serial.bytes()));
  signing.mutable_certificate_signing()->set_issuer(issuer->name);
  signing.mutable_certificate_signing()->set_profile(profile->name);
  signing.mutable_certificate_signing()->set_tbs_digest(tbs_digest);
  RETURN_IF_ERROR(parts_.audit.Write(signing));

  // (8) The one use of the key.
  ASSIGN_OR_RETURN(const std::string signature, Sign(*issuer, std::move(checked)));
  const std::string certificate = x509::ComposeCertificate(tbs_der, leaf.algorithm, signature);

  // (9) OpenSSL, which had no part in it, must find the very octets of the journal
  // under a signature of this issuer. If not, key or memory are not what we think
  // they are.
  if (const std::string why = WhyNotAsSigned(certificate, tbs_der, *issuer); !why.empty()) {
    return StopIssuer(call, *issuer, issuance_id, why);
  }

  // (10) The certificate is on disk before anybody sees it.
  v1::Signed done;
  done.set_issuance_id(issuance_id);
  done.set_serial(std::string(leaf.serial.bytes()));
  done.set_certificate(certificate);
  done.set_intent_index(intent_index);
  RETURN_IF_ERROR(parts_.journal.AppendSigned(done).status());
  signatures_.at(issuer->name).Add();
  audit::v1::Event finished = EventOf(call);
  finished.mutable_certificate_signed()->set_issuance_id(issuance_id);
  finished.mutable_certificate_signed()->set_serial(done.serial());
  finished.mutable_certificate_signed()->set_certificate_digest(crypto::Sha256(certificate));
  finished.mutable_certificate_signed()->set_tbs_digest(tbs_digest);
  RETURN_IF_ERROR(parts_.audit.Write(finished));
  return Answer(issuer->name, done);
}

absl::StatusOr<const Profile*> IssueCertificate::FindProfile(std::string_view name) const {
  for (const Profile& profile : rules_.profiles) {
    if (profile.name == name) return &profile;
  }
  return Make(Reason::kInvalidProfile, base::Cat("there is no profile ", base::Escaped(name, 64)));
}

absl::StatusOr<x509::Csr> IssueCertificate::CheckCsr(const evidence::Proof& proof,
                                                     const Profile& profile) const {
  ASSIGN_OR_RETURN(x509::Csr csr, x509::Csr::Parse(proof.csr_der));
  ASSIGN_OR_RETURN(const x509::Names proven, NamesOf(proof));
  if (csr.names() != proven) {
    return Make(Reason::kEvidenceMismatch, "the CSR's names are not those that were proven");
  }
  // KEY-16: the RA looked at the key as well; a broken RA must not matter.
  const crypto::PublicKey& key = csr.public_key();
  RETURN_IF_ERROR(policy::CheckKey(key, policy::KeyUse::kCertificate, rules_.keys));
  if (!profile.key_types.contains(key.type())) {
    return Make(Reason::kBadCsr, base::Cat("profile ", profile.name, " has no certificates for ",
                                           crypto::NameOf(key.type()), " keys"));
  }
  // KEY-18
  if (key == proof.account_key) return Make(Reason::kBadCsr, "the CSR has the account's key");
  if (parts_.issuers.HasKey(key)) return Make(Reason::kBadCsr, "the CSR has the key of a CA");
  return csr;
}

absl::StatusOr<x509::Leaf> IssueCertificate::NewLeaf(const Issuer& issuer, const Profile& profile,
                                                     const x509::Csr& csr) {
  const x509::SerialNumber serial = x509::SerialNumber::Draw(rules_.instance, parts_.random);
  ASSIGN_OR_RETURN(const bool used, parts_.journal.HasSerial(serial.bytes()));
  if (used) return Make(Reason::kInternal, "the random source repeats itself");
  // Times in certificates have whole seconds, and the last one is included. A
  // certificate is never older than its issuer, however new that is.
  const absl::Time not_before =
      std::max(absl::FromUnixSeconds(absl::ToUnixSeconds(parts_.clock.Now())) - profile.backdate,
               issuer.certificate.tbs().not_before);
  return x509::Leaf{
      .serial = serial,
      .algorithm = x509::CertificateAlgorithm(issuer.certificate.public_key().type()),
      .issuer_der = issuer.certificate.tbs().subject_der,
      .not_before = not_before,
      .not_after = not_before + profile.validity - absl::Seconds(1),
      .common_name = CommonNameFor(profile, csr),
      .public_key = csr.public_key(),
      .authority_key_id = issuer.certificate.tbs().subject_key_id,
      .ca_issuers_url = issuer.ca_issuers_url,
      .crl_url = std::nullopt,
      .names = csr.names(),
  };
}

absl::StatusOr<std::string> IssueCertificate::Sign(const Issuer& issuer,
                                                   signing::Checked<signing::Tbs> tbs) {
  const absl::Time began = parts_.clock.Now();
  absl::StatusOr<std::string> signature = parts_.signer.Sign(std::move(tbs));
  sign_seconds_.Observe(parts_.clock.Now() - began);
  if (!signature.ok()) return errors::Annotate(signature.status(), issuer.name);
  return signature;
}

std::string IssueCertificate::WhyNotAsSigned(const std::string& certificate_der,
                                             const std::string& tbs_der, const Issuer& issuer) {
  const absl::StatusOr<crypto::judge::Certificate> read =
      crypto::judge::ReadCertificate(certificate_der);
  if (!read.ok()) return errors::PayloadOf(read.status()).detail();
  if (read->tbs_der != tbs_der) return "OpenSSL sees other octets than were journaled";
  if (!crypto::judge::VerifyCertificate(certificate_der, issuer.certificate.public_key())) {
    return "the signature does not verify with the issuer's key";
  }
  return "";
}

absl::Status IssueCertificate::StopIssuer(const base::Call& call, const Issuer& issuer,
                                          const std::string& issuance_id, const std::string& why) {
  parts_.issuers.Stop(issuer.name);
  audit::v1::Event event = EventOf(call);
  event.mutable_issuer_stopped()->set_issuer(issuer.name);
  event.mutable_issuer_stopped()->set_issuance_id(issuance_id);
  event.mutable_issuer_stopped()->set_why(why);
  const absl::Status written = parts_.audit.Write(event);
  return Make(Reason::kInternal,
              base::Cat("issuer ", issuer.name, " is stopped: ", why,
                        written.ok() ? "" : " (and the audit log can't be written)"));
}

absl::StatusOr<v1::SignCertificateResponse> IssueCertificate::Answer(
    const std::string& issuer_name, const v1::Signed& certificate) const {
  const Issuer* issuer = parts_.issuers.Find(issuer_name);
  if (issuer == nullptr) {
    return Make(Reason::kInternal, base::Cat("the certificate was signed by ", issuer_name,
                                             ", which is not in the configuration any more"));
  }
  v1::SignCertificateResponse response;
  response.set_certificate(certificate.certificate());
  response.set_serial(certificate.serial());
  for (const std::string& der : issuer->chain) response.add_chain(der);
  response.set_issuer(issuer->name);
  return response;
}

void IssueCertificate::Refused(const base::Call& call, const v1::SignCertificateRequest& request,
                               const absl::Status& status) {
  const errors::Reason reason = errors::ReasonOf(status);
  refusals_.at(reason).Add();
  audit::v1::Event event = EventOf(call);
  event.mutable_signing_refused()->set_issuance_id(request.issuance_id());
  event.mutable_signing_refused()->set_reason(std::string(MappingOf(reason).name));
  event.mutable_signing_refused()->set_detail(
      base::Escaped({status.message().data(), status.message().size()}, 512));
  // It is refused whether this can be written or not.
  (void)parts_.audit.Write(event);
}

}  // namespace cairn::ca
