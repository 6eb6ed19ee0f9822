#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/crypto/digest.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"
#include "libs/http/tls_probe/test_tls_server.h"
#include "libs/http/tls_probe/tls_probe.h"
#include "libs/testing/status_matchers.h"
#include "services/va/core/test_alpn_certificate.h"
#include "services/va/core/validate_tls_alpn01.h"

// tls-alpn-01 with real TLS, against servers that are right and wrong in all ways.
namespace cairn::va {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;
using evidence::v1::Control;
using http::ClientHello;
using http::TestTlsServer;
using testing::AcmeIdentifierExtension;
using testing::AlpnCertificateParts;
using testing::DnsName;
using testing::EmailName;
using testing::Extension;
using testing::IpName;
using testing::kAcmeIdentifier;
using testing::kDraftAcmeIdentifier;
using testing::NamesExtension;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');
const std::string kDigest =
    crypto::Sha256(base::ToBase64Url(kToken) + "." + base::ToBase64Url(kThumbprint));

const PrivateKey& Key(KeyType type = KeyType::kEcP256) {
  static const PrivateKey ec = PrivateKey::Generate(KeyType::kEcP256);
  static const PrivateKey rsa = PrivateKey::Generate(KeyType::kRsa);
  return type == KeyType::kRsa ? rsa : ec;
}

v1::Subject Subject(const std::string& value, bool ip) {
  v1::Subject subject;
  subject.mutable_identifier()->set_type(ip ? core::v1::Identifier::TYPE_IP
                                            : core::v1::Identifier::TYPE_DNS);
  subject.mutable_identifier()->set_value(value);
  subject.set_account_thumbprint(kThumbprint);
  subject.set_account_uri("https://ca.test/acme/account/a");
  subject.set_method("tls-alpn-01");
  subject.set_token(kToken);
  return subject;
}

// A server with this certificate that does all else as it should.
TestTlsServer::Options Showing(const AlpnCertificateParts& parts, KeyType type = KeyType::kEcP256) {
  return {.certificate_der = testing::MakeAlpnCertificate(Key(type), parts),
          .key_pem = Key(type).ToPem()};
}
AlpnCertificateParts Right() { return {.names = {DnsName("a.test")}, .digest = kDigest}; }

class World {
 public:
  World() {
    auto created = http::OpenSslTlsProbe::Create({}, clock);
    REQUIRE_OK(created);
    probe = *std::move(created);
    dns.SetAddresses("a.test", {"127.0.0.1"});
  }
  Control Run(const TestTlsServer& server, const v1::Subject& subject = Subject("a.test", false)) {
    return ValidateTlsAlpn01({.port = server.port()}, addresses, *probe).Run({}, dns, subject);
  }

  base::SystemClock clock;
  std::unique_ptr<http::OpenSslTlsProbe> probe;
  dns::FakeResolver dns;
  policy::AddressRules addresses{
      {*base::IpRange::Parse("127.0.0.0/8"), *base::IpRange::Parse("::1/128")}};
};

void CheckProblem(const Control& control, Reason reason, const std::string& what) {
  CHECK_FALSE(control.corroborated());
  INFO(control.problem().detail());
  CHECK(control.problem().reason() == static_cast<int>(reason));
  CHECK(control.problem().detail().find(what) != std::string::npos);
}

TEST_CASE("EC and RSA certificates in TLS 1.2 and 1.3 prove control of names and addresses",
          "[VAL-46][VAL-48][VAL-49][VAL-51][VAL-52]") {
  World world;
  struct Row {
    der::Value name;
    v1::Subject subject;
    bool v6;
    std::string server_name;
  };
  for (const Row& row :
       {Row{DnsName("a.test"), Subject("a.test", false), false, "a.test"},
        Row{IpName("127.0.0.1"), Subject("127.0.0.1", true), false, "1.0.0.127.in-addr.arpa"},
        Row{IpName("::1"), Subject("::1", true), true,
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"}}) {
    for (const KeyType type : {KeyType::kEcP256, KeyType::kRsa}) {
      for (const uint16_t version : {0x0303, 0x0304}) {
        TestTlsServer::Options options = Showing({.names = {row.name}, .digest = kDigest}, type);
        options.v6 = row.v6;
        options.min_version = options.max_version = version;
        const TestTlsServer server(std::move(options));
        const Control control = world.Run(server, row.subject);
        INFO(row.server_name << ": " << control.problem().detail());
        CHECK(control.corroborated());
        CHECK(control.tls().protocol() == (version == 0x0303 ? "TLSv1.2" : "TLSv1.3"));
        CHECK(control.tls().server_name() == row.server_name);

        const http::ServerView view = server.WaitForView(1);
        CHECK(view.closed_by_notify);
        CHECK(view.application_data.empty());
        ClientHello hello = ClientHello::Parse(view.client_hello);
        // A list of one host_name (RFC 6066 section 3).
        const auto size = static_cast<char>(row.server_name.size());
        CHECK(hello.extensions[0] ==
              std::string{0, static_cast<char>(size + 3), 0, 0, size} + row.server_name);
        CHECK(hello.extensions[16] == std::string("\0\x0b\x0a"
                                                  "acme-tls/1",
                                                  13));
        CHECK(hello.extensions[43] == "\x04\x03\x04\x03\x03");
      }
    }
  }
}

TEST_CASE("an expired certificate is as good, and one of a CA is not", "[VAL-50]") {
  World world;
  AlpnCertificateParts parts = Right();
  SECTION("expired") {
    parts.not_before = absl::FromUnixSeconds(0);
    parts.not_after = absl::FromUnixSeconds(1);
    const TestTlsServer server(Showing(parts));
    CHECK(world.Run(server).corroborated());
  }
  SECTION("of a CA") {
    parts.issuer = "A CA";
    parts.signer = &Key(KeyType::kRsa);
    const TestTlsServer server(Showing(parts));
    CheckProblem(world.Run(server), Reason::kIncorrectResponse, "not self-signed");
  }
}

TEST_CASE("a certificate that breaks RFC 8737 proves nothing", "[VAL-48][VAL-49][VAL-50]") {
  World world;
  const der::Value name = NamesExtension({DnsName("a.test")});
  const der::Value acme = AcmeIdentifierExtension(kDigest);
  const std::string value = der::OctetString(kDigest).bytes();
  struct Row {
    std::vector<der::Value> extensions;
    std::string what;
  };
  for (const Row& row : {
           Row{{name, Extension(kAcmeIdentifier, false, value)}, "not critical"},
           Row{{name, Extension(kAcmeIdentifier, true, kDigest)}, "OCTET STRING"},
           Row{{name, AcmeIdentifierExtension(kDigest.substr(1))}, "OCTET STRING"},
           Row{{name, AcmeIdentifierExtension(crypto::Sha256("other"))}, "key authorization"},
           Row{{name, Extension(kDraftAcmeIdentifier, true, kDigest)}, "early draft"},
           Row{{name}, "no acmeIdentifier"},
           Row{{acme}, "no subjectAltName"},
           Row{{acme, NamesExtension({DnsName("*.a.test")})}, "DNS:*.a.test"},
           Row{{acme, NamesExtension({DnsName("a.test"), DnsName("b.test")})}, "DNS:b.test"},
           Row{{acme, NamesExtension({DnsName("a.test"), IpName("127.0.0.1")})}, "IP:127.0.0.1"},
           Row{{acme, NamesExtension({DnsName("a.test"), EmailName("a@b")})}, "email:a@b"},
           Row{{acme, name, NamesExtension({DnsName("b.test")})}, "twice"},
           Row{{name, acme, acme}, "twice"},
           Row{{name, acme, Extension("1.2.3", false, std::string(20'000, 'x'))}, "16 KiB"},
       }) {
    INFO(row.what);
    AlpnCertificateParts parts;
    parts.extensions = row.extensions;
    const TestTlsServer server(Showing(parts));
    const Control control = world.Run(server);
    CheckProblem(control, Reason::kIncorrectResponse, row.what);
    CheckProblem(control, Reason::kIncorrectResponse, "[127.0.0.1:");
    CHECK(control.tls().certificate_digest().size() == 32);
  }
}

TEST_CASE("a server that does not speak acme-tls/1 proves nothing", "[VAL-47][VAL-51]") {
  World world;
  TestTlsServer::Options options = Showing(Right());
  SECTION("but no ALPN") {
    options.alpn.reset();
    const TestTlsServer server(std::move(options));
    CheckProblem(world.Run(server), Reason::kUnauthorized, "selected no protocol by ALPN");
  }
  SECTION("but http/1.1") {
    options.alpn = "http/1.1";
    const TestTlsServer server(std::move(options));
    CheckProblem(world.Run(server), Reason::kTls, "protocol (ALPN) that was not offered");
  }
  SECTION("and says so") {
    options.refuse_alpn = true;
    const TestTlsServer server(std::move(options));
    CheckProblem(world.Run(server), Reason::kTls, "no application protocol");
  }
  SECTION("but TLS 1.1") {
    options.min_version = options.max_version = 0x0302;
    const TestTlsServer server(std::move(options));
    CheckProblem(world.Run(server), Reason::kTls, "protocol version");
  }
  SECTION("but HTTP in clear") {
    const TestTlsServer server([](TestTlsServer::Connection& connection) {
      connection.ReadSome();
      connection.Write("HTTP/1.1 400 Bad Request\r\n\r\n");
      connection.WaitForEnd();
    });
    CheckProblem(world.Run(server), Reason::kTls, "not TLS");
  }
}

}  // namespace
}  // namespace cairn::va
