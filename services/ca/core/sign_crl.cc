#include "services/ca/core/sign_crl.h"

#include <optional>
#include <set>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "libs/lint/lint.h"
#include "libs/x509/algorithm.h"
#include "services/ca/core/status_issuer.h"
#include "services/ca/core/update_times.h"
#include "services/ca/signing/crl_check.h"

namespace cairn::ca {
namespace {

using errors::Make;
using errors::Reason;

// So that a CRL, and its record in the journal, fit into one message.
constexpr size_t kMaxTbsOctets = size_t{3} << 20;

// Big-endian without leading zeros; 0 is one octet.
std::string Octets(uint64_t number) {
  std::string octets;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const char octet = static_cast<char>(number >> shift & 0xff);
    if (octet != '\0' || !octets.empty() || shift == 0) octets += octet;
  }
  return octets;
}

// Why the CRL is not what was to be signed; empty if it is. OpenSSL judges.
std::string WhyNotAsSigned(const std::string& crl_der, std::string_view tbs_der,
                           const Issuer& issuer) {
  const absl::StatusOr<crypto::judge::Crl> read = crypto::judge::ReadCrl(crl_der);
  if (!read.ok()) return errors::PayloadOf(read.status()).detail();
  if (read->tbs_der != tbs_der) return "OpenSSL sees other octets in a CRL than were journaled";
  if (!crypto::judge::VerifyCrl(crl_der, issuer.certificate.public_key())) {
    return "the signature of a CRL does not verify with the issuer's key";
  }
  return "";
}

absl::StatusOr<v1::SignCrlResponse> ResponseOf(const std::string& crl_der,
                                               const v1::CrlIntent& intent) {
  ASSIGN_OR_RETURN(const x509::Crl crl, x509::Crl::Parse(crl_der));
  v1::SignCrlResponse response;
  response.set_crl(crl_der);
  response.set_number(intent.number());
  response.set_entries(static_cast<uint32_t>(crl.content().revoked.size()));
  response.set_url(intent.url());
  return response;
}

crypto::SignatureAlgorithm AlgorithmOf(const Issuer& issuer) {
  return x509::CertificateAlgorithm(issuer.certificate.public_key().type());
}

}  // namespace

SignCrl::SignCrl(uint8_t instance, const Parts& parts)
    : instance_(instance), parts_(parts), crls_(parts.clock) {
  for (const Issuer& issuer : parts.issuers.all()) {
    signatures_.emplace(issuer.name, parts.metrics.Counter("cairn_ca_crls_total", "CRLs signed",
                                                           {{"issuer", issuer.name}}));
  }
}

absl::StatusOr<v1::SignCrlResponse> SignCrl::Run(const base::Call& call,
                                                 const v1::SignCrlRequest& request) {
  absl::StatusOr<v1::SignCrlResponse> response = Sign(call, request);
  if (!response.ok()) parts_.refusals.Add(call, "", response.status());
  return response;
}

absl::StatusOr<v1::SignCrlResponse> SignCrl::Sign(const base::Call& call,
                                                  const v1::SignCrlRequest& request) {
  // (1) Which part of whose CRL.
  const Issuer* issuer = parts_.issuers.Find(request.issuer());
  if (issuer == nullptr || request.shard() >= issuer->crl.count) {
    return Make(Reason::kNotFound, "there is no such issuer or shard");
  }
  RETURN_IF_ERROR(CheckSignsStatus(parts_.issuers, *issuer));
  const Part part{.issuer = *issuer,
                  .shard = request.shard(),
                  .url = issuer->crl.UrlOf(instance_, request.shard())};
  ASSIGN_OR_RETURN(const KeyedLock::Held this_part,
                   crls_.Lock(call, base::Cat(issuer->name, "\n", part.url)));

  // (2) The number: that of the last CRL again, or a greater one (CRL-09).
  ASSIGN_OR_RETURN(const std::optional<RevocationIndex::LastCrl> last,
                   parts_.journal.FindLastCrl(issuer->name, part.url));
  const bool is_again = last.has_value() && last->number == request.number();
  if (is_again && last->signature.has_value()) return Again(part, *last);
  const absl::Time now = parts_.clock.Now();
  if (request.number() == 0 || request.number() > static_cast<uint64_t>(absl::ToUnixNanos(now))) {
    return Make(Reason::kMalformed, "the number is 0, or of the future");
  }
  if (last.has_value() && request.number() < last->number) {
    return Make(Reason::kReplayed, base::Cat("a CRL has had number ", last->number));
  }
  RETURN_IF_ERROR(CheckUpdateTimes(request.this_update_ms(), request.next_update_ms(), now));

  // (3) What the journal wants it to say. A CRL that was begun and says less than
  // the journal now does is not finished.
  ASSIGN_OR_RETURN(Wanted wanted, FromJournal(part, request));
  if (last.has_value() && wanted.content.this_update < last->this_update) {
    return Make(Reason::kMalformed, "thisUpdate is before that of the last CRL");
  }
  std::string tbs_der = x509::ComposeTbsCertList(wanted.content);
  if (tbs_der.size() > kMaxTbsOctets) {
    return Make(Reason::kPayloadTooLarge, "too many revocations for one part of a CRL");
  }
  v1::CrlIntent intent;
  if (is_again) {
    ASSIGN_OR_RETURN(intent, parts_.journal.ReadCrlIntent(last->intent));
    if (intent.tbs() != tbs_der) {
      return Make(Reason::kConflict, "this CRL was begun with other content: take the next number");
    }
  } else {
    intent.set_issuer(issuer->name);
    intent.set_url(part.url);
    intent.set_number(request.number());
    intent.set_previous_number(last.has_value() ? last->number : 0);
    intent.set_this_update_ms(absl::ToUnixMillis(wanted.content.this_update));
    intent.set_tbs(tbs_der);
    for (const std::string& serial : wanted.last_listed) intent.add_last_listed(serial);
  }

  // (4) The check that stands before every signature, linters included.
  ASSIGN_OR_RETURN(signing::Passed passed,
                   signing::CrlCheck::Crl(std::move(tbs_der), std::move(wanted.content),
                                          Octets(intent.previous_number()), issuer->name,
                                          {.pack = parts_.lints.pack(),
                                           .now = now,
                                           .issuer = issuer->certificate,
                                           .allowed = parts_.lints.allowed()}));

  // (5) Intent, signature, verification, record.
  uint64_t index = is_again ? last->intent : 0;
  if (!is_again) {
    intent.set_lint_version(lint::Version());
    intent.set_lint_digest(passed.lint_digest);
    ASSIGN_OR_RETURN(index, parts_.journal.AppendCrlIntent(intent));
  }
  v1::SignCrlResponse response;
  RETURN_IF_ERROR(SignIntent(call, part, intent, index, std::move(passed), response));
  return response;
}

absl::StatusOr<v1::SignCrlResponse> SignCrl::Again(const Part& part,
                                                   const RevocationIndex::LastCrl& last) {
  ASSIGN_OR_RETURN(const v1::CrlIntent intent, parts_.journal.ReadCrlIntent(last.intent));
  ASSIGN_OR_RETURN(const v1::CrlSigned done, parts_.journal.ReadCrlSigned(*last.signature));
  return ResponseOf(x509::ComposeCrl(intent.tbs(), AlgorithmOf(part.issuer), done.signature()),
                    intent);
}

absl::StatusOr<SignCrl::Wanted> SignCrl::FromJournal(const Part& part,
                                                     const v1::SignCrlRequest& request) {
  const CrlParts& parts = part.issuer.crl;
  const x509::Certificate& issuer = part.issuer.certificate;
  Wanted wanted{.content = {.algorithm = AlgorithmOf(part.issuer),
                            .issuer_der = issuer.tbs().subject_der,
                            .this_update = SecondsOf(request.this_update_ms()),
                            .next_update = SecondsOf(request.next_update_ms()),
                            .authority_key_id = issuer.tbs().subject_key_id,
                            .number = Octets(request.number())}};
  if (!part.url.empty()) {
    wanted.content.scope = x509::CrlScope{.url = part.url, .only_user_certificates = true};
  }
  std::set<std::string, std::less<>> urls = {""};
  for (uint32_t shard = 0; shard < parts.count; ++shard) {
    urls.insert(parts.UrlOf(instance_, shard));
  }
  ASSIGN_OR_RETURN(const std::vector<RevocationIndex::Entry> listed,
                   parts_.journal.ListedRevocations(part.issuer.name));
  for (const RevocationIndex::Entry& entry : listed) {
    if (!part.url.empty()) {
      // CRL-12: no serial may fall between the parts.
      if (!urls.contains(entry.crl_url)) {
        return Make(
            Reason::kInternal,
            base::Cat("serial ", base::ToHex(entry.revoked.serial), " belongs on ", entry.crl_url,
                      ", which is no part of the CRL of ", part.issuer.name, " any more"));
      }
      const bool is_here = entry.crl_url.empty() ? parts.ShardOf(entry.revoked.serial) == part.shard
                                                 : entry.crl_url == part.url;
      if (!is_here) continue;
    }
    wanted.content.revoked.push_back(entry.revoked);
    // In a CRL times have whole seconds.
    absl::Time& revoked_at = wanted.content.revoked.back().revoked_at;
    revoked_at = SecondsOf(absl::ToUnixMillis(revoked_at));
    // CRL-17: once more after its end, and then no longer.
    if (entry.not_after < wanted.content.this_update) {
      wanted.last_listed.push_back(entry.revoked.serial);
    }
  }
  return wanted;
}

absl::Status SignCrl::SignIntent(const base::Call& call, const Part& part,
                                 const v1::CrlIntent& intent, uint64_t index,
                                 signing::Passed passed, v1::SignCrlResponse& response) {
  const std::string tbs_digest = crypto::Sha256(intent.tbs());
  audit::v1::Event event = audit::EventOf(call);
  audit::v1::CrlSigning& signing = *event.mutable_crl_signing();
  signing.set_issuer(intent.issuer());
  signing.set_url(intent.url());
  signing.set_number(intent.number());
  signing.set_tbs_digest(tbs_digest);
  RETURN_IF_ERROR(parts_.audit.Write(event));

  ASSIGN_OR_RETURN(const std::string signature,
                   parts_.key.Sign(part.issuer, std::move(passed.tbs)));
  const std::string crl = x509::ComposeCrl(intent.tbs(), AlgorithmOf(part.issuer), signature);
  if (const std::string why = WhyNotAsSigned(crl, intent.tbs(), part.issuer); !why.empty()) {
    return parts_.key.Stop(call, part.issuer, "", why);
  }

  v1::CrlSigned done;
  done.set_issuer(intent.issuer());
  done.set_url(intent.url());
  done.set_number(intent.number());
  done.set_intent_index(index);
  done.set_signature(signature);
  RETURN_IF_ERROR(parts_.journal.AppendCrlSigned(done).status());
  signatures_.at(intent.issuer()).Add();
  audit::v1::Event finished = audit::EventOf(call);
  audit::v1::CrlSigned& made = *finished.mutable_crl_signed();
  made.set_issuer(intent.issuer());
  made.set_url(intent.url());
  made.set_number(intent.number());
  made.set_crl_digest(crypto::Sha256(crl));
  made.set_tbs_digest(tbs_digest);
  RETURN_IF_ERROR(parts_.audit.Write(finished));
  ASSIGN_OR_RETURN(response, ResponseOf(crl, intent));
  return absl::OkStatus();
}

}  // namespace cairn::ca
