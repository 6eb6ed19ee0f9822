#include "services/ca/core/sign_journaled.h"

#include <string_view>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "libs/lint/lint.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::ca {
namespace {

// Why the certificate is not what was to be signed; empty if it is. OpenSSL judges,
// which had no part in it.
std::string WhyNotAsSigned(const std::string& certificate_der, std::string_view tbs_der,
                           const Issuer& issuer) {
  const absl::StatusOr<crypto::judge::Certificate> read =
      crypto::judge::ReadCertificateOf(certificate_der, issuer.certificate.public_key());
  if (!read.ok()) return errors::PayloadOf(read.status()).detail();
  if (read->tbs_der != tbs_der) return "OpenSSL sees other octets than were journaled";
  return "";
}

}  // namespace

SignJournaled::SignJournaled(const Parts& parts) : parts_(parts) {
  for (const Issuer& issuer : parts.issuers.all()) {
    signatures_.emplace(issuer.name,
                        parts.metrics.Counter("cairn_ca_signatures_total",
                                              "Certificates and precertificates signed",
                                              {{"issuer", issuer.name}}));
  }
}

absl::StatusOr<v1::Signed> SignJournaled::Run(const base::Call& call, const Issuer& issuer,
                                              v1::SigningIntent intent,
                                              std::optional<uint64_t> journaled_at,
                                              signing::Passed passed) {
  const std::string tbs_der = passed.tbs.value().der;
  const crypto::SignatureAlgorithm algorithm = passed.tbs.value().algorithm;

  // The intent is on disk, and audited, before the key is used: whatever happens
  // from here on, the serial is known, revocable and explained.
  if (!journaled_at.has_value()) {
    intent.set_issuer(issuer.name);
    intent.set_tbs(tbs_der);
    intent.set_lint_version(lint::Version());
    intent.set_lint_digest(passed.lint_digest);
    ASSIGN_OR_RETURN(journaled_at, parts_.journal.AppendIntent(intent));
  }
  const std::string tbs_digest = crypto::Sha256(tbs_der);
  const bool is_precertificate = intent.signable() == v1::SIGNABLE_PRECERTIFICATE;
  audit::v1::Event event = audit::EventOf(call);
  audit::v1::CertificateSigning& signing = *event.mutable_certificate_signing();
  signing.set_issuance_id(intent.issuance_id());
  signing.set_serial(intent.serial());
  signing.set_issuer(issuer.name);
  signing.set_profile(intent.profile());
  signing.set_tbs_digest(tbs_digest);
  signing.set_precertificate(is_precertificate);
  RETURN_IF_ERROR(parts_.audit.Write(event));

  // The one use of the key.
  ASSIGN_OR_RETURN(const std::string signature, parts_.key.Sign(issuer, std::move(passed.tbs)));
  const std::string certificate = x509::ComposeCertificate(tbs_der, algorithm, signature);

  // OpenSSL must find the very octets of the journal under a signature of this
  // issuer. If not, key or memory are not what we think they are.
  if (const std::string why = WhyNotAsSigned(certificate, tbs_der, issuer); !why.empty()) {
    return parts_.key.Stop(call, issuer, intent.issuance_id(), why);
  }

  // It is on disk before anybody sees it.
  v1::Signed done;
  done.set_issuance_id(intent.issuance_id());
  done.set_serial(intent.serial());
  done.set_certificate(certificate);
  done.set_intent_index(*journaled_at);
  done.set_signable(intent.signable());
  RETURN_IF_ERROR(parts_.journal.AppendSigned(done).status());
  signatures_.at(issuer.name).Add();
  audit::v1::Event finished = audit::EventOf(call);
  audit::v1::CertificateSigned& made = *finished.mutable_certificate_signed();
  made.set_issuance_id(intent.issuance_id());
  made.set_serial(done.serial());
  made.set_certificate_digest(crypto::Sha256(certificate));
  made.set_tbs_digest(tbs_digest);
  made.set_precertificate(is_precertificate);
  RETURN_IF_ERROR(parts_.audit.Write(finished));
  return done;
}

}  // namespace cairn::ca
