#include "libs/ct/test_chain.h"

#include <optional>

#include "libs/base/random.h"
#include "libs/ct/precertificate.h"
#include "libs/x509/certificate.h"

namespace cairn::testing {
namespace {

constexpr auto kAlgorithm = crypto::SignatureAlgorithm::kEcdsaSha256;
constexpr absl::Duration kYear = absl::Hours(24 * 365);

}  // namespace

TestChain::TestChain(absl::Time now)
    : root_("Root", crypto::KeyType::kEcP256, now - kYear, now + 9 * kYear),
      issuer_("Issuer", crypto::KeyType::kEcP256, now - kYear, now + 3 * kYear, &root_) {}

std::string TestChain::Sign(const std::string& tbs_der) const {
  return x509::ComposeCertificate(tbs_der, kAlgorithm,
                                  issuer_.key().Sign(kAlgorithm, tbs_der).value());
}

std::string TestChain::Precertificate(absl::Time not_before, absl::Time not_after) {
  base::SystemRandom random;
  const std::string tbs = x509::ComposeTbs({.serial = x509::SerialNumber::Draw(0x01, random),
                                            .algorithm = kAlgorithm,
                                            .issuer_der = issuer_.name_der(),
                                            .not_before = not_before,
                                            .not_after = not_after,
                                            .common_name = std::nullopt,
                                            .public_key = issuer_.key().public_key(),
                                            .authority_key_id = issuer_.key_id(),
                                            .ca_issuers_url = std::nullopt,
                                            .crl_url = std::nullopt,
                                            .names = {{"a.test"}, {}}});
  return Sign(ct::AddPoison(tbs).value());
}

std::string TestChain::Final(const std::string& precertificate,
                             std::span<const ct::SignedCertificateTimestamp> scts) const {
  const auto read = x509::Certificate::Parse(precertificate).value();
  return Sign(ct::ReplacePoison(read.tbs_der(), scts).value());
}

ct::Entry TestChain::EntryOf(const std::string& precertificate) const {
  const auto read = x509::Certificate::Parse(precertificate).value();
  return ct::Entry::Precertificate(issuer_.key().public_key(),
                                   ct::RemovePoison(read.tbs_der()).value());
}

std::vector<std::string> TestChain::Above(const std::string& certificate) const {
  return {certificate, issuer_.certificate_der(), root_.certificate_der()};
}

}  // namespace cairn::testing
