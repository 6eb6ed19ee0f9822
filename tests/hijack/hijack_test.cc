// An attacker who changes the routes of some perspectives, so that the victim's
// address leads them to the attacker: what can be had that way, and what can't.
//
// Each perspective is the real `va` in a network namespace of its own. Victim and
// attacker both hold 198.51.100.10, with a web server and a name server each; which
// of them a perspective reaches is one route in its namespace, as it would be one
// announcement of BGP. What comes out is put to the signer's verifier, too.

#include <signal.h>

#include <bit>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/dns/test_server.h"
#include "libs/evidence/test_evidence.h"
#include "libs/evidence/verifier.h"
#include "libs/http/client/test_server.h"
#include "libs/service/host.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "services/va/api/grpc_validation.h"
#include "tests/harness/process/process.h"
#include "tests/hijack/internet.h"

namespace cairn::hijack {
namespace {

using evidence::v1::Receipt;
using harness::Process;

constexpr char kBinary[] = "services/va/va";
constexpr char kBaseUrl[] = "https://acme.ca.test";
constexpr char kName[] = "victim.test";
// What is fought for.
constexpr char kPrefix[] = "198.51.100.0/24";
constexpr char kAddress[] = "198.51.100.10";
constexpr char kPort[] = ":4000";

struct Stand {
  const char* rir_name;
  Receipt::Rir rir;
  double latitude, longitude;
};
constexpr Stand kVirginia{"ARIN", Receipt::RIR_ARIN, 39.0, -77.5};
constexpr Stand kOregon{"ARIN", Receipt::RIR_ARIN, 45.6, -121.2};
constexpr Stand kFrankfurt{"RIPE NCC", Receipt::RIR_RIPE_NCC, 50.1, 8.7};
constexpr Stand kSaoPaulo{"LACNIC", Receipt::RIR_LACNIC, -23.5, -46.6};
constexpr Stand kJohannesburg{"AFRINIC", Receipt::RIR_AFRINIC, -26.2, 28.0};
constexpr Stand kSingapore{"APNIC", Receipt::RIR_APNIC, 1.35, 103.8};
constexpr Stand kTokyo{"APNIC", Receipt::RIR_APNIC, 35.7, 139.7};
constexpr Stand kMumbai{"APNIC", Receipt::RIR_APNIC, 19.1, 72.9};
constexpr Stand kSydney{"APNIC", Receipt::RIR_APNIC, -33.9, 151.2};

// Who holds the address of kName, or says so: answers DNS and every http-01
// challenge for its own account.
class Claimant {
 public:
  explicit Claimant(Internet& internet) : computer(internet.Add()) {
    computer->Ip({"address", "add", base::Cat(kAddress, "/32"), "dev", "lo"});
    computer->Within([this] {
      dns = std::make_unique<dns::TestServer>(kAddress, 53);
      web = std::make_unique<http::TestServer>(
          http::TestServer::Options{.address = kAddress, .port = 80},
          [this](http::TestServer::Connection& connection, const std::string& request) {
            connection.Write(base::Cat("HTTP/1.1 200 OK\r\n\r\n", KeyAuthorization(request)));
          });
    });
    dns->Add(kName, dns::Type::kA, std::string("\xc6\x33\x64\x0a", 4));
  }

  // "GET /.well-known/acme-challenge/TOKEN HTTP/1.1..."
  std::string KeyAuthorization(const std::string& request) const {
    const std::string before = "GET /.well-known/acme-challenge/";
    if (!request.starts_with(before)) return "";
    const std::string token = request.substr(before.size(), request.find(" HTTP") - before.size());
    return base::Cat(token, ".", base::ToBase64Url(account.thumbprint()));
  }

  const testing::TestSubscriber account{kBaseUrl};
  const std::unique_ptr<Computer> computer;
  std::unique_ptr<dns::TestServer> dns;
  std::unique_ptr<http::TestServer> web;
};

// A primary and its remotes, of the web PKI, each at its place in the network.
class World {
 public:
  // The primary's place, then the remotes'.
  explicit World(std::vector<Stand> places)
      : stands(std::move(places)), victim(internet), attacker(internet) {
    const int remotes = static_cast<int>(stands.size()) - 1;
    for (int i = 0; i <= remotes; ++i) {
      sites.push_back(internet.Add());
      keys.push_back(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
      hijacked.push_back(true);
    }
    Hijack(0);
    for (int i = 1; i <= remotes; ++i) Start(i, Config(i, "remote"));
    std::string config = Config(0, "primary") + "allow_unvalidated_dns: true\nremotes:\n";
    for (int i = 1; i <= remotes; ++i) {
      config += base::Cat("  - perspective: ", Perspective(i), "\n    peer: {address: \"",
                          sites[i]->address(), kPort, "\", name: ", TlsName(i), "}\n");
    }
    Start(0, config);
    Connect();
  }

  static std::string Id(int i) { return i == 0 ? "primary" : base::Cat("remote-", i); }
  static std::string TlsName(int i) {
    return i == 0 ? "va.cairn.internal" : base::Cat(Id(i), ".perspective.cairn.internal");
  }
  std::string Perspective(int i) const {
    return base::Cat("{id: ", Id(i), ", rir: ", stands[i].rir_name,
                     ", location: {latitude: ", std::to_string(stands[i].latitude),
                     ", longitude: ", std::to_string(stands[i].longitude),
                     "}, routing_security: none}");
  }

  std::string Tls(const std::string& name) {
    const testing::TlsIdentity identity = ca.Issue({name});
    return base::Cat("{certificate: ", folder.Write(name + ".pem", identity.certificate_pem),
                     ", key: ", folder.Write(name + ".key", identity.key_pem),
                     ", ca: ", folder.Write("ca.pem", ca.pem()), "}");
  }

  std::string Config(int i, const std::string& role) {
    return base::Cat("common:\n  listen: \"", sites[i]->address(), kPort,
                     "\"\n  internal_domain: cairn.internal\n  tls: ", Tls(TlsName(i)),
                     "\nrole: ", role, "\npolicy_pack: webpki\nperspective: ", Perspective(i),
                     "\nreceipt_key: ", folder.Write(Id(i) + "-receipt.key", keys[i].ToPem()),
                     // The victim's own name server is the only one; nothing is remembered.
                     "\nresolver: {forward: \"", kAddress,
                     ":53\", max_cache_ttl: 0s, max_negative_ttl: 0s}"
                     "\nallowed_addresses: [",
                     kPrefix, "]\ncaa_identities: [", testing::kTestCaaIdentity, "]\n");
  }

  void Start(int i, const std::string& config) {
    const std::string path = folder.Write(Id(i) + ".yaml", config);
    sites[i]->Within([&] {
      auto process = Process::Start(
          {.command = {kBinary, "--config", path}, .log_path = folder.File(Id(i) + ".log")});
      REQUIRE_OK(process);
      processes.push_back(*std::move(process));
    });
  }

  // A channel from the RA, which this test is, to the primary.
  void Connect() {
    Tls("ra.cairn.internal");
    service::Host::Options options{.name = "test", .output_fd = 2};
    options.common.set_listen("127.0.0.1:0");
    options.common.set_internal_domain("cairn.internal");
    options.common.mutable_tls()->set_certificate(folder.File("ra.cairn.internal.pem"));
    options.common.mutable_tls()->set_key(folder.File("ra.cairn.internal.key"));
    options.common.mutable_tls()->set_ca(folder.File("ca.pem"));
    auto created = service::Host::Create(std::move(options));
    REQUIRE_OK(created);
    host = *std::move(created);
    config::Peer peer;
    peer.set_address(sites[0]->address() + kPort);
    peer.set_name(TlsName(0));
    peer.set_timeout("30s");
    auto dialled = host->Dial(peer);
    REQUIRE_OK(dialled);
    primary = std::make_unique<va::GrpcValidation>(*std::move(dialled));
  }

  // Bit 0 for the primary, bit i for remote i: whose routes the attacker controls.
  void Hijack(unsigned whose) {
    for (size_t i = 0; i < sites.size(); ++i) {
      const bool wanted = (whose >> i & 1) != 0;
      if (hijacked[i] == wanted) continue;
      hijacked[i] = wanted;
      sites[i]->Ip(
          {"route", "replace", kPrefix, "via", (wanted ? attacker : victim).computer->address()});
    }
  }

  // Whether the CA comes to believe that the account may have certificates for
  // kName: the primary, and then the signer by the receipts alone.
  bool Validates(const testing::TestSubscriber& account) {
    va::v1::ValidateRequest request;
    va::v1::Subject& subject = *request.mutable_subject();
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value(kName);
    subject.set_account_uri(account.account_uri());
    subject.set_account_thumbprint(account.thumbprint());
    subject.set_method("http-01");
    subject.set_token(std::string(16, 't'));
    base::Call call;
    call.deadline = absl::Now() + absl::Seconds(30);
    const auto response = primary->Validate(call, request);
    REQUIRE_OK(response);
    evidence::v1::Evidence evidence;
    evidence.set_finalize_jws(account.FinalizeJws(1, "a CSR"));
    evidence.mutable_account()->set_jwk(account.jwk());
    evidence.mutable_account()->set_salt(account.salt());
    *evidence.add_attempts() = response->attempt();
    // Both judge alike.
    CHECK(Signer().Verify(evidence, absl::Now()).ok() == response->valid());
    return response->valid();
  }

  evidence::Verifier Signer() const {
    std::vector<evidence::Perspective> perspectives;
    for (size_t i = 0; i < keys.size(); ++i) {
      perspectives.push_back({.id = Id(static_cast<int>(i)),
                              .rir = stands[i].rir,
                              .key = keys[i].public_key(),
                              .primary = i == 0});
    }
    auto verifier = evidence::Verifier::Create({.pack = policy::Pack::kWebPki,
                                                .perspectives = std::move(perspectives),
                                                .base_urls = {kBaseUrl},
                                                .caa_identities = {testing::kTestCaaIdentity},
                                                .methods = {"http-01"}});
    REQUIRE_OK(verifier);
    return *std::move(verifier);
  }

  const std::vector<Stand> stands;
  const testing::TempDir folder;
  testing::TestCa ca;
  Internet internet;
  Claimant victim;
  Claimant attacker;
  std::vector<std::unique_ptr<Computer>> sites;
  std::vector<crypto::PrivateKey> keys;
  std::vector<bool> hijacked;
  std::vector<std::unique_ptr<Process>> processes;
  std::unique_ptr<service::Host> host;
  std::unique_ptr<va::GrpcValidation> primary;
};

// Once for the process, before anything in it has started a thread.
void EnterOwnNetwork() {
  static const absl::Status entered = LeaveHostNetwork();
  REQUIRE_OK(entered);
}

TEST_CASE("who controls the routes of fewer perspectives than a quorum gets nothing",
          "[MPIC-01][MPIC-03][MPIC-07][MPIC-10]") {
  EnterOwnNetwork();
  constexpr int kRemotes = 5, kTolerated = 1;
  World world({kVirginia, kFrankfurt, kSingapore, kOregon, kSaoPaulo, kJohannesburg});
  int won = 0;
  for (unsigned whose = 0; whose < 1u << (kRemotes + 1); ++whose) {
    INFO("hijacked: " << whose << " (bit 0: the primary)");
    world.Hijack(whose);
    const bool primary = (whose & 1) != 0;
    const int remotes = std::popcount(whose >> 1);
    // The attacker needs the primary, and all the remotes but as many as the quorum
    // tolerates; one less, and there is nothing to be had.
    const bool attacker = world.Validates(world.attacker.account);
    CHECK(attacker == (primary && remotes >= kRemotes - kTolerated));
    won += attacker ? 1 : 0;
    // As many as that, but not the primary, may be hijacked before the victim
    // notices.
    CHECK(world.Validates(world.victim.account) == (!primary && remotes <= kTolerated));
  }
  // The primary with any four remotes, or with all five: the attack does work.
  CHECK(won == 6);
}

TEST_CASE("six remotes tolerate two", "[MPIC-03]") {
  EnterOwnNetwork();
  World world({kVirginia, kFrankfurt, kSingapore, kOregon, kSaoPaulo, kJohannesburg, kTokyo});
  for (int remotes = 0; remotes <= 6; ++remotes) {
    for (const unsigned primary : {0u, 1u}) {
      INFO(remotes << " remotes hijacked, primary " << primary);
      world.Hijack(((1u << remotes) - 1) << 1 | primary);
      CHECK(world.Validates(world.attacker.account) == (primary == 1 && remotes >= 4));
      CHECK(world.Validates(world.victim.account) == (primary == 0 && remotes <= 2));
    }
  }
}

TEST_CASE("enough remotes, but all of one region, are not a quorum", "[MPIC-04]") {
  EnterOwnNetwork();
  World world({kVirginia, kSingapore, kTokyo, kMumbai, kSydney, kFrankfurt});
  // The primary and four of five, which are APNIC's.
  world.Hijack(0b011111);
  CHECK_FALSE(world.Validates(world.attacker.account));
  // As many, but one of them is RIPE's.
  world.Hijack(0b111011);
  CHECK(world.Validates(world.attacker.account));
}

}  // namespace
}  // namespace cairn::hijack
