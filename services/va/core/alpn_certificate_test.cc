#include "services/va/core/alpn_certificate.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "services/va/core/test_alpn_certificate.h"

namespace cairn::va {
namespace {

using core::v1::Identifier;
using crypto::KeyType;
using crypto::PrivateKey;
using testing::AcmeIdentifierExtension;
using testing::AlpnCertificateParts;
using testing::DnsName;
using testing::EmailName;
using testing::Extension;
using testing::IpName;
using testing::kAcmeIdentifier;
using testing::kDraftAcmeIdentifier;
using testing::kSubjectAltName;
using testing::MakeAlpnCertificate;
using testing::NamesExtension;
using testing::UriName;

const std::string kDigest = crypto::Sha256("token.thumbprint");
const std::string kAcmeValue = der::OctetString(kDigest).bytes();

Identifier MakeIdentifier(const std::string& value, Identifier::Type type = Identifier::TYPE_DNS) {
  Identifier identifier;
  identifier.set_type(type);
  identifier.set_value(value);
  return identifier;
}
const Identifier kName = MakeIdentifier("a.test");

const PrivateKey& Key() {
  static const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  return key;
}

absl::Status Check(const AlpnCertificateParts& parts, const Identifier& identifier = kName) {
  return CheckAlpnCertificate(MakeAlpnCertificate(Key(), parts), identifier, kDigest);
}
absl::Status CheckNames(const std::vector<der::Value>& names, const Identifier& id = kName) {
  return Check({.names = names, .digest = kDigest}, id);
}
absl::Status CheckExtensions(const std::vector<der::Value>& extensions) {
  return Check({.extensions = extensions});
}

// Refused, in printable words among which `what` is.
void CheckRefused(const absl::Status& status, const std::string& what) {
  REQUIRE_FALSE(status.ok());
  const std::string detail = errors::PayloadOf(status).detail();
  INFO(detail);
  CHECK(errors::ReasonOf(status) == errors::Reason::kIncorrectResponse);
  CHECK(detail.find(what) != std::string::npos);
  CHECK(detail.size() < 700);
  for (const char c : detail) CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("a certificate as RFC 8737 describes it proves control", "[VAL-48][VAL-49][VAL-50]") {
  for (const KeyType type :
       {KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521, KeyType::kEd25519}) {
    INFO(crypto::NameOf(type));
    const PrivateKey key = PrivateKey::Generate(type);
    const std::string der =
        MakeAlpnCertificate(key, {.names = {DnsName("a.test")}, .digest = kDigest});
    CHECK(CheckAlpnCertificate(der, kName, kDigest).ok());
  }
  SECTION("whatever else it says") {
    CHECK(CheckExtensions({Extension("1.2.3.4", false, "not DER"),
                           NamesExtension({DnsName("a.test")}), AcmeIdentifierExtension(kDigest),
                           Extension("2.5.29.19", true, der::Sequence().bytes())})
              .ok());
  }
  SECTION("with a critical subjectAltName") {
    CHECK(CheckExtensions(
              {AcmeIdentifierExtension(kDigest),
               Extension(kSubjectAltName, true, der::Sequence(DnsName("a.test")).bytes())})
              .ok());
  }
}

TEST_CASE("its dates do not matter", "[VAL-50]") {
  AlpnCertificateParts parts{.names = {DnsName("a.test")}, .digest = kDigest};
  parts.not_before = absl::FromUnixSeconds(0);
  parts.not_after = absl::FromUnixSeconds(1);
  CHECK(Check(parts).ok());
  parts.not_before = parts.not_after = absl::FromUnixSeconds(4'000'000'000);
  CHECK(Check(parts).ok());
}

TEST_CASE("the name is compared without regard to case", "[VAL-48]") {
  CHECK(CheckNames({DnsName("A.TeSt")}).ok());
  CHECK(CheckNames({DnsName("a.test")}, MakeIdentifier("A.test")).ok());
}

TEST_CASE("exactly one name must be there, the identifier", "[VAL-48][VAL-53]") {
  const std::string expected = "must be exactly DNS:a.test, but is \"";
  CheckRefused(CheckNames({DnsName("b.test")}), expected + "DNS:b.test\"");
  CheckRefused(CheckNames({DnsName("a.test"), DnsName("b.test")}),
               expected + "DNS:a.test, DNS:b.test\"");
  CheckRefused(CheckNames({DnsName("b.test"), DnsName("a.test")}), expected);
  CheckRefused(CheckNames({DnsName("a.test"), DnsName("a.test")}), expected);
  CheckRefused(CheckNames({DnsName("a.test"), IpName("192.0.2.1")}),
               expected + "DNS:a.test, IP:192.0.2.1\"");
  CheckRefused(CheckNames({DnsName("a.test"), EmailName("a@a.test")}), "email:a@a.test");
  CheckRefused(CheckNames({DnsName("a.test"), UriName("https://a.test/")}), "URI:https://a.test/");
  CheckRefused(CheckNames({DnsName("a.test"), der::Explicit(4, der::Sequence())}),
               "a name of another type");
  CheckRefused(CheckNames({EmailName("a.test")}), expected);
  CheckRefused(CheckNames({UriName("a.test")}), expected);
  CheckRefused(CheckNames({DnsName("*.a.test")}), expected);
  CheckRefused(CheckNames({DnsName("*.test")}), expected);
  CheckRefused(CheckNames({DnsName("a.test.")}), expected);
  CheckRefused(CheckNames({DnsName("www.a.test")}), expected);
  CheckRefused(CheckNames({DnsName("a.tes")}), expected);
  CheckRefused(CheckNames({DnsName("")}), expected);
  CheckRefused(CheckNames({}), expected + "\"");
  CheckRefused(CheckNames({DnsName(std::string_view("a.test\0.b.test", 14))}),
               "a.test\\x00.b.test");
  // Not even with a certificate full of them is much shown.
  CheckRefused(CheckNames(std::vector<der::Value>(300, DnsName("\x1b[2J.long.test"))),
               "\\x1b[2J.long.test");
  CheckRefused(CheckExtensions({AcmeIdentifierExtension(kDigest)}), "no subjectAltName");
  for (const std::string& bad : {std::string(), std::string("a.test"), DnsName("a.test").bytes(),
                                 der::Sequence(DnsName("a.test")).bytes() + "x",
                                 std::string("\x30\x08\x82\x07"
                                             "a.test",
                                             10)}) {
    CheckRefused(
        CheckExtensions({Extension(kSubjectAltName, false, bad), AcmeIdentifierExtension(kDigest)}),
        "subjectAltName");
  }
}

TEST_CASE("an address is exactly one iPAddress with its octets", "[VAL-52]") {
  const Identifier v4 = MakeIdentifier("192.0.2.1", Identifier::TYPE_IP);
  const Identifier v6 = MakeIdentifier("2001:db8::1", Identifier::TYPE_IP);
  CHECK(CheckNames({IpName("192.0.2.1")}, v4).ok());
  CHECK(CheckNames({IpName("2001:db8::1")}, v6).ok());
  CheckRefused(CheckNames({IpName("192.0.2.2")}, v4),
               "must be exactly IP:192.0.2.1, but is \"IP:192.0.2.2\"");
  CheckRefused(CheckNames({IpName("192.0.2.1"), IpName("192.0.2.2")}, v4), "must be exactly");
  CheckRefused(CheckNames({IpName("192.0.2.1"), DnsName("192.0.2.1")}, v4), "must be exactly");
  CheckRefused(CheckNames({IpName("::ffff:192.0.2.1")}, v4), "must be exactly");
  CheckRefused(CheckNames({DnsName("192.0.2.1")}, v4), "must be exactly");
  CheckRefused(CheckNames({DnsName("1.2.0.192.in-addr.arpa")}, v4), "must be exactly");
  CheckRefused(CheckNames({IpName("2001:db8::2")}, v6), "must be exactly IP:2001:db8::1");
  CheckRefused(CheckNames({der::Wrap(0x87, "12345")}, v6), "IP of a wrong length");
  CheckRefused(CheckNames({IpName("192.0.2.1")}), "must be exactly DNS:a.test");
}

TEST_CASE("the acmeIdentifier is critical and an OCTET STRING of the digest", "[VAL-49]") {
  const der::Value name = NamesExtension({DnsName("a.test")});
  const auto with = [&](const der::Value& extension) { return CheckExtensions({name, extension}); };
  CHECK(with(Extension(kAcmeIdentifier, true, kAcmeValue)).ok());
  CheckRefused(with(Extension(kAcmeIdentifier, false, kAcmeValue)), "not critical");
  // FALSE spelled out, which DER does not do with a default.
  CheckRefused(with(der::Sequence(der::Oid(kAcmeIdentifier), der::Boolean(false),
                                  der::OctetString(kAcmeValue))),
               "not critical");
  const std::string other = crypto::Sha256("another token.thumbprint");
  CheckRefused(with(AcmeIdentifierExtension(other)), base::ToHex(other));
  CheckRefused(with(AcmeIdentifierExtension(other)), base::ToHex(kDigest));
  for (const std::string& bad :
       {kDigest, std::string(), der::OctetString("").bytes(),
        der::OctetString(kDigest.substr(1)).bytes(), der::OctetString(kDigest + "x").bytes(),
        der::OctetString(base::ToHex(kDigest)).bytes(), kAcmeValue + std::string(1, '\0'),
        der::OctetString(kAcmeValue).bytes(),
        der::Utf8String(base::ToHex(kDigest).substr(0, 32)).bytes(),
        der::BitString(kDigest).bytes(), der::Sequence(der::OctetString(kDigest)).bytes(),
        "\x04\x81\x20" + kDigest, "\x24\x22\x04\x20" + kDigest, std::string(4000, '\x04')}) {
    CheckRefused(with(Extension(kAcmeIdentifier, true, bad)),
                 "must be a DER OCTET STRING of 32 octets");
  }
}

TEST_CASE("a certificate without acmeIdentifier is refused with the likely cause", "[VAL-49]") {
  const der::Value name = NamesExtension({DnsName("a.test")});
  CheckRefused(CheckExtensions({name}), "is it the server's ordinary certificate?");
  CheckRefused(CheckExtensions({name, Extension("1.3.6.1.5.5.7.1.32", true, kAcmeValue)}),
               "no acmeIdentifier extension (1.3.6.1.5.5.7.1.31)");
  // As version 2.1 of certbot's library writes it: the digest without an OCTET STRING.
  for (const std::string& value : {kDigest, kAcmeValue}) {
    const absl::Status status =
        CheckExtensions({name, Extension(kDraftAcmeIdentifier, true, value)});
    CheckRefused(status, "early draft (1.3.6.1.5.5.7.1.30.1)");
    CheckRefused(status, "the ACME client is too old");
  }
}

TEST_CASE("no extension may be there twice", "[VAL-50]") {
  const der::Value name = NamesExtension({DnsName("a.test")});
  const der::Value acme = AcmeIdentifierExtension(kDigest);
  CheckRefused(CheckExtensions({name, acme, acme}), "the extension acmeIdentifier twice");
  CheckRefused(CheckExtensions({name, acme, AcmeIdentifierExtension(std::string(32, 'x'))}),
               "acmeIdentifier twice");
  CheckRefused(CheckExtensions({name, AcmeIdentifierExtension(std::string(32, 'x')), acme}),
               "acmeIdentifier twice");
  CheckRefused(CheckExtensions({name, name, acme}), "subjectAltName twice");
  CheckRefused(CheckExtensions({name, acme, NamesExtension({DnsName("b.test")})}),
               "subjectAltName twice");
  CheckRefused(
      CheckExtensions({Extension("1.2.3", false, ""), name, acme, Extension("1.2.3", false, "")}),
      "1.2.3 twice");
}

TEST_CASE("a certificate that is not self-signed is refused", "[VAL-50]") {
  const PrivateKey ca = PrivateKey::Generate(KeyType::kEcP256);
  AlpnCertificateParts parts{.names = {DnsName("a.test")}, .digest = kDigest};
  SECTION("a CA's") {
    parts.issuer = "A CA";
    parts.signer = &ca;
    CheckRefused(Check(parts), "its issuer is not its subject");
  }
  SECTION("another key's signature") {
    parts.signer = &ca;
    CheckRefused(Check(parts), "does not verify with its own key");
  }
  SECTION("another name over its own signature") {
    parts.issuer = "A CA";
    CheckRefused(Check(parts), "its issuer is not its subject");
  }
  SECTION("two algorithms") {
    parts.signed_algorithm = crypto::SignatureAlgorithm::kEcdsaSha384;
    CheckRefused(Check(parts), "can't be checked");
  }
  SECTION("another octet in what is signed") {
    std::string der = MakeAlpnCertificate(Key(), parts);
    const size_t at = der.find("ACME challenge");
    der.replace(der.find("ACME", at + 4), 4, "acme");
    der.replace(at, 4, "acme");
    CheckRefused(CheckAlpnCertificate(der, kName, kDigest), "does not verify with its own key");
  }
}

TEST_CASE("what is no certificate is refused", "[VAL-49]") {
  const std::string good =
      MakeAlpnCertificate(Key(), {.names = {DnsName("a.test")}, .digest = kDigest});
  const auto refused = [](const std::string& der) {
    CheckRefused(CheckAlpnCertificate(der, kName, kDigest), "no X.509 certificate of version 3");
  };
  refused("");
  refused("garbage");
  refused(der::Sequence().bytes());
  refused(good + "x");
  // Cut anywhere, it is none.
  for (size_t size = 0; size < good.size(); size += 7) refused(good.substr(0, size));
  refused(
      MakeAlpnCertificate(Key(), {.names = {DnsName("a.test")}, .digest = kDigest, .version = 0}));
  CheckRefused(CheckExtensions({}), "no subjectAltName");
  CheckRefused(
      CheckExtensions({NamesExtension({DnsName("a.test")}), AcmeIdentifierExtension(kDigest),
                       Extension("1.2.3", false, std::string(16 * 1024, 'x'))}),
      "more than 16 KiB");
}

}  // namespace
}  // namespace cairn::va
