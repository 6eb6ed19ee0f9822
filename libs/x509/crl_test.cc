#include "libs/x509/crl.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/crypto/judge.h"
#include "libs/crypto/private_key.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/names.h"

namespace cairn::x509 {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

const PrivateKey& Key() {
  static const PrivateKey& key = *new PrivateKey(PrivateKey::Generate(KeyType::kEcP384));
  return key;
}

CrlContent Content() {
  return {.algorithm = CertificateAlgorithm(KeyType::kEcP384),
          .issuer_der = CommonNameOnly("Issuer").bytes(),
          .this_update = kNow,
          .next_update = kNow + absl::Hours(240),
          .authority_key_id = KeyIdentifier(Key().public_key()),
          .number = "\x07",
          .revoked = {{"\x7f\x01", kNow - absl::Hours(2), RevocationReason::kSuperseded},
                      {"\x80", kNow - absl::Hours(1), std::nullopt},
                      {"\x05", kNow - absl::Hours(3), RevocationReason::kKeyCompromise}}};
}

std::string Sign(const std::string& tbs) {
  const auto algorithm = CertificateAlgorithm(KeyType::kEcP384);
  return ComposeCrl(tbs, algorithm, Key().Sign(algorithm, tbs).value());
}
std::string Sign(const CrlContent& content) { return Sign(ComposeTbsCertList(content)); }

TEST_CASE("OpenSSL reads a CRL as it was composed, and its signature verifies",
          "[CRL-06][CRL-07][CRL-14]") {
  const std::string der = Sign(Content());
  const absl::StatusOr<crypto::judge::Crl> read = crypto::judge::ReadCrl(der);
  REQUIRE_OK(read);
  CHECK(read->tbs_der == ComposeTbsCertList(Content()));
  CHECK(read->issuer_der == Content().issuer_der);
  CHECK(read->this_update == kNow);
  CHECK(read->next_update == kNow + absl::Hours(240));
  CHECK(read->entries == 3);
  CHECK(crypto::judge::VerifyCrl(der, Key().public_key()));
  CHECK_FALSE(crypto::judge::VerifyCrl(der, PrivateKey::Generate(KeyType::kEcP384).public_key()));
  CHECK(crypto::judge::IsOnCrl(der, "\x80"));
  CHECK(crypto::judge::IsOnCrl(der, "\x7f\x01"));
  CHECK_FALSE(crypto::judge::IsOnCrl(der, "\x06"));
}

TEST_CASE("a CRL is read as it was composed, with its entries in order of their serials",
          "[CRL-08][CRL-09][CRL-10][CRL-15]") {
  CrlContent content = Content();
  content.scope = GENERATE(std::optional<CrlScope>(), CrlScope{.url = "http://crl.test/1.crl"},
                           CrlScope{.url = "http://crl.test/1.crl", .only_user_certificates = true},
                           CrlScope{.url = "http://crl.test/1.crl", .only_ca_certificates = true});
  const absl::StatusOr<Crl> crl = Crl::Parse(Sign(content));
  REQUIRE_OK(crl);
  CHECK(crl->VerifySignature(Key().public_key()));
  const CrlContent& read = crl->content();
  CHECK(read.algorithm == content.algorithm);
  CHECK(read.issuer_der == content.issuer_der);
  CHECK(read.this_update == content.this_update);
  CHECK(read.next_update == content.next_update);
  CHECK(read.authority_key_id == content.authority_key_id);
  CHECK(read.number == content.number);
  CHECK(read.scope == content.scope);
  CHECK(read.revoked == std::vector<RevokedCertificate>{content.revoked[2], content.revoked[1],
                                                        content.revoked[0]});
  CHECK(ComposeTbsCertList(read) == crl->tbs_der());

  const absl::StatusOr<Crl> from_pem = Crl::FromPem(base::ToPem("X509 CRL", crl->der()));
  REQUIRE_OK(from_pem);
  CHECK(from_pem->der() == crl->der());
}

TEST_CASE("the octets of the scope are those of RFC 5280", "[CRL-10][CRL-11]") {
  CrlContent content = Content();
  content.scope = CrlScope{.url = "http://a.test/1", .only_user_certificates = true};
  // 2.5.29.28, critical, SEQUENCE { [0] { [0] { [6] url } }, [1] TRUE }
  CHECK(base::ToHex(ComposeTbsCertList(content))
            .find("0603551d1c0101ff041a3018a013a011860f687474703a2f2f612e746573742f318101ff") !=
        std::string::npos);
}

TEST_CASE("an empty CRL has no list at all", "[CRL-18]") {
  CrlContent content = Content();
  content.revoked.clear();
  const absl::StatusOr<Crl> crl = Crl::Parse(Sign(content));
  REQUIRE_OK(crl);
  CHECK(crl->content().revoked.empty());
  CHECK(crypto::judge::ReadCrl(crl->der())->entries == 0);
}

// A TBSCertList written by hand, each part of it replaceable by a wrong one.
struct Parts {
  der::Value version = der::Integer(1);
  std::vector<der::Value> entries;
  bool has_entries = false;
  std::vector<der::Value> extensions;
};
der::Value Extension(std::string_view oid, bool critical, const der::Value& value) {
  const der::Value octets = der::OctetString(value.bytes());
  return critical ? der::Sequence(der::Oid(oid), der::Boolean(true), octets)
                  : der::Sequence(der::Oid(oid), octets);
}
const der::Value kKeyId =
    Extension("2.5.29.35", false, der::Sequence(der::Implicit(0, der::OctetString("id"))));
const der::Value kNumber = Extension("2.5.29.20", false, der::Integer(7));

std::string Tbs(const Parts& parts) {
  std::vector<der::Value> list = {
      parts.version, der::Raw(AlgorithmIdentifier(CertificateAlgorithm(KeyType::kEcP384))),
      CommonNameOnly("Issuer"), der::Time(kNow), der::Time(kNow + absl::Hours(1))};
  if (parts.has_entries) list.push_back(der::Sequence(parts.entries));
  list.push_back(der::Explicit(0, der::Sequence(parts.extensions)));
  return der::Sequence(list).bytes();
}

der::Value Entry(int serial, const std::vector<der::Value>& extensions) {
  if (extensions.empty()) return der::Sequence(der::Integer(serial), der::Time(kNow));
  return der::Sequence(der::Integer(serial), der::Time(kNow), der::Sequence(extensions));
}
der::Value ReasonOf(int number, bool critical = false) {
  const char octet = static_cast<char>(number);
  return Extension("2.5.29.21", critical, der::Wrap(0x0a, {&octet, 1}));
}

TEST_CASE("CRLs in shapes that the rules forbid are refused",
          "[CRL-06][CRL-08][CRL-09][CRL-11][CRL-15][CRL-18][CRL-19][CRL-26]") {
  REQUIRE_OK(Crl::Parse(Sign(Tbs({.extensions = {kKeyId, kNumber}}))));
  REQUIRE_OK(Crl::Parse(Sign(Tbs({.entries = {Entry(5, {ReasonOf(1)}), Entry(6, {})},
                                  .has_entries = true,
                                  .extensions = {kKeyId, kNumber}}))));
  const auto with_entries = [](std::vector<der::Value> entries) {
    return Tbs(
        {.entries = std::move(entries), .has_entries = true, .extensions = {kKeyId, kNumber}});
  };
  const auto with_scope = [](const der::Value& scope, bool critical = true) {
    return Tbs({.extensions = {kKeyId, kNumber, Extension("2.5.29.28", critical, scope)}});
  };
  const der::Value url = der::Explicit(
      0, der::Implicit(0, der::Sequence(der::Implicit(6, der::Ia5String("http://a")))));
  const der::Value yes = der::Boolean(true);
  REQUIRE_OK(Crl::Parse(Sign(with_scope(der::Sequence(url)))));
  const std::vector<std::pair<const char*, std::string>> wrong = {
      {"version 1", Tbs({.version = der::Integer(0), .extensions = {kKeyId, kNumber}})},
      {"no number", Tbs({.extensions = {kKeyId}})},
      {"no key identifier", Tbs({.extensions = {kNumber}})},
      {"a number twice", Tbs({.extensions = {kKeyId, kNumber, kNumber}})},
      {"a critical number",
       Tbs({.extensions = {kKeyId, Extension("2.5.29.20", true, der::Integer(7))}})},
      {"a negative number",
       Tbs({.extensions = {kKeyId, Extension("2.5.29.20", false, der::Integer(-7))}})},
      {"a number of 2^159",
       Tbs({.extensions = {kKeyId,
                           Extension("2.5.29.20", false,
                                     der::UnsignedInteger("\x80" + std::string(19, 'x')))}})},
      {"a delta CRL",
       Tbs({.extensions = {kKeyId, kNumber, Extension("2.5.29.27", true, der::Integer(6))}})},
      {"a freshest CRL",
       Tbs({.extensions = {kKeyId, kNumber, Extension("2.5.29.46", false, der::Sequence())}})},
      {"an empty list", with_entries({})},
      {"a serial twice", with_entries({Entry(5, {}), Entry(5, {})})},
      {"a negative serial", with_entries({Entry(-5, {})})},
      {"reason 0", with_entries({Entry(5, {ReasonOf(0)})})},
      {"certificateHold", with_entries({Entry(5, {ReasonOf(6)})})},
      {"removeFromCRL", with_entries({Entry(5, {ReasonOf(8)})})},
      {"a critical reason", with_entries({Entry(5, {ReasonOf(1, true)})})},
      {"two reasons", with_entries({Entry(5, {ReasonOf(1), ReasonOf(1)})})},
      {"an invalidity date",
       with_entries({Entry(5, {Extension("2.5.29.24", false, der::Integer(1))})})},
      {"a scope that isn't critical", with_scope(der::Sequence(url), false)},
      {"a scope without a name", with_scope(der::Sequence(der::Implicit(1, yes)))},
      {"only users and only CAs",
       with_scope(der::Sequence(url, der::Implicit(1, yes), der::Implicit(2, yes)))},
      {"an indirect CRL", with_scope(der::Sequence(url, der::Implicit(4, yes)))},
      {"attribute certificates", with_scope(der::Sequence(url, der::Implicit(5, yes)))},
      {"some reasons", with_scope(der::Sequence(url, der::Implicit(3, der::NamedBits({1}))))},
      {"a default that is spelled out",
       with_scope(der::Sequence(url, der::Implicit(1, der::Boolean(false))))},
  };
  for (const auto& [why, tbs] : wrong) {
    INFO(why);
    CHECK_REASON(Crl::Parse(Sign(tbs)), Reason::kMalformed);
  }
}

TEST_CASE("an octet more, less or changed is noticed", "[CRL-07]") {
  const std::string der = Sign(Content());
  CHECK_REASON(Crl::Parse(der + "x"), Reason::kMalformed);
  CHECK_REASON(Crl::Parse(der.substr(0, der.size() - 1)), Reason::kMalformed);
  for (size_t i = 0; i < der.size(); ++i) {
    INFO(i);
    std::string changed = der;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const absl::StatusOr<Crl> crl = Crl::Parse(changed);
    CHECK_FALSE((crl.ok() && crl->VerifySignature(Key().public_key())));
  }
}

TEST_CASE("a CRL of many entries is composed and read", "[CRL-12]") {
  CrlContent content = Content();
  content.revoked.clear();
  for (int i = 0; i < 20000; ++i) {
    const char octets[] = {1, static_cast<char>(i / 256), static_cast<char>(i % 256)};
    content.revoked.push_back({std::string(octets, 3), kNow, RevocationReason::kSuperseded});
  }
  const absl::StatusOr<Crl> crl = Crl::Parse(Sign(content));
  REQUIRE_OK(crl);
  CHECK(crl->content().revoked == content.revoked);
}

TEST_CASE("reasons have the names and numbers of RFC 5280", "[CRL-15]") {
  for (const auto& [number, name] :
       std::vector<std::pair<int, const char*>>{{1, "keyCompromise"},
                                                {3, "affiliationChanged"},
                                                {4, "superseded"},
                                                {5, "cessationOfOperation"},
                                                {9, "privilegeWithdrawn"}}) {
    REQUIRE(RevocationReasonFromNumber(number).has_value());
    CHECK(NameOf(*RevocationReasonFromNumber(number)) == name);
    CHECK(RevocationReasonFromName(name) == RevocationReasonFromNumber(number));
  }
  for (const int number : {0, 2, 6, 7, 8, 10}) CHECK_FALSE(RevocationReasonFromNumber(number));
  CHECK_FALSE(RevocationReasonFromName("unspecified"));
}

}  // namespace
}  // namespace cairn::x509
