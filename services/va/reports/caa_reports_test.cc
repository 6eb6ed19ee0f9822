#include "services/va/reports/caa_reports.h"

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/caa/caa.h"
#include "libs/dns/fake_resolver.h"
#include "libs/http/server/server.h"
#include "libs/log/line_sink.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "services/va/reports/smtp_test_server.h"

namespace cairn::va {
namespace {

// Takes reports by https, and says when the first one has come.
class Receiver final : public http::Handler {
 public:
  void Handle(http::Request request, std::function<void(http::Response)> reply) override {
    reply({.status = 204});
    std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    if (requests_.size() == 1) first_.set_value();
  }
  http::Response Refuse(int status) override { return {.status = status}; }

  void Wait() { first_.get_future().wait(); }
  std::vector<http::Request> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  std::promise<void> first_;
};

class World {
 public:
  explicit World(std::vector<base::IpRange> allowed, SmtpTestServer::Replies replies = {})
      : rules(std::move(allowed)), smtp(std::move(replies)) {
    const testing::TlsIdentity identity = ca.Issue({"iodef.owner.test"});
    auto listening = http::Server::Listen(
        {.tls = http::TlsFiles{folder.Write("cert.pem", identity.certificate_pem),
                               folder.Write("key.pem", identity.key_pem)}},
        receiver, clock);
    REQUIRE_OK(listening);
    https = *std::move(listening);
    https->Start();
    dns.SetAddresses("iodef.owner.test", {"127.0.0.1"});
    const std::string address = https->address();
    CaaReports::Options options{
        .send = {.reporter = {.issuer = "ca.test", .mailbox = "caa@ca.test"},
                 .https_port =
                     static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))},
        .trusted_roots = folder.Write("roots.pem", ca.pem()),
        .user_agent = "Cairn",
        .relay = SmtpRelay::Options{.address = base::IpAddress::Parse("127.0.0.1").value(),
                                    .port = smtp.port(),
                                    .client_name = "ca.test"}};
    auto created = CaaReports::Create(std::move(options), {.resolver = dns,
                                                           .addresses = rules,
                                                           .log = log,
                                                           .metrics = metrics,
                                                           .clock = clock,
                                                           .random = random});
    REQUIRE_OK(created);
    reports = *std::move(created);
  }

  void Refuse(const std::string& name) {
    CaaRefusal refusal{.name = name, .observed = clock.Now()};
    refusal.caa.set_found_at(name);
    refusal.caa.set_rrset_digest(caa::Digest(dns.Resolve({}, {name, dns::Type::kCaa}).records));
    reports->refusals().Refused(std::move(refusal));
  }

  const testing::TempDir folder;
  const testing::TestCa ca;
  const base::SystemClock clock;
  testing::CountingRandom random;
  metrics::Registry metrics;
  log::LineSink sink{-1};
  log::Logger log{"va", log::Level::kError, clock, sink};
  dns::FakeResolver dns;
  const policy::AddressRules rules;
  Receiver receiver;
  std::unique_ptr<http::Server> https;
  SmtpTestServer smtp;
  std::unique_ptr<CaaReports> reports;
};

TEST_CASE("a refusal comes to the owner by mail and by https", "[CAA-32]") {
  World world({base::IpRange::Parse("127.0.0.0/8").value()});
  world.dns.AddCaa("owner.test", "issue", ";");
  world.dns.AddCaa("owner.test", "iodef", "mailto:security@owner.test");
  world.dns.AddCaa("owner.test", "iodef", "https://iodef.owner.test/caa");
  world.Refuse("owner.test");
  world.receiver.Wait();
  const http::Request request = world.receiver.requests().at(0);
  CHECK(request.method == "POST");
  CHECK(request.target == "/caa");
  CHECK(request.Header("Content-Type") == "application/xml; charset=utf-8");
  CHECK(request.body.find("A certificate for owner.test") != std::string::npos);
  // One after the other: the mail went before.
  REQUIRE(world.smtp.messages().size() == 1);
  CHECK(world.smtp.messages()[0].find("To: security@owner.test\r\n") != std::string::npos);
}

TEST_CASE("a host at an address of ours is not contacted", "[CAA-32][VAL-24]") {
  World world({});
  world.dns.AddCaa("owner.test", "iodef", "https://iodef.owner.test/caa");
  world.dns.AddCaa("other.test", "iodef", "mailto:security@other.test");
  world.Refuse("owner.test");
  world.Refuse("other.test");
  // The second report shows that the first one is over.
  while (world.smtp.messages().empty()) std::this_thread::yield();
  CHECK(world.receiver.requests().empty());
  CHECK(world.metrics.Text().find(
            R"(cairn_va_caa_reports_total{outcome="failed",scheme="https"} 1)") !=
        std::string::npos);
}

TEST_CASE("roots that can't be read are told at start-up") {
  World world({});
  CHECK_FALSE(CaaReports::Create({.trusted_roots = "/none"}, {.resolver = world.dns,
                                                              .addresses = world.rules,
                                                              .log = world.log,
                                                              .metrics = world.metrics,
                                                              .clock = world.clock,
                                                              .random = world.random})
                  .ok());
}

TEST_CASE("a relay that hangs does not keep the process", "[CAA-32]") {
  World world({}, {{"connect", "220-\r\n"}});
  world.dns.AddCaa("owner.test", "iodef", "mailto:security@owner.test");
  world.Refuse("owner.test");
  // The report is under way, or has not begun: either way this ends, and not only
  // with the dialogue's time-out.
  world.reports.reset();
  CHECK(world.smtp.messages().empty());
}

}  // namespace
}  // namespace cairn::va
