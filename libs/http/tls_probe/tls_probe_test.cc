#include "libs/http/tls_probe/tls_probe.h"

#include <catch2/catch.hpp>

#include "libs/http/tls_probe/test_tls_server.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/test_tls.h"
#include "libs/x509/certificate.h"

namespace cairn::http {
namespace {

using errors::Reason;
using std::chrono::milliseconds;

// Extensions of a ClientHello (RFC 6066 section 3, RFC 7301, RFC 8446 section 4.2.1).
constexpr uint16_t kServerName = 0, kAlpn = 16, kSupportedVersions = 43;

// A server that does all as it should, and its certificate in DER.
TestTlsServer::Options Right() {
  const testing::TlsIdentity identity = testing::TestCa().Issue({"a.test"});
  return {.certificate_der =
              x509::Certificate::ListFromPem(identity.certificate_pem).value().front().der(),
          .key_pem = identity.key_pem};
}

class World {
 public:
  explicit World(absl::Duration timeout = absl::Seconds(20)) {
    auto created = OpenSslTlsProbe::Create({.total_timeout = timeout}, clock);
    REQUIRE_OK(created);
    probe = *std::move(created);
  }
  static ProbeRequest Request(uint16_t port, const char* address = "127.0.0.1") {
    return {.address = base::IpAddress::Parse(address).value(),
            .port = port,
            .server_name = "a.test",
            .alpn = "acme-tls/1"};
  }
  ProbeOutcome Handshake(const TestTlsServer& server) {
    return probe->Handshake({}, Request(server.port()));
  }

  base::SystemClock clock;
  std::unique_ptr<OpenSslTlsProbe> probe;
};

// Checks a handshake that failed on a connection that was there.
void CheckFailed(const ProbeOutcome& outcome, Reason reason, const std::string& what) {
  CHECK(outcome.connected);
  CHECK_REASON(outcome.status, reason);
  INFO(outcome.status.message());
  CHECK(std::string(outcome.status.message()).find(what) != std::string::npos);
  CHECK(outcome.certificate_der.empty());
}

TEST_CASE("a handshake shows the certificate, the version and the protocol", "[VAL-46][VAL-51]") {
  World world;
  for (const uint16_t version : {0x0303, 0x0304}) {
    INFO(version);
    TestTlsServer::Options options = Right();
    options.min_version = options.max_version = version;
    const TestTlsServer server(options);
    const ProbeOutcome outcome = world.Handshake(server);
    REQUIRE_OK(outcome.status);
    CHECK(outcome.connected);
    CHECK(outcome.protocol == (version == 0x0304 ? "TLSv1.3" : "TLSv1.2"));
    CHECK(outcome.alpn == "acme-tls/1");
    CHECK(outcome.certificate_der == options.certificate_der);
    const ServerView view = server.WaitForView(1);
    CHECK(view.handshake_done);
    CHECK(view.application_data.empty());
    CHECK(view.closed_by_notify);
  }
}

TEST_CASE("the ClientHello has one name, one protocol and no version below 1.2",
          "[VAL-46][VAL-51][VAL-52]") {
  World world;
  const TestTlsServer server(Right());
  REQUIRE_OK(world.Handshake(server).status);
  ClientHello hello = ClientHello::Parse(server.WaitForView(1).client_hello);
  CHECK(hello.legacy_version == 0x0303);
  CHECK(hello.extensions[kServerName] == std::string("\0\x09\0\0\x06"
                                                     "a.test",
                                                     11));
  CHECK(hello.extensions[kAlpn] == std::string("\0\x0b\x0a"
                                               "acme-tls/1",
                                               13));
  CHECK(hello.extensions[kSupportedVersions] == "\x04\x03\x04\x03\x03");

  ProbeRequest request = World::Request(server.port());
  request.server_name = request.address.ReverseName();
  REQUIRE_OK(world.probe->Handshake({}, request).status);
  hello = ClientHello::Parse(server.WaitForView(2).client_hello);
  CHECK(hello.extensions[kServerName] == std::string("\0\x19\0\0\x16"
                                                     "1.0.0.127.in-addr.arpa",
                                                     27));

  request.server_name.clear();
  REQUIRE_OK(world.probe->Handshake({}, request).status);
  hello = ClientHello::Parse(server.WaitForView(3).client_hello);
  CHECK_FALSE(hello.extensions.contains(kServerName));
  CHECK(hello.extensions.contains(kAlpn));
}

TEST_CASE("a server that selects no protocol, or one that was not offered, is told apart",
          "[VAL-47]") {
  World world;
  for (const uint16_t version : {0x0303, 0x0304}) {
    TestTlsServer::Options options = Right();
    options.min_version = options.max_version = version;
    options.alpn.reset();
    const TestTlsServer none(options);
    const ProbeOutcome outcome = world.Handshake(none);
    REQUIRE_OK(outcome.status);
    CHECK(outcome.alpn.empty());
    options.alpn = "http/1.1";
    const TestTlsServer another(options);
    CheckFailed(world.Handshake(another), Reason::kTls, "protocol (ALPN) that was not offered");
  }
}

TEST_CASE("an alert is told in words", "[VAL-47][VAL-20]") {
  World world;
  TestTlsServer::Options options = Right();
  options.refuse_alpn = true;
  const TestTlsServer refuses(std::move(options));
  CheckFailed(world.Handshake(refuses), Reason::kTls, "alert \"no application protocol\"");
  const TestTlsServer alert([](TestTlsServer::Connection& connection) {
    connection.ReadSome();
    connection.Write(std::string_view("\x15\x03\x03\0\x02\x02\x28", 7));
  });
  CheckFailed(world.Handshake(alert), Reason::kTls, "alert \"handshake failure\"");
}

TEST_CASE("TLS 1.1 is not enough", "[VAL-51]") {
  World world;
  TestTlsServer::Options options = Right();
  options.min_version = options.max_version = 0x0302;
  const TestTlsServer server(options);
  CheckFailed(world.Handshake(server), Reason::kTls, "alert \"protocol version\"");
  CHECK_FALSE(server.WaitForView(1).handshake_done);
  // One that does not care what was offered.
  const TestTlsServer insists([](TestTlsServer::Connection& connection) {
    connection.ReadSome();
    connection.Write(std::string("\x16\x03\x02\0\x2a\x02\0\0\x26\x03\x02", 11) +
                     std::string(32, 'r') + std::string("\0\xc0\x09\0", 4));
    connection.WaitForEnd();
  });
  CheckFailed(world.Handshake(insists), Reason::kTls, "unsupported protocol");
}

TEST_CASE("what is not TLS is a tls problem", "[VAL-20]") {
  World world;
  for (const std::string& garbage :
       {std::string("220 mail.a.test ESMTP\r\n"), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"),
        std::string(100, '\0'), std::string(100, '\xff')}) {
    const TestTlsServer server([&](TestTlsServer::Connection& connection) {
      connection.ReadSome();
      connection.Write(garbage);
      connection.WaitForEnd();
    });
    CheckFailed(world.Handshake(server), Reason::kTls, "during the TLS handshake");
  }
}

TEST_CASE("a server that hangs up in the handshake is a tls problem", "[VAL-20]") {
  World world;
  const TestTlsServer after_hello(
      [](TestTlsServer::Connection& connection) { connection.ReadSome(); });
  CheckFailed(world.Handshake(after_hello), Reason::kTls, "connection");
  const TestTlsServer at_once([](TestTlsServer::Connection&) {});
  CheckFailed(world.Handshake(at_once), Reason::kTls, "connection");
  const TestTlsServer in_a_record([](TestTlsServer::Connection& connection) {
    connection.ReadSome();
    connection.Write(std::string_view("\x16\x03\x03\0\x50\x02\0\0\x4c", 9));
  });
  CheckFailed(world.Handshake(in_a_record), Reason::kTls, "connection closed");
}

TEST_CASE("a slow or talkative server costs no more than the time-out", "[VAL-20]") {
  World world(absl::Milliseconds(200));
  const TestTlsServer silent(
      [](TestTlsServer::Connection& connection) { connection.WaitForEnd(); });
  const TestTlsServer dripping([](TestTlsServer::Connection& connection) {
    connection.ReadSome();
    connection.Write(std::string_view("\x16\x03\x03\x3f\xff\x02\0\x3f\xfb", 9));
    while (!connection.EndsWithin(milliseconds(20)) && connection.Write("a")) continue;
  });
  // HelloRequests, which a client ignores during a handshake, without end.
  const TestTlsServer talkative([](TestTlsServer::Connection& connection) {
    connection.ReadSome();
    std::string requests;
    while (requests.size() < 9000) requests.append("\x16\x03\x03\0\x04\0\0\0\0", 9);
    while (connection.Write(requests)) continue;
  });
  for (const TestTlsServer* server : {&silent, &dripping, &talkative}) {
    CheckFailed(world.Handshake(*server), Reason::kConnection,
                "timed out during the TLS handshake");
  }
}

TEST_CASE("a call's deadline ends a handshake too", "[VAL-20]") {
  World world;
  const TestTlsServer silent(
      [](TestTlsServer::Connection& connection) { connection.WaitForEnd(); });
  base::Call call;
  call.deadline = absl::Now() + absl::Milliseconds(50);
  CheckFailed(world.probe->Handshake(call, World::Request(silent.port())), Reason::kConnection,
              "timed out");
}

TEST_CASE("a chain has a limit", "[VAL-31]") {
  World world;
  for (const uint16_t version : {0x0303, 0x0304}) {
    TestTlsServer::Options options = Right();
    options.max_version = version;
    options.chain_der.assign(10, options.certificate_der);
    const TestTlsServer long_chain(options);
    const ProbeOutcome outcome = world.Handshake(long_chain);
    REQUIRE_OK(outcome.status);
    CHECK(outcome.certificate_der == options.certificate_der);
    options.chain_der.assign(100, options.certificate_der);
    const TestTlsServer huge_chain(options);
    CheckFailed(world.Handshake(huge_chain), Reason::kTls, "excessive message size");
  }
}

TEST_CASE("a port where nobody listens is not a connection", "[VAL-20]") {
  World world;
  uint16_t port;
  {
    const TestTlsServer server([](TestTlsServer::Connection&) {});
    port = server.port();
  }
  const ProbeOutcome outcome = world.probe->Handshake({}, World::Request(port));
  CHECK_FALSE(outcome.connected);
  CHECK_REASON(outcome.status, Reason::kConnection);
  CHECK(std::string(outcome.status.message()) == "connection refused");
}

TEST_CASE("IPv6 is dialled as well", "[VAL-52]") {
  World world;
  TestTlsServer::Options options = Right();
  options.v6 = true;
  const TestTlsServer server(options);
  const ProbeOutcome outcome = world.probe->Handshake({}, World::Request(server.port(), "::1"));
  REQUIRE_OK(outcome.status);
  CHECK(outcome.certificate_der == options.certificate_der);
}

TEST_CASE("a name that SNI can't hold is not left out", "[VAL-46]") {
  World world;
  const TestTlsServer server(
      [](TestTlsServer::Connection& connection) { connection.WaitForEnd(); });
  ProbeRequest request = World::Request(server.port());
  request.server_name = std::string(256, 'a');
  CheckFailed(world.probe->Handshake({}, request), Reason::kTls, "name can't be sent");
}

}  // namespace
}  // namespace cairn::http
