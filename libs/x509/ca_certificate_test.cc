#include "libs/x509/ca_certificate.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/crypto/judge.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/ca_name.h"
#include "libs/x509/certificate.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18
const CaName kRootName = {.country = "XX", .organization = "Example", .common_name = "Root R1"};
const CaName kIssuerName = {.country = "XX",
                            .state = "State",
                            .locality = "Örtchen",
                            .organization = "Example",
                            .common_name = "TLS 1"};

CaCertificate RootOf(const PrivateKey& key) {
  const std::string name = ComposeCaName(kRootName).bytes();
  return {.serial = "\x01serial-of-the-root",
          .algorithm = CertificateAlgorithm(key.public_key().type()),
          .issuer_der = name,
          .subject_der = name,
          .not_before = kNow,
          .not_after = kNow + absl::Hours(24 * 5000),
          .public_key = key.public_key(),
          .subject_key_id = KeyIdentifier(key.public_key()),
          .authority_key_id = KeyIdentifier(key.public_key())};
}

CaCertificate IssuerOf(const PrivateKey& root, const crypto::PublicKey& key) {
  return {.serial = "\x02serial-of-issuer",
          .algorithm = CertificateAlgorithm(root.public_key().type()),
          .issuer_der = ComposeCaName(kRootName).bytes(),
          .subject_der = ComposeCaName(kIssuerName).bytes(),
          .not_before = kNow,
          .not_after = kNow + absl::Hours(24 * 1000),
          .public_key = key,
          .subject_key_id = KeyIdentifier(key),
          .authority_key_id = KeyIdentifier(root.public_key()),
          .path_length = 0,
          .extended_key_usage = {std::string(oid::kServerAuth)},
          .policies = {std::string(oid::kDomainValidated)},
          .ca_issuers_url = "http://ca.test/r1.cer",
          .crl_url = "http://ca.test/r1.crl"};
}

template <typename Fields>
std::string Sign(const PrivateKey& key, const Fields& fields) {
  const std::string tbs = ComposeTbs(fields);
  return ComposeCertificate(tbs, fields.algorithm, key.Sign(fields.algorithm, tbs).value());
}

std::vector<std::pair<std::string, bool>> ExtensionsOf(const Certificate& certificate) {
  std::vector<std::pair<std::string, bool>> list;
  for (const Extension& extension : certificate.tbs().extensions) {
    list.emplace_back(extension.oid, extension.critical);
  }
  return list;
}

TEST_CASE("a root says what BR 7.1.2.1 asks and no more", "[PROF-63][PROF-65][PROF-66]") {
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384);
  const PrivateKey key = PrivateKey::Generate(type);
  const std::string der = Sign(key, RootOf(key));

  const absl::StatusOr<Certificate> root = Certificate::Parse(der);
  REQUIRE_OK(root);
  CHECK(root->VerifySignature(key.public_key()));
  CHECK(root->tbs().issuer_der == root->tbs().subject_der);
  CHECK(root->tbs().is_ca);
  CHECK_FALSE(root->tbs().path_length.has_value());
  CHECK(root->tbs().key_usage == std::vector<int>{kKeyCertSign, kCrlSign});
  CHECK(root->tbs().authority_key_id == root->tbs().subject_key_id);
  CHECK(root->tbs().subject_key_id.size() == 20);
  CHECK(ExtensionsOf(*root) == std::vector<std::pair<std::string, bool>>{
                                   {std::string(oid::kBasicConstraints), true},
                                   {std::string(oid::kKeyUsage), true},
                                   {std::string(oid::kSubjectKeyIdentifier), false},
                                   {std::string(oid::kAuthorityKeyIdentifier), false}});
  CHECK_OK(crypto::judge::VerifyAuthority(der, {der}, kNow));
}

TEST_CASE("a subordinate CA says what BR 7.1.2.6 asks, and its chain verifies",
          "[PROF-49][PROF-53][PROF-54][PROF-55][PROF-56][PROF-57][PROF-58]") {
  const PrivateKey root_key = PrivateKey::Generate(KeyType::kEcP384);
  const PrivateKey key = PrivateKey::Generate(GENERATE(KeyType::kRsa, KeyType::kEcP256));
  const std::string root = Sign(root_key, RootOf(root_key));
  const std::string der = Sign(root_key, IssuerOf(root_key, key.public_key()));

  const absl::StatusOr<Certificate> issuer = Certificate::Parse(der);
  REQUIRE_OK(issuer);
  const TbsCertificate& tbs = issuer->tbs();
  CHECK(tbs.is_ca);
  CHECK(tbs.path_length == 0);
  CHECK(tbs.extended_key_usage == std::vector<std::string>{std::string(oid::kServerAuth)});
  CHECK(tbs.policies == std::vector<std::string>{std::string(oid::kDomainValidated)});
  CHECK(tbs.ca_issuers_urls == std::vector<std::string>{"http://ca.test/r1.cer"});
  CHECK(tbs.crl_urls == std::vector<std::string>{"http://ca.test/r1.crl"});
  CHECK(tbs.authority_key_id == KeyIdentifier(root_key.public_key()));
  CHECK_FALSE(tbs.Find(oid::kExtKeyUsage)->critical);
  CHECK_OK(crypto::judge::VerifyAuthority(der, {root}, kNow));
  CHECK_REASON(crypto::judge::VerifyAuthority(der, {root}, kNow + absl::Hours(24 * 1001)),
               Reason::kMalformed);
  const absl::StatusOr<crypto::judge::Certificate> read = crypto::judge::ReadCertificate(der);
  REQUIRE_OK(read);
  CHECK(read->tbs_der == issuer->tbs_der());
}

TEST_CASE("an OCSP signer says what BR 7.1.2.8 asks and no more", "[PROF-74][PROF-75][PROF-76]") {
  const PrivateKey root_key = PrivateKey::Generate(KeyType::kEcP256);
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  const OcspSignerCertificate fields = {.serial = "\x03serial-of-signer",
                                        .algorithm = CertificateAlgorithm(KeyType::kEcP256),
                                        .issuer_der = ComposeCaName(kRootName).bytes(),
                                        .subject_der = ComposeCaName(kIssuerName).bytes(),
                                        .not_before = kNow,
                                        .not_after = kNow + absl::Hours(24 * 300),
                                        .public_key = key.public_key(),
                                        .subject_key_id = KeyIdentifier(key.public_key()),
                                        .authority_key_id = KeyIdentifier(root_key.public_key())};
  const std::string der = Sign(root_key, fields);
  const absl::StatusOr<Certificate> signer = Certificate::Parse(der);
  REQUIRE_OK(signer);
  CHECK_FALSE(signer->tbs().is_ca);
  CHECK(signer->tbs().key_usage == std::vector<int>{kDigitalSignature});
  CHECK(signer->tbs().extended_key_usage ==
        std::vector<std::string>{std::string(oid::kOcspSigning)});
  CHECK(base::ToHex(signer->tbs().Find(oid::kOcspNoCheck)->value) == "0500");
  CHECK(ExtensionsOf(*signer) == std::vector<std::pair<std::string, bool>>{
                                     {std::string(oid::kKeyUsage), true},
                                     {std::string(oid::kExtKeyUsage), false},
                                     {std::string(oid::kSubjectKeyIdentifier), false},
                                     {std::string(oid::kAuthorityKeyIdentifier), false},
                                     {std::string(oid::kOcspNoCheck), false}});
  CHECK_OK(crypto::judge::VerifyAuthority(der, {Sign(root_key, RootOf(root_key))}, kNow));
}

TEST_CASE("equal fields give equal octets") {
  const PrivateKey root = PrivateKey::Generate(KeyType::kEcP256);
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  CHECK(ComposeTbs(IssuerOf(root, key.public_key())) ==
        ComposeTbs(IssuerOf(root, key.public_key())));
}

TEST_CASE("a CA's name is written in the order and the types of the rules",
          "[PROF-46][PROF-47][PROF-52]") {
  // SEQUENCE of SETs: C (PrintableString), ST, L, O, CN (UTF8String).
  CHECK(base::ToHex(ComposeCaName(kRootName).bytes()) ==
        "3031310b3009060355040613025858"
        "3110300e060355040a0c074578616d706c65"
        "3110300e06035504030c07526f6f74205231");
  CHECK(NameToText(ComposeCaName(kIssuerName).bytes()).value() ==
        "C=XX, ST=State, L=Örtchen, O=Example, CN=TLS 1");
  CHECK(NameToText(der::Sequence().bytes()).value() == "(empty)");
  CHECK_REASON(NameToText("\x30\x02\x31"), Reason::kMalformed);
}

TEST_CASE("names that the rules forbid are refused", "[PROF-47][PROF-52]") {
  CHECK_OK(CheckCaName(kIssuerName));
  const std::vector<std::pair<const char*, CaName>> wrong = {
      {"lower case", {.country = "xx", .organization = "E", .common_name = "R"}},
      {"three letters", {.country = "ABC", .organization = "E", .common_name = "R"}},
      {"no country", {.organization = "E", .common_name = "R"}},
      {"no organization", {.country = "XX", .common_name = "R"}},
      {"no common name", {.country = "XX", .organization = "E"}},
      {"65 characters",
       {.country = "XX", .organization = std::string(65, 'o'), .common_name = "R"}},
      {"129 characters",
       {.country = "XX", .state = std::string(129, 's'), .organization = "E", .common_name = "R"}},
      {"a blank at the end", {.country = "XX", .organization = "E ", .common_name = "R"}},
      {"a line feed", {.country = "XX", .organization = "E", .common_name = "R\n1"}},
      {"not UTF-8", {.country = "XX", .organization = "E", .common_name = "\xff"}},
  };
  for (const auto& [why, name] : wrong) {
    INFO(why);
    CHECK_REASON(CheckCaName(name), Reason::kMalformed);
  }
  // Characters count, not octets.
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "\xc3\xb6";
  CHECK_OK(CheckCaName({.country = "XX", .organization = umlauts, .common_name = "R"}));
}

}  // namespace
}  // namespace cairn::x509
