#include "libs/x509/certificate.h"

#include <catch2/catch.hpp>
#include <string>
#include <tuple>

#include "libs/base/encoding.h"
#include "libs/base/random.h"
#include "libs/crypto/judge.h"
#include "libs/crypto/private_key.h"
#include "libs/der/reader.h"
#include "libs/errors/errors.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"
#include "libs/x509/test_certificates.h"

namespace cairn::x509 {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;
using testing::TestIssuer;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

Leaf MakeLeaf(const TestIssuer& ca, const crypto::PublicKey& key) {
  testing::CountingRandom random;
  return Leaf{.serial = SerialNumber::Draw(0x01, random),
              .algorithm = CertificateAlgorithm(ca.key().public_key().type()),
              .issuer_der = ca.name_der(),
              .not_before = kNow,
              .not_after = kNow + absl::Hours(144) - absl::Seconds(1),
              .common_name = std::nullopt,
              .public_key = key,
              .authority_key_id = ca.key_id(),
              .ca_issuers_url = std::nullopt,
              .crl_url = std::nullopt,
              .names = {{"*.a.test", "a.test"}, {std::string("\xc0\x00\x02\x01", 4)}}};
}

std::string Sign(const TestIssuer& ca, const Leaf& leaf) {
  const std::string tbs = ComposeTbs(leaf);
  return ComposeCertificate(tbs, leaf.algorithm, ca.key().Sign(leaf.algorithm, tbs).value());
}

TEST_CASE("OpenSSL reads a leaf as it was composed, and its chain verifies",
          "[PROF-01][PROF-04][PROF-05][PROF-41][PROF-43]") {
  const KeyType ca_type = GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384);
  const KeyType leaf_type = GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384);
  const TestIssuer root("Root", KeyType::kEcP384, kNow - absl::Hours(1), kNow + absl::Hours(9000));
  const TestIssuer ca("Issuer", ca_type, kNow - absl::Hours(1), kNow + absl::Hours(2000), &root);
  const Leaf leaf = MakeLeaf(ca, PrivateKey::Generate(leaf_type).public_key());
  const std::string der = Sign(ca, leaf);

  const absl::StatusOr<crypto::judge::Certificate> read = crypto::judge::ReadCertificate(der);
  REQUIRE_OK(read);
  CHECK(read->tbs_der == ComposeTbs(leaf));
  CHECK(read->serial == leaf.serial.bytes());
  CHECK(read->issuer_der == ca.name_der());
  CHECK(read->subject_der == EmptyName().bytes());
  CHECK(read->not_before == leaf.not_before);
  CHECK(read->not_after == leaf.not_after);
  CHECK(read->spki_der == leaf.public_key.spki_der());
  CHECK(crypto::judge::VerifyCertificate(der, ca.key().public_key()));
  CHECK_FALSE(crypto::judge::VerifyCertificate(der, root.key().public_key()));
  CHECK_OK(crypto::judge::ReadCertificateOf(der, ca.key().public_key()));
  CHECK_REASON(crypto::judge::ReadCertificateOf(der, root.key().public_key()),
               errors::Reason::kMalformed);
  CHECK_OK(crypto::judge::VerifyChain(der, {ca.certificate_der()}, {root.certificate_der()}, kNow));
  CHECK_REASON(crypto::judge::VerifyChain(der, {ca.certificate_der()}, {root.certificate_der()},
                                          leaf.not_after + absl::Seconds(1)),
               Reason::kMalformed);
  CHECK(crypto::judge::MatchesHost(der, "a.test"));
  CHECK(crypto::judge::MatchesHost(der, "b.a.test"));
  CHECK_FALSE(crypto::judge::MatchesHost(der, "b.test"));
  CHECK(crypto::judge::MatchesAddress(der, "192.0.2.1"));
  CHECK_FALSE(crypto::judge::MatchesAddress(der, "192.0.2.2"));

  const absl::StatusOr<Certificate> certificate = Certificate::Parse(der);
  REQUIRE_OK(certificate);
  CHECK(certificate->tbs_der() == read->tbs_der);
  CHECK(certificate->VerifySignature(ca.key().public_key()));
  CHECK_FALSE(certificate->VerifySignature(root.key().public_key()));
}

TEST_CASE("a leaf says what the profile demands, in the fixed order",
          "[PROF-12][PROF-17][PROF-18][PROF-19][PROF-20][PROF-21][PROF-24][PROF-25][PROF-26]"
          "[PROF-31][PROF-33][PROF-34]") {
  const TestIssuer ca("Issuer", KeyType::kEcP256, kNow, kNow + absl::Hours(2000));
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256);
  const Leaf leaf = MakeLeaf(ca, PrivateKey::Generate(type).public_key());
  const absl::StatusOr<TbsCertificate> tbs = TbsCertificate::Parse(ComposeTbs(leaf));
  REQUIRE_OK(tbs);
  std::vector<std::tuple<std::string, bool>> order;
  for (const Extension& extension : tbs->extensions) {
    order.emplace_back(extension.oid, extension.critical);
  }
  CHECK(order == std::vector<std::tuple<std::string, bool>>{
                     {std::string(oid::kKeyUsage), true},
                     {std::string(oid::kExtKeyUsage), false},
                     {std::string(oid::kBasicConstraints), true},
                     {std::string(oid::kAuthorityKeyIdentifier), false},
                     {std::string(oid::kCertificatePolicies), false},
                     {std::string(oid::kSubjectAltName), true},
                 });
  // Bit 0 alone, or bits 0 and 2.
  CHECK(base::ToHex(tbs->Find(oid::kKeyUsage)->value) ==
        (type == KeyType::kRsa ? "030205a0" : "03020780"));
  CHECK(base::ToHex(tbs->Find(oid::kBasicConstraints)->value) == "3000");
  CHECK(base::ToHex(tbs->Find(oid::kExtKeyUsage)->value) == "300a06082b06010505070301");
  CHECK(base::ToHex(tbs->Find(oid::kCertificatePolicies)->value) == "300a3008060667810c010201");
  CHECK(tbs->key_usage == LeafKeyUsage(leaf));
  CHECK(tbs->extended_key_usage == std::vector<std::string>{std::string(oid::kServerAuth)});
  CHECK(tbs->policies == std::vector<std::string>{std::string(oid::kDomainValidated)});
  CHECK(tbs->authority_key_id == ca.key_id());
  CHECK(tbs->names == leaf.names);
  CHECK_FALSE(tbs->is_ca);
  CHECK_FALSE(tbs->common_name.has_value());
  CHECK(tbs->subject_key_id.empty());
}

TEST_CASE("with a common name the subject alternative name is not critical", "[PROF-13][PROF-21]") {
  const TestIssuer ca("Issuer", KeyType::kEcP256, kNow, kNow + absl::Hours(2000));
  Leaf leaf = MakeLeaf(ca, PrivateKey::Generate(KeyType::kEcP256).public_key());
  leaf.common_name = "a.test";
  const absl::StatusOr<TbsCertificate> tbs = TbsCertificate::Parse(ComposeTbs(leaf));
  REQUIRE_OK(tbs);
  CHECK(tbs->common_name == "a.test");
  CHECK_FALSE(tbs->Find(oid::kSubjectAltName)->critical);
  CHECK_OK(crypto::judge::ReadCertificate(Sign(ca, leaf)));
}

TEST_CASE("a profile may add clientAuth, and leave out keyEncipherment", "[PROF-19][PROF-24]") {
  const TestIssuer ca("Issuer", KeyType::kEcP256, kNow, kNow + absl::Hours(2000));
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256);
  Leaf leaf = MakeLeaf(ca, PrivateKey::Generate(type).public_key());
  leaf.client_auth = true;
  leaf.rsa_signature_only = true;
  const absl::StatusOr<TbsCertificate> tbs = TbsCertificate::Parse(ComposeTbs(leaf));
  REQUIRE_OK(tbs);
  CHECK(base::ToHex(tbs->Find(oid::kKeyUsage)->value) == "03020780");
  CHECK(base::ToHex(tbs->Find(oid::kExtKeyUsage)->value) ==
        "301406082b0601050507030106082b06010505070302");
  CHECK(tbs->extended_key_usage == LeafPurposes(leaf));
}

TEST_CASE("the optional URLs are written and read", "[PROF-16][PROF-27]") {
  const TestIssuer ca("Issuer", KeyType::kEcP256, kNow, kNow + absl::Hours(2000));
  Leaf leaf = MakeLeaf(ca, PrivateKey::Generate(KeyType::kEcP256).public_key());
  leaf.ca_issuers_url = "http://i.test/ca.cer";
  leaf.crl_url = "http://c.test/1.crl";
  const absl::StatusOr<TbsCertificate> tbs = TbsCertificate::Parse(ComposeTbs(leaf));
  REQUIRE_OK(tbs);
  CHECK(tbs->ca_issuers_urls == std::vector<std::string>{"http://i.test/ca.cer"});
  CHECK(tbs->crl_urls == std::vector<std::string>{"http://c.test/1.crl"});
  CHECK(tbs->ocsp_urls.empty());
  CHECK_OK(crypto::judge::ReadCertificate(Sign(ca, leaf)));
}

TEST_CASE("algorithm identifiers are the octets of the Baseline Requirements",
          "[PROF-41][PROF-42][PROF-43][PROF-44]") {
  CHECK(base::ToHex(AlgorithmIdentifier(crypto::SignatureAlgorithm::kRsaPkcs1Sha256)) ==
        "300d06092a864886f70d01010b0500");
  CHECK(base::ToHex(AlgorithmIdentifier(crypto::SignatureAlgorithm::kEcdsaSha256)) ==
        "300a06082a8648ce3d040302");
  CHECK(base::ToHex(AlgorithmIdentifier(crypto::SignatureAlgorithm::kEcdsaSha384)) ==
        "300a06082a8648ce3d040303");
  CHECK(CertificateAlgorithm(KeyType::kEcP384) == crypto::SignatureAlgorithm::kEcdsaSha384);
  const std::string sha1 = base::FromHex("300d06092a864886f70d0101050500").value();
  CHECK_FALSE(AlgorithmFromIdentifier(sha1).has_value());
  // RSASSA-PSS, with SHA-256, MGF1 of it and a salt of 32 octets: lawful, and not used.
  const std::string pss = base::FromHex(
                              "304106092a864886f70d01010a3034a00f300d060960864801650304020105"
                              "00a11c301a06092a864886f70d010108300d0609608648016503040201"
                              "0500a203020120")
                              .value();
  CHECK_FALSE(AlgorithmFromIdentifier(pss).has_value());
}

TEST_CASE("CA certificates are read") {
  const TestIssuer root("Root", KeyType::kEcP384, kNow, kNow + absl::Hours(9000));
  const TestIssuer ca("Issuer", KeyType::kRsa, kNow, kNow + absl::Hours(2000), &root);
  const absl::StatusOr<std::vector<Certificate>> list =
      Certificate::ListFromPem("text\n" + ca.certificate_pem() + "\n" + root.certificate_pem());
  REQUIRE_OK(list);
  REQUIRE(list->size() == 2);
  const Certificate& issuer = (*list)[0];
  CHECK(issuer.der() == ca.certificate_der());
  CHECK(issuer.tbs().is_ca);
  CHECK(issuer.tbs().subject_key_id == ca.key_id());
  CHECK(issuer.tbs().authority_key_id == root.key_id());
  CHECK(issuer.tbs().subject_der == ca.name_der());
  CHECK(issuer.tbs().issuer_der == root.name_der());
  CHECK(issuer.tbs().key_usage == std::vector<int>{kKeyCertSign, kCrlSign});
  CHECK(issuer.public_key() == ca.key().public_key());
  CHECK(issuer.VerifySignature(root.key().public_key()));
}

TEST_CASE("PEM without a certificate is refused") {
  const char* pem = GENERATE("", "text", "-----BEGIN CERTIFICATE-----\nAAAA",
                             "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                             "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
  CHECK_REASON(Certificate::ListFromPem(pem), Reason::kMalformed);
}

TEST_CASE("every changed octet of a certificate is seen by parser or signature") {
  const TestIssuer ca("Issuer", KeyType::kEcP256, kNow, kNow + absl::Hours(2000));
  const std::string der =
      Sign(ca, MakeLeaf(ca, PrivateKey::Generate(KeyType::kEcP256).public_key()));
  for (size_t i = 0; i < der.size(); ++i) {
    std::string bad = der;
    bad[i] = static_cast<char>(bad[i] ^ 0x01);
    const absl::StatusOr<Certificate> certificate = Certificate::Parse(bad);
    CAPTURE(i);
    CHECK_FALSE((certificate.ok() && certificate->VerifySignature(ca.key().public_key())));
  }
}

der::Value ExtensionOf(std::string_view oid, std::string_view value) {
  return der::Sequence(der::Oid(oid), der::OctetString(value));
}

TEST_CASE("wrong extensions are refused", "[PROF-17][PROF-25][PROF-33][PROF-34]") {
  const TestIssuer ca("Issuer", KeyType::kEcP256, kNow, kNow + absl::Hours(2000));
  const std::string algorithm(AlgorithmIdentifier(crypto::SignatureAlgorithm::kEcdsaSha256));
  const auto tbs = [&](const std::vector<der::Value>& extensions) {
    return der::Sequence(der::Explicit(0, der::Integer(2)), der::Integer(1), der::Raw(algorithm),
                         EmptyName(), der::Sequence(der::Time(kNow), der::Time(kNow)), EmptyName(),
                         der::Raw(ca.key().public_key().spki_der()),
                         der::Explicit(3, der::Sequence(extensions)))
        .bytes();
  };
  const auto hex = [](const char* text) { return base::FromHex(text).value(); };
  const der::Value usage = ExtensionOf(oid::kKeyUsage, hex("03020780"));
  REQUIRE_OK(TbsCertificate::Parse(tbs({usage})));
  const auto [why, extensions] = GENERATE_REF(table<const char*, std::vector<der::Value>>({
      {"none", {}},
      {"twice", {usage, usage}},
      {"explicit FALSE",
       {der::Sequence(der::Oid(oid::kKeyUsage), der::Boolean(false),
                      der::OctetString(hex("03020780")))}},
      {"explicit cA FALSE", {ExtensionOf(oid::kBasicConstraints, hex("3003010100"))}},
      {"path length without CA", {ExtensionOf(oid::kBasicConstraints, hex("3003020100"))}},
      {"key usage with trailing zeros", {ExtensionOf(oid::kKeyUsage, hex("03020080"))}},
      {"key usage of no bits", {ExtensionOf(oid::kKeyUsage, hex("030100"))}},
      {"issuer and serial in the AKI",
       {ExtensionOf(oid::kAuthorityKeyIdentifier, hex("3006800101820102"))}},
      {"a value that isn't DER", {ExtensionOf("1.2.3", "text")}},
      {"trailing data in a value", {ExtensionOf("1.2.3", hex("05000500"))}},
  }));
  INFO(why);
  CHECK_REASON(TbsCertificate::Parse(tbs(extensions)), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::x509
