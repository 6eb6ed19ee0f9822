#include "services/va/core/validate_tls_alpn01.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/crypto/digest.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"
#include "libs/http/tls_probe/fake_tls_probe.h"
#include "services/va/core/test_alpn_certificate.h"

namespace cairn::va {
namespace {

using errors::Reason;
using evidence::v1::Control;
using testing::DnsName;
using testing::IpName;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');
const std::string kDigest =
    crypto::Sha256(base::ToBase64Url(kToken) + "." + base::ToBase64Url(kThumbprint));
constexpr char kPublic[] = "93.184.216.34";
constexpr char kPublicTls[] = "93.184.216.34:443";

v1::Subject Subject(const std::string& name, bool ip = false) {
  v1::Subject subject;
  subject.mutable_identifier()->set_type(ip ? core::v1::Identifier::TYPE_IP
                                            : core::v1::Identifier::TYPE_DNS);
  subject.mutable_identifier()->set_value(name);
  subject.set_account_thumbprint(kThumbprint);
  subject.set_account_uri("https://ca.test/acme/account/a");
  subject.set_method("tls-alpn-01");
  subject.set_token(kToken);
  return subject;
}

// A server that answers rightly for this name.
http::ProbeOutcome Answer(const der::Value& name, const std::string& digest = kDigest) {
  static const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  return {
      .connected = true,
      .protocol = "TLSv1.3",
      .alpn = "acme-tls/1",
      .certificate_der = testing::MakeAlpnCertificate(key, {.names = {name}, .digest = digest})};
}
http::ProbeOutcome Failure(Reason reason, const std::string& detail, bool connected = true) {
  return {.connected = connected, .status = errors::Make(reason, detail)};
}

class World {
 public:
  explicit World(ValidateTlsAlpn01::Options options = {}) : tls_alpn01(options, addresses, probe) {
    dns.SetAddresses("a.test", {kPublic});
  }
  Control Run(const v1::Subject& subject = Subject("a.test")) {
    return tls_alpn01.Run({}, dns, subject);
  }

  dns::FakeResolver dns;
  http::FakeTlsProbe probe;
  policy::AddressRules addresses{{}};
  ValidateTlsAlpn01 tls_alpn01;
};

// Checks a failure, and that its detail is printable and names `what`.
void CheckProblem(const Control& control, Reason reason, const std::string& what) {
  CHECK_FALSE(control.corroborated());
  INFO(control.problem().detail());
  CHECK(control.problem().reason() == static_cast<int>(reason));
  CHECK(control.problem().detail().find(what) != std::string::npos);
  for (const char c : control.problem().detail()) CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("a server that shows the digest in its handshake proves control", "[VAL-46][VAL-16]") {
  World world;
  const http::ProbeOutcome answer = Answer(DnsName("a.test"));
  world.probe.Set(kPublicTls, answer);
  const Control control = world.Run();
  CHECK(control.corroborated());
  CHECK_FALSE(control.has_problem());
  CHECK(control.method() == "tls-alpn-01");
  CHECK(control.token() == kToken);
  CHECK(control.hops_size() == 0);
  const evidence::v1::TlsHandshake& tls = control.tls();
  CHECK(tls.server_name() == "a.test");
  CHECK(tls.addresses(0) == kPublic);
  CHECK(tls.dialled() == kPublicTls);
  CHECK(tls.first_dialled().empty());
  CHECK(tls.protocol() == "TLSv1.3");
  CHECK(tls.alpn() == "acme-tls/1");
  CHECK(tls.certificate_digest() == crypto::Sha256(answer.certificate_der));
  CHECK(tls.dnssec() == "insecure");
  REQUIRE(world.probe.requests().size() == 1);
  const http::ProbeRequest request = world.probe.requests().front();
  CHECK(request.port == 443);
  CHECK(request.server_name == "a.test");
  CHECK(request.alpn == "acme-tls/1");
}

TEST_CASE("a server that does not select acme-tls/1 proves nothing", "[VAL-47]") {
  World world;
  for (const char* alpn : {"", "http/1.1", "h2", "acme-tls/2", "acme-tls/1 ", "ACME-TLS/1"}) {
    http::ProbeOutcome answer = Answer(DnsName("a.test"));
    answer.alpn = alpn;
    world.probe.Set(kPublicTls, answer);
    const Control control = world.Run();
    CheckProblem(control, Reason::kUnauthorized, "not \"acme-tls/1\"");
    CheckProblem(control, Reason::kUnauthorized, *alpn == '\0' ? "no protocol" : alpn);
    CHECK(control.tls().alpn() == alpn);
  }
  http::ProbeOutcome answer = Answer(DnsName("a.test"));
  answer.alpn = "\xff\n" + std::string(250, 'x');
  world.probe.Set(kPublicTls, answer);
  CheckProblem(world.Run(), Reason::kUnauthorized, "\\xff\\x0a");
  CHECK(world.Run().tls().alpn().size() < 70);
}

TEST_CASE("a certificate that is not the response is told with its address", "[VAL-48][VAL-49]") {
  World world;
  const std::string where = "The certificate of a.test [93.184.216.34:443] is not the response: ";
  world.probe.Set(kPublicTls, Answer(DnsName("b.test")));
  CheckProblem(world.Run(), Reason::kIncorrectResponse,
               where + "its subjectAltName must be exactly DNS:a.test, but is \"DNS:b.test\"");
  // Another account's, or another token's, key authorization.
  const std::string other =
      crypto::Sha256(base::ToBase64Url(kToken) + "." + base::ToBase64Url(std::string(32, 'o')));
  world.probe.Set(kPublicTls, Answer(DnsName("a.test"), other));
  CheckProblem(world.Run(), Reason::kIncorrectResponse, where + "its acmeIdentifier must be");
  CHECK(world.Run().tls().certificate_digest().size() == 32);
}

TEST_CASE("an address is dialled without DNS, under its reverse name", "[VAL-52]") {
  World world;
  world.probe.Set(kPublicTls, Answer(IpName(kPublic)));
  const Control v4 = world.Run(Subject(kPublic, true));
  CHECK(v4.corroborated());
  CHECK(v4.tls().server_name() == "34.216.184.93.in-addr.arpa");
  CHECK(v4.tls().dnssec().empty());
  world.probe.Set("[2606:2800::1]:443", Answer(IpName("2606:2800::1")));
  const Control v6 = world.Run(Subject("2606:2800::1", true));
  CHECK(v6.corroborated());
  CHECK(v6.tls().server_name() ==
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.2.6.0.6.2.ip6.arpa");
  CHECK(world.probe.requests().back().server_name == v6.tls().server_name());
  CHECK(world.dns.questions().empty());
  world.probe.Set(kPublicTls, Answer(DnsName("34.216.184.93.in-addr.arpa")));
  CheckProblem(world.Run(Subject(kPublic, true)), Reason::kIncorrectResponse,
               "[93.184.216.34:443] under the server name 34.216.184.93.in-addr.arpa is not the "
               "response: its subjectAltName must be exactly IP:93.184.216.34");
  CheckProblem(world.Run(Subject("127.0.0.1", true)), Reason::kConnection, "loopback");
  CheckProblem(world.Run(Subject("a.test", true)), Reason::kMalformed, "no IP address");
}

TEST_CASE("IPv6 comes first with tls-alpn-01 too", "[VAL-33]") {
  World world;
  world.dns.SetAddresses("a.test", {kPublic, "2606:2800::1", "2606:2800::2"});
  world.probe.Set(kPublicTls, Answer(DnsName("a.test")));
  SECTION("IPv6 is dead") {
    const Control control = world.Run();
    CHECK(control.corroborated());
    CHECK(control.tls().first_dialled() == "[2606:2800::1]:443");
    CHECK(control.tls().dialled() == kPublicTls);
    CHECK(control.tls().addresses_size() == 3);
    CHECK(world.probe.requests().size() == 2);
  }
  SECTION("IPv6 shows another certificate") {
    world.probe.Set("[2606:2800::1]:443", Answer(DnsName("b.test")));
    CheckProblem(world.Run(), Reason::kIncorrectResponse, "[2606:2800::1]:443");
    CHECK(world.probe.requests().size() == 1);
  }
  SECTION("IPv6 fails in TLS") {
    world.probe.Set("[2606:2800::1]:443", Failure(Reason::kTls, "alert \"handshake failure\""));
    CheckProblem(world.Run(), Reason::kTls, "handshake failure");
    CHECK(world.probe.requests().size() == 1);
  }
  SECTION("both are dead") {
    world.dns.SetAddresses("a.test", {"93.184.216.99", "2606:2800::1"});
    CheckProblem(world.Run(), Reason::kConnection,
                 "tls-alpn-01 with a.test [93.184.216.99:443, as [2606:2800::1]:443 did not "
                 "answer]: connection refused");
    CHECK(world.probe.requests().size() == 2);
  }
}

TEST_CASE("special-purpose addresses are not contacted with tls-alpn-01 either", "[VAL-29]") {
  World world;
  for (const char* address :
       {"127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:93.184.216.34"}) {
    world.dns.SetAddresses("a.test", {address});
    const Control control = world.Run();
    CheckProblem(control, Reason::kConnection, "never contacted");
    CHECK(control.tls().addresses(0) == address);
    CHECK(control.tls().dialled().empty());
  }
  CHECK(world.probe.requests().empty());
}

TEST_CASE("a failure of DNS, of the connection or of TLS is told apart", "[VAL-20]") {
  World world;
  CheckProblem(world.Run(Subject("none.test")), Reason::kDns, "no such name");
  world.dns.Fail("broken.test", dns::Type::kA);
  CheckProblem(world.Run(Subject("broken.test")), Reason::kDns, "SERVFAIL");
  CheckProblem(world.Run(), Reason::kConnection, "connection refused");
  world.probe.Set(kPublicTls, Failure(Reason::kConnection, "timed out"));
  CheckProblem(world.Run(), Reason::kConnection, "timed out");
  world.probe.Set(kPublicTls, Failure(Reason::kTls, "the server sent the alert \"\x01\""));
  CheckProblem(world.Run(), Reason::kTls, "\\x01");
}

TEST_CASE("a wildcard is not validated by tls-alpn-01", "[VAL-53]") {
  World world;
  world.probe.Set(kPublicTls, Answer(DnsName("a.test")));
  v1::Subject subject = Subject("a.test");
  subject.set_wildcard(true);
  CheckProblem(world.Run(subject), Reason::kMalformed, "wildcard");
  CHECK(world.probe.requests().empty());
}

TEST_CASE("the first questions are those that the validation asks", "[VAL-46]") {
  World world;
  world.Run();
  CHECK(world.tls_alpn01.FirstQuestions(Subject("a.test")) == world.dns.questions());
  CHECK(world.tls_alpn01.FirstQuestions(Subject(kPublic, true)).empty());
}

TEST_CASE("in a test network another port stands for 443") {
  World world({.port = 5001});
  world.probe.Set("93.184.216.34:5001", Answer(DnsName("a.test")));
  CHECK(world.Run().corroborated());
}

}  // namespace
}  // namespace cairn::va
