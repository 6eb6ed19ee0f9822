#include "services/publisher/core/chain.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/ct/precertificate.h"
#include "libs/errors/errors.h"

namespace cairn::publisher {
namespace {

constexpr int kMaxCertificates = 10;
constexpr size_t kMaxCertificate = 64 * 1024;

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

}  // namespace

absl::StatusOr<Chain> Chain::Parse(const google::protobuf::RepeatedPtrField<std::string>& ders) {
  if (ders.size() < 2 || ders.size() > kMaxCertificates) {
    return Malformed("a chain has 2 to 10 certificates");
  }
  Chain chain;
  for (const std::string& der : ders) {
    if (der.size() > kMaxCertificate) return Malformed("a certificate is too long");
    ASSIGN_OR_RETURN(x509::Certificate certificate, x509::Certificate::Parse(der));
    chain.certificates.push_back(std::move(certificate));
  }
  for (size_t i = 0; i + 1 < chain.certificates.size(); ++i) {
    const x509::Certificate& issuer = chain.certificates[i + 1];
    if (chain.certificates[i].tbs().issuer_der != issuer.tbs().subject_der ||
        !chain.certificates[i].VerifySignature(issuer.public_key())) {
      return Malformed(base::Cat("certificate ", i, " of the chain is not signed by the next"));
    }
  }
  return chain;
}

absl::StatusOr<ct::Entry> Chain::PrecertificateEntry() const {
  const bool poisoned = leaf().tbs().Find(ct::kPoisonOid) != nullptr;
  ASSIGN_OR_RETURN(const std::string tbs, poisoned ? ct::RemovePoison(leaf().tbs_der())
                                                   : ct::RemoveSctList(leaf().tbs_der()));
  return ct::Entry::Precertificate(issuer().public_key(), tbs);
}

absl::StatusOr<ct::Entry> Chain::CertificateEntry() const {
  if (leaf().tbs().Find(ct::kPoisonOid) != nullptr) {
    return Malformed("a precertificate is no certificate");
  }
  return ct::Entry::Certificate(leaf().der());
}

}  // namespace cairn::publisher
