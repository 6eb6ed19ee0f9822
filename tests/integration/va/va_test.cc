// The real binary as a primary and two remotes, with mutual TLS, a DNS server and
// a web server on loopback.

#include <signal.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/dns/test_server.h"
#include "libs/evidence/receipt.h"
#include "libs/http/client/test_server.h"
#include "libs/service/host.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "services/va/api/grpc_perspective.h"
#include "services/va/api/grpc_validation.h"
#include "tests/harness/process/process.h"

namespace cairn::va {
namespace {

using errors::Reason;
using harness::Process;

constexpr char kBinary[] = "services/va/va";
const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');
const std::string kKeyAuthorization =
    base::ToBase64Url(kToken) + "." + base::ToBase64Url(kThumbprint);

// What the subscribers' web server says, by the name that is asked for.
void Respond(http::TestServer::Connection& connection, const std::string& request) {
  if (request.find("Host: loop.test\r\n") != request.npos) {
    const bool there = request.starts_with("GET /there ");
    connection.Write(base::Cat("HTTP/1.1 302 Found\r\nLocation: ", there ? "/back" : "/there",
                               "\r\nContent-Length: 0\r\n\r\n"));
  } else if (request.find("Host: endless.test\r\n") != request.npos) {
    connection.Write("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.Write(std::string(1000, 'a'))) continue;
  } else {
    connection.Write("HTTP/1.1 200 OK\r\n\r\n" + kKeyAuthorization + "\r\n");
  }
}

class World {
 public:
  struct Setup {
    // Presents the certificate of remote-1 in place of its own.
    bool second_is_impostor = false;
    // The second remote is a shadow.
    bool second_is_shadow = false;
  };
  World() : World(Setup{}) {}
  explicit World(const Setup& setup) {
    for (const char* name : {"loop.test", "endless.test", "v6.test"}) {
      dns.Add(name, dns::Type::kA, std::string("\x7f\0\0\1", 4));
    }
    // Nobody listens there.
    dns.Add("v6.test", dns::Type::kAaaa, std::string(15, '\0') + '\1');
    dns.Add("a.test", dns::Type::kA, std::string("\x7f\0\0\1", 4));
    dns.Add("forbidden.test", dns::Type::kA, std::string("\x7f\0\0\1", 4));
    dns.Add("forbidden.test", dns::Type::kCaa, std::string("\0\5issueother.test", 17));
    for (const std::string id : {"remote-1", "remote-2"}) {
      const bool impostor = setup.second_is_impostor && id == "remote-2";
      processes.push_back(
          Start(id, base::Cat(impostor ? "remote-1" : id, ".perspective"), RemoteConfig(id)));
    }
    std::string config = RemoteConfig("primary");
    config.replace(config.find("role: remote"), 12, "role: primary");
    // Nobody is left out for being slow today.
    config += "linger: 10s\nremotes:\n";
    for (int i = 0; i < 2; ++i) {
      config += base::Cat("  - perspective: {id: remote-", i + 1,
                          ", rir: APNIC}\n    peer: {address: \"", processes[i]->Field("grpc"),
                          "\", name: remote-", i + 1, ".perspective.cairn.internal}\n");
      if (i == 1 && setup.second_is_shadow) config += "    shadow: true\n";
    }
    processes.push_back(Start("primary", "va", config));
  }

  std::string RemoteConfig(const std::string& id) {
    keys.push_back(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
    return base::Cat(
        "role: remote\nperspective: {id: ", id,
        ", rir: APNIC}\nreceipt_key: ", folder.Write(id + ".key", keys.back().ToPem()),
        "\nresolver: {forward: \"", dns.address(), "\"}\nhttp01_port: ", web.port(),
        "\nallowed_addresses: [127.0.0.0/8, \"::1/128\"]\ncaa_identities: [ca.test]\n");
  }

  // The files of the mutual TLS of one role.
  std::string Tls(const std::string& role) {
    const testing::TlsIdentity identity = ca.Issue({role + ".cairn.internal"});
    return base::Cat("{certificate: ", folder.Write(role + ".pem", identity.certificate_pem),
                     ", key: ", folder.Write(role + "-tls.key", identity.key_pem),
                     ", ca: ", folder.Write("ca.pem", ca.pem()), "}");
  }

  std::unique_ptr<Process> Start(const std::string& name, const std::string& role,
                                 const std::string& config) {
    const std::string path = folder.Write(
        name + ".yaml", base::Cat("common:\n  listen: \"127.0.0.1:0\"\n  metrics_listen: "
                                  "\"127.0.0.1:0\"\n  internal_domain: cairn.internal\n  tls: ",
                                  Tls(role), "\n", config));
    auto process = Process::Start(
        {.command = {kBinary, "--config", path}, .log_path = folder.File(name + ".log")});
    REQUIRE_OK(process);
    return *std::move(process);
  }

  // A channel to process number `index` from a caller with this role.
  std::shared_ptr<service::Peer> Dial(const std::string& role, size_t index,
                                      const std::string& server_name) {
    Tls(role);
    service::Host::Options options{.name = "test", .output_fd = 2};
    options.common.set_listen("127.0.0.1:0");
    options.common.set_internal_domain("cairn.internal");
    options.common.mutable_tls()->set_certificate(folder.File(role + ".pem"));
    options.common.mutable_tls()->set_key(folder.File(role + "-tls.key"));
    options.common.mutable_tls()->set_ca(folder.File("ca.pem"));
    auto host = service::Host::Create(std::move(options));
    REQUIRE_OK(host);
    hosts.push_back(*std::move(host));
    config::Peer peer;
    peer.set_address(processes.at(index)->Field("grpc"));
    peer.set_name(server_name);
    peer.set_timeout("30s");
    auto dialled = hosts.back()->Dial(peer);
    REQUIRE_OK(dialled);
    return *std::move(dialled);
  }

  absl::StatusOr<v1::ValidateResponse> Validate(const std::string& name,
                                                const std::string& role = "ra") {
    v1::ValidateRequest request;
    v1::Subject& subject = *request.mutable_subject();
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value(name);
    subject.set_account_uri("https://ca.test/acme/account/a");
    subject.set_account_thumbprint(kThumbprint);
    subject.set_method("http-01");
    subject.set_token(kToken);
    base::Call call;
    call.deadline = absl::Now() + absl::Seconds(30);
    return GrpcValidation(Dial(role, 2, "va.cairn.internal")).Validate(call, request);
  }

  const testing::TempDir folder;
  testing::TestCa ca;
  dns::TestServer dns;
  http::TestServer web{{}, Respond};
  std::vector<crypto::PrivateKey> keys;
  std::vector<std::unique_ptr<Process>> processes;
  std::vector<std::unique_ptr<service::Host>> hosts;
};

TEST_CASE("each perspective looks for itself and signs what it saw",
          "[MPIC-01][MPIC-07][MPIC-12][VAL-21]") {
  World world;
  const auto response = world.Validate("a.test");
  REQUIRE_OK(response);
  INFO(response->problem().detail());
  CHECK(response->valid());
  CHECK(response->corroboration() == "2/2");
  REQUIRE(response->attempt().receipts_size() == 3);
  for (const auto& [receipt, key] : {std::pair{0, 2}, std::pair{1, 0}, std::pair{2, 1}}) {
    const auto opened =
        evidence::OpenReceipt(world.keys[key].public_key(), response->attempt().receipts(receipt));
    REQUIRE_OK(opened);
    CHECK(opened->control().corroborated());
    CHECK(opened->control().hops(0).dialled() == base::Cat("127.0.0.1:", world.web.port()));
    CHECK(opened->caa().permits());
  }
  CHECK(world.web.requests().size() == 3);
  CHECK(world.dns.Asked("a.test", dns::Type::kA) == 3);
  CHECK(world.processes[2]->Log().find("\"corroboration\":\"2/2\"") != std::string::npos);
}

TEST_CASE("findings are results", "[CAA-08][VAL-20]") {
  World world;
  const auto forbidden = world.Validate("forbidden.test");
  REQUIRE_OK(forbidden);
  CHECK_FALSE(forbidden->valid());
  CHECK(forbidden->problem().reason() == static_cast<int>(Reason::kCaa));
  const auto missing = world.Validate("missing.test");
  REQUIRE_OK(missing);
  CHECK(missing->problem().reason() == static_cast<int>(Reason::kDns));
}

TEST_CASE("hostile servers cost little, and their answers are findings",
          "[VAL-27][VAL-31][VAL-33]") {
  World world;
  const auto loop = world.Validate("loop.test");
  REQUIRE_OK(loop);
  CHECK(loop->problem().detail().find("circle") != std::string::npos);
  const auto endless = world.Validate("endless.test");
  REQUIRE_OK(endless);
  CHECK(endless->problem().reason() == static_cast<int>(Reason::kIncorrectResponse));
  const auto v6 = world.Validate("v6.test");
  REQUIRE_OK(v6);
  CHECK(v6->valid());
  const auto receipt = evidence::PeekReceipt(v6->attempt().receipts(0));
  REQUIRE_OK(receipt);
  CHECK(receipt->control().hops(0).first_dialled() == base::Cat("[::1]:", world.web.port()));
}

TEST_CASE("only the RA asks the primary, and only the primary a remote", "[MPIC-12][NSR-04]") {
  World world;
  for (const char* role : {"wfe", "sa", "ca", "va", "remote-1.perspective"}) {
    INFO(role);
    CHECK_FALSE(world.Validate("a.test", role).ok());
  }
  v1::ObserveRequest request;
  base::Call call;
  call.deadline = absl::Now() + absl::Seconds(10);
  for (const char* role : {"ra", "wfe", "remote-2.perspective"}) {
    INFO(role);
    const std::string server = "remote-1.perspective.cairn.internal";
    const auto response = GrpcPerspective(world.Dial(role, 0, server)).Observe(call, request);
    CHECK_FALSE(response.ok());
    // Refused for who asks, not for what is asked.
    CHECK(errors::ReasonOf(response.status()) != Reason::kMalformed);
  }
  const auto allowed = GrpcPerspective(world.Dial("va", 0, "remote-1.perspective.cairn.internal"))
                           .Observe(call, request);
  CHECK_REASON(allowed, Reason::kMalformed);
  CHECK(world.web.requests().empty());
}

TEST_CASE("whoever shows another perspective's certificate is not asked", "[MPIC-12]") {
  World world({.second_is_impostor = true});
  const auto response = world.Validate("a.test");
  REQUIRE_OK(response);
  CHECK(response->valid());
  CHECK(response->corroboration() == "1/2");
  // It signs receipts with the right key and under the right id, and nobody hears it.
  REQUIRE(response->attempt().receipts_size() == 2);
  for (const auto& receipt : response->attempt().receipts()) {
    CHECK(evidence::PeekReceipt(receipt)->perspective_id() != "remote-2");
  }
  // Neither did it look: the primary and the other did.
  CHECK(world.web.requests().size() == 2);
  CHECK(world.processes[2]->Log().find(
            "\"perspective_unreachable\",\"perspective\":\"remote-2\"") != std::string::npos);
}

TEST_CASE("a shadow is asked over the wire, and its receipt goes no further") {
  World world({.second_is_shadow = true});
  const auto response = world.Validate("a.test");
  REQUIRE_OK(response);
  CHECK(response->valid());
  CHECK(response->corroboration() == "1/1");
  CHECK(response->attempt().receipts_size() == 2);
  world.processes[1]->Stop(SIGKILL);
  CHECK(world.Validate("a.test")->corroboration() == "1/1");
}

TEST_CASE("one dead remote of two is tolerated, two are not", "[MPIC-03]") {
  World world;
  world.processes[0]->Stop(SIGKILL);
  const auto response = world.Validate("a.test");
  REQUIRE_OK(response);
  CHECK(response->valid());
  CHECK(response->corroboration() == "1/2");
  world.processes[1]->Stop(SIGKILL);
  CHECK_REASON(world.Validate("a.test"), Reason::kUnavailable);
}

TEST_CASE("every process ends in good order") {
  World world;
  CHECK_OK(world.Validate("a.test"));
  for (auto process = world.processes.rbegin(); process != world.processes.rend(); ++process) {
    CHECK((*process)->Stop(SIGTERM) == 0);
  }
}

}  // namespace
}  // namespace cairn::va
