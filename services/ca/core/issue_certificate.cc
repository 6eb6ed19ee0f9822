#include "services/ca/core/issue_certificate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/acme/jws.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/precertificate.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/names.h"
#include "libs/x509/oids.h"
#include "libs/x509/serial_number.h"
#include "services/ca/signing/leaf_check.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

// X.520's bound on a common name (PROF-13).
constexpr size_t kMaxCommonName = 64;

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

// What the profile said when the issuance began: the configuration may have changed
// since. Whether it is lawful still is looked at like everything else.
void GoOnWith(const x509::TbsCertificate& begun, x509::Leaf& leaf) {
  leaf.not_before = begun.not_before;
  leaf.not_after = begun.not_after;
  leaf.common_name = begun.common_name;
  const auto has = [](const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  leaf.client_auth = has(begun.extended_key_usage, x509::oid::kClientAuth);
  leaf.rsa_signature_only = !has(begun.key_usage, x509::kKeyEncipherment);
}

}  // namespace

IssueCertificate::IssueCertificate(Rules rules, const Parts& parts)
    : rules_(std::move(rules)),
      parts_(parts),
      issuances_(parts.clock),
      finalize_urls_(parts.clock) {}

absl::StatusOr<Issued> IssueCertificate::Run(const base::Call& call, const Request& request) {
  absl::StatusOr<Issued> issued = Issue(call, request);
  if (!issued.ok()) parts_.refusals.Add(call, request.issuance_id, issued.status());
  return issued;
}

// The procedure. Its order is the proof: nothing is signed that was not verified,
// checked and journaled first, and nothing is answered that was not journaled.
absl::StatusOr<Issued> IssueCertificate::Issue(const base::Call& call, const Request& request) {
  if (request.issuance_id.size() != 16) {
    return Make(Reason::kMalformed, "an issuance id has 16 octets");
  }

  // (1) Was this done before? The same issuance gets the same certificate; but
  // only for the same request, so that its id is no way to swap requests.
  // Calls with one id run one after the other.
  ASSIGN_OR_RETURN(const std::string request_digest, RequestDigest(request.evidence));
  ASSIGN_OR_RETURN(const KeyedLock::Held this_issuance, issuances_.Lock(call, request.issuance_id));
  ASSIGN_OR_RETURN(const IssuanceIndex::Issuance known, parts_.journal.Find(request.issuance_id));
  const IssuanceIndex::Step& begun = rules_.with_ct ? known.precertificate : known.certificate;
  std::optional<v1::SigningIntent> intent;
  if (begun.intent.has_value()) {
    ASSIGN_OR_RETURN(intent, parts_.journal.ReadIntent(*begun.intent));
    if (intent->request_digest() != request_digest) {
      return Make(Reason::kReplayed, "this issuance id served another request");
    }
    if (begun.signature.has_value()) {
      ASSIGN_OR_RETURN(v1::Signed done, parts_.journal.ReadSigned(*begun.signature));
      ASSIGN_OR_RETURN(const Issuer* signer, SignerOf(*intent, parts_.issuers));
      return ToIssued(std::move(done), *signer);
    }
  }

  // (2) The evidence: who asked, for what names, and who saw that he may.
  const absl::Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const evidence::Proof proof, parts_.verifier.Verify(request.evidence, now));

  // (3) The request: exactly the names that were proven, and a key that may be used.
  const std::string& profile_name = intent.has_value() ? intent->profile() : request.profile;
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
  // the serial, the issuer and what else its profile said, as they are in the journal.
  const Issuer* issuer =
      intent.has_value()
          ? parts_.issuers.Usable(intent->issuer())
          : parts_.issuers.Pick(csr.public_key().type(),
                                now - profile->backdate + profile->validity, parts_.random);
  if (issuer == nullptr) return Make(Reason::kUnavailable, "no issuer can sign this");
  ASSIGN_OR_RETURN(x509::Leaf leaf, NewLeaf(*issuer, *profile, csr));
  if (intent.has_value()) {
    ASSIGN_OR_RETURN(leaf.serial, x509::SerialNumber::FromBytes(intent->serial()));
    ASSIGN_OR_RETURN(const x509::TbsCertificate begun_tbs,
                     x509::TbsCertificate::Parse(intent->tbs()));
    GoOnWith(begun_tbs, leaf);
  }
  ASSIGN_OR_RETURN(std::string tbs_der,
                   intent.has_value() ? absl::StatusOr<std::string>(intent->tbs()) : Compose(leaf));

  // (6) The check that stands before every signature, linters included. It alone
  // gives the token that the signer takes.
  const signing::LeafCheck::Rules check = parts_.lints.RulesAt(now, issuer->certificate);
  ASSIGN_OR_RETURN(
      signing::LeafCheck::Passed passed,
      rules_.with_ct
          ? signing::LeafCheck::Precertificate(std::move(tbs_der), leaf, issuer->name, check)
          : signing::LeafCheck::Certificate(std::move(tbs_der), leaf, issuer->name, check));

  // (7) to (10): intent, signature, verification, record.
  if (!intent.has_value()) {
    intent.emplace();
    intent->set_issuance_id(request.issuance_id);
    intent->set_serial(std::string(leaf.serial.bytes()));
    intent->set_profile(profile->name);
    intent->set_request_digest(proof.request_digest);
    intent->set_finalize_url(proof.finalize_url);
    intent->set_evidence_digest(crypto::Sha256(request.evidence.SerializeAsString()));
    intent->set_signable(rules_.with_ct ? v1::SIGNABLE_PRECERTIFICATE : v1::SIGNABLE_CERTIFICATE);
  }
  ASSIGN_OR_RETURN(v1::Signed done, parts_.sign.Run(call, *issuer, *std::move(intent), begun.intent,
                                                    std::move(passed)));
  return ToIssued(std::move(done), *issuer);
}

absl::StatusOr<std::string> IssueCertificate::Compose(const x509::Leaf& leaf) const {
  if (!rules_.with_ct) return x509::ComposeTbs(leaf);
  return ct::AddPoison(x509::ComposeTbs(leaf));
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
      .client_auth = profile.client_auth,
      .rsa_signature_only = profile.rsa_signature_only,
  };
}

}  // namespace cairn::ca
