#include "libs/x509/csr.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <tuple>

#include "libs/crypto/judge.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/oids.h"
#include "libs/x509/test_certificates.h"

namespace cairn::x509 {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;
using testing::CsrParts;
using testing::MakeCsr;

TEST_CASE("a request gives its key and its names", "[ACME-109]") {
  const KeyType type =
      GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521);
  const PrivateKey key = PrivateKey::Generate(type);
  CsrParts parts;
  parts.names = {{"www.example.com", "example.com", "*.example.com", "example.com"},
                 {"\x7f\1\1\1"}};
  parts.common_name = "WWW.Example.Com";
  const std::string der = MakeCsr(key, parts);
  const absl::StatusOr<Csr> csr = Csr::Parse(der);
  REQUIRE_OK(csr);
  CHECK(csr->public_key() == key.public_key());
  CHECK(csr->names() == Names{{"*.example.com", "example.com", "www.example.com"}, {"\x7f\1\1\1"}});
  CHECK(csr->common_name() == "www.example.com");
  CHECK(crypto::judge::IsCertificateRequest(der));
}

TEST_CASE("the common name counts as a name", "[ACME-109]") {
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  CsrParts parts;
  parts.common_name = "example.com";
  CHECK(Csr::Parse(MakeCsr(key, parts)).value().names() == Names{{"example.com"}, {}});
  parts.common_name = "192.0.2.7";
  CHECK(Csr::Parse(MakeCsr(key, parts)).value().names() ==
        Names{{}, {std::string("\xc0\x00\x02\x07", 4)}});
}

TEST_CASE("a request without the list of attributes is read") {
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  const der::Value info = der::Sequence(der::Integer(0), CommonNameOnly("example.com"),
                                        der::Raw(key.public_key().spki_der()));
  const std::string signature =
      key.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, info.bytes()).value();
  const std::string der =
      der::Sequence(info, der::Sequence(der::Oid("1.2.840.10045.4.3.2")), der::BitString(signature))
          .bytes();
  CHECK(Csr::Parse(der).value().names().dns == std::vector<std::string>{"example.com"});
}

TEST_CASE("other extensions and attributes of a request are left out", "[ACME-111]") {
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  const auto extension = [](std::string_view oid, const der::Value& value) {
    return der::Sequence(der::Oid(oid), der::Boolean(true), der::OctetString(value.bytes()));
  };
  const der::Value extensions =
      der::Sequence(extension(oid::kBasicConstraints, der::Sequence(der::Boolean(true))),
                    extension(oid::kSubjectAltName, GeneralNames(Names{{"a.test"}, {}})));
  CsrParts parts;
  parts.attributes = der::Wrap(
      0xa0, der::Sequence(der::Oid("1.2.840.113549.1.9.7"), der::Set({der::Utf8String("secret")}))
                    .bytes() +
                der::Sequence(der::Oid(oid::kExtensionRequest), der::Set({extensions})).bytes());
  CHECK(Csr::Parse(MakeCsr(key, parts)).value().names().dns == std::vector<std::string>{"a.test"});
}

TEST_CASE("a wrong request is refused", "[ACME-107][ACME-108][ACME-109]") {
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  const PrivateKey rsa = PrivateKey::Generate(KeyType::kRsa);
  const auto with = [&](const std::function<void(CsrParts&)>& change) {
    CsrParts parts;
    parts.names.dns = {"a.test"};
    change(parts);
    return MakeCsr(key, parts);
  };
  const std::string good = with([](CsrParts&) {});
  REQUIRE_OK(Csr::Parse(good));
  std::string tampered = good;
  tampered[tampered.find("a.test")] = 'b';
  const der::Value attribute =
      der::Sequence(der::Oid(oid::kExtensionRequest),
                    der::Set({der::Sequence(der::Sequence(
                        der::Oid(oid::kSubjectAltName),
                        der::OctetString(GeneralNames(Names{{"a.test"}, {}}).bytes())))}));
  CsrParts sha1;
  sha1.names.dns = {"a.test"};
  sha1.algorithm_der = der::Sequence(der::Oid("1.2.840.113549.1.1.5"), der::Null()).bytes();
  CsrParts md5 = sha1;
  md5.algorithm_der = der::Sequence(der::Oid("1.2.840.113549.1.1.4"), der::Null()).bytes();
  CsrParts crossed = sha1;
  crossed.algorithm_der = der::Sequence(der::Oid("1.2.840.10045.4.3.2")).bytes();

  const auto [why, der] = GENERATE_REF(table<const char*, std::string>({
      {"nothing", ""},
      {"PEM", "-----BEGIN CERTIFICATE REQUEST-----\n"},
      {"trailing octet", good + '\0'},
      {"cut off", good.substr(0, good.size() - 1)},
      {"tampered with", tampered},
      {"too long", good + std::string(16 * 1024, 'x')},
      {"SHA-1", MakeCsr(rsa, sha1)},
      {"MD5", MakeCsr(rsa, md5)},
      {"another key's algorithm", MakeCsr(rsa, crossed)},
      {"version 2", with([](CsrParts& parts) { parts.version = 1; })},
      {"no names", with([](CsrParts& parts) { parts.names = {}; })},
      {"an email address", with([](CsrParts& parts) {
         parts.general_names = der::Sequence(der::Wrap(0x81, "a@a.test"));
       })},
      {"an address of 3 octets",
       with([](CsrParts& parts) { parts.general_names = der::Sequence(der::Wrap(0x87, "abc")); })},
      {"an empty SAN", with([](CsrParts& parts) { parts.general_names = der::Sequence(); })},
      {"a common name that is no server",
       with([](CsrParts& parts) { parts.common_name = "Example Inc."; })},
      {"two common names", with([](CsrParts& parts) {
         const der::Value relative =
             der::Set({der::Sequence(der::Oid(oid::kCommonName), der::Utf8String("a.test"))});
         parts.subject = der::Sequence(relative, relative);
       })},
      {"two lists of extensions", with([&](CsrParts& parts) {
         parts.attributes = der::Wrap(0xa0, attribute.bytes() + attribute.bytes());
       })},
      {"257 names", with([](CsrParts& parts) {
         for (int i = 0; i < 256; ++i) parts.names.dns.push_back("n" + std::to_string(i) + ".test");
       })},
  }));
  INFO(why);
  CHECK_REASON(Csr::Parse(der), Reason::kBadCsr);
}

TEST_CASE("a request for a key in another encoding is refused as a bad request", "[KEY-20]") {
  // secp256k1: OpenSSL knows the curve, we don't.
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  std::string der = MakeCsr(key, std::vector<std::string>{"a.test"});
  const size_t at = der.find("\x2a\x86\x48\xce\x3d\x03\x01\x07");
  REQUIRE(at != std::string::npos);
  der[at + 7] = '\x06';
  CHECK_REASON(Csr::Parse(der), Reason::kBadCsr);
}

TEST_CASE("every single changed octet makes a request worthless") {
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  const std::string good = MakeCsr(key, std::vector<std::string>{"a.test"});
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x01);
    CAPTURE(i);
    CHECK_FALSE(Csr::Parse(bad).ok());
  }
}

}  // namespace
}  // namespace cairn::x509
