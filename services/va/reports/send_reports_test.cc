#include "services/va/reports/send_reports.h"

#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "libs/caa/caa.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"
#include "libs/log/line_sink.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/va/reports/public_addresses.h"

namespace cairn::va {
namespace {

using errors::Reason;

class FakeApi final : public http::Api {
 public:
  absl::StatusOr<http::ApiResponse> Send(const base::Call&,
                                         const http::ApiRequest& request) override {
    requests.push_back(request);
    return response;
  }
  std::vector<http::ApiRequest> requests;
  absl::StatusOr<http::ApiResponse> response = http::ApiResponse{.status = 200};
};

class FakeRelay final : public MailRelay {
 public:
  absl::Status Send(const base::Call&, const std::string& from, const std::string& to,
                    std::string_view message) override {
    envelopes.push_back(from + " " + to);
    messages.emplace_back(message);
    return status;
  }
  std::vector<std::string> envelopes, messages;
  absl::Status status;
};

struct World {
  explicit World(const std::vector<std::string>& iodef, SendReports::Options options = {}) {
    dns.AddCaa("example.com", "issue", "other.example");
    for (const std::string& value : iodef) dns.AddCaa("example.com", "iodef", value);
    options.reporter = {.issuer = "ca.example", .mailbox = "caa@ca.example"};
    send.emplace(options, SendReports::Environment{.resolver = dns,
                                                   .web = &web,
                                                   .mail = &mail,
                                                   .log = log,
                                                   .metrics = metrics,
                                                   .clock = clock,
                                                   .random = random});
  }

  // As the primary saw it, with the records of now.
  CaaRefusal Refusal() {
    CaaRefusal refusal{.name = "www.example.com", .observed = clock.Now()};
    refusal.caa.set_found_at("example.com");
    refusal.caa.set_rrset_digest(
        caa::Digest(dns.Resolve({}, {"example.com", dns::Type::kCaa}).records));
    return refusal;
  }
  bool Counted(const std::string& scheme, const std::string& outcome, int count) {
    return metrics.Text().find("cairn_va_caa_reports_total{outcome=\"" + outcome + "\",scheme=\"" +
                               scheme + "\"} " + std::to_string(count) + "\n") != std::string::npos;
  }

  testing::FakeClock clock{absl::FromUnixSeconds(1'795'696'496)};
  testing::CountingRandom random;
  metrics::Registry metrics;
  log::LineSink sink{-1};
  log::Logger log{"va", log::Level::kError, clock, sink};
  dns::FakeResolver dns;
  FakeApi web;
  FakeRelay mail;
  std::optional<SendReports> send;
};

TEST_CASE("each iodef property gets a report", "[CAA-32]") {
  World world({"https://iodef.example.net/r?x", "mailto:security@example.org"});
  world.send->Run(world.Refusal());
  REQUIRE(world.web.requests.size() == 1);
  const http::ApiRequest& post = world.web.requests[0];
  CHECK(post.method == "POST");
  CHECK(post.url == "https://iodef.example.net/r?x");
  CHECK(post.content_type == "application/xml; charset=utf-8");
  CHECK(post.body.find("<IODEF-Document") != std::string::npos);
  CHECK(post.body.find("www.example.com") != std::string::npos);
  CHECK(world.mail.envelopes == std::vector<std::string>{"caa@ca.example security@example.org"});
  CHECK(world.mail.messages[0].find("To: security@example.org\r\n") != std::string::npos);
  CHECK(world.Counted("https", "sent", 1));
  CHECK(world.Counted("mailto", "sent", 1));
}

TEST_CASE("no other scheme is followed, whatever it is", "[CAA-32]") {
  World world({"http://iodef.example.net/", "ftp://example.net/", "https://127.0.0.1/", "%%%%%"});
  world.send->Run(world.Refusal());
  CHECK(world.web.requests.empty());
  CHECK(world.mail.envelopes.empty());
  CHECK(world.Counted("other", "unusable", 4));
}

TEST_CASE("of many wishes a few are looked at", "[CAA-32]") {
  std::vector<std::string> iodef;
  for (int i = 0; i < 50; ++i) iodef.push_back("mailto:a@b" + std::to_string(i) + ".test");
  World world(iodef);
  world.send->Run(world.Refusal());
  CHECK(world.mail.envelopes.size() == 4);
}

TEST_CASE("without a relay or roots there is no report of that sort", "[CAA-32]") {
  World world({"https://iodef.example.net/", "mailto:a@example.org"});
  SendReports neither({}, {.resolver = world.dns,
                           .log = world.log,
                           .metrics = world.metrics,
                           .clock = world.clock,
                           .random = world.random});
  neither.Run(world.Refusal());
  CHECK(world.Counted("https", "unusable", 1));
  CHECK(world.Counted("mailto", "unusable", 1));
}

TEST_CASE("nobody is told where the records are others by now, or can't be looked up", "[CAA-32]") {
  World world({"mailto:a@example.org"});
  const CaaRefusal refusal = world.Refusal();
  SECTION("others") { world.dns.AddCaa("example.com", "iodef", "mailto:victim@example.net"); }
  SECTION("a failure") { world.dns.Fail("example.com", dns::Type::kCaa); }
  SECTION("bogus") { world.dns.MakeBogus("example.com", dns::Type::kCaa); }
  world.send->Run(refusal);
  CHECK(world.mail.envelopes.empty());
  CHECK(world.Counted("any", "changed", 1));
}

TEST_CASE("a domain is not told again before the interval is over", "[CAA-32]") {
  World world({"mailto:a@example.org", "mailto:b@Example.ORG"});
  world.send->Run(world.Refusal());
  world.send->Run(world.Refusal());
  CHECK(world.mail.envelopes.size() == 1);
  CHECK(world.Counted("mailto", "limited", 3));
  world.clock.Advance(absl::Hours(24));
  world.send->Run(world.Refusal());
  CHECK(world.mail.envelopes.size() == 2);
}

TEST_CASE("there is a limit for all together", "[CAA-32]") {
  World world({"mailto:a@example.org", "https://example.net/"}, {.per_hour = 1});
  world.send->Run(world.Refusal());
  CHECK(world.mail.envelopes.size() == 1);
  CHECK(world.web.requests.empty());
  CHECK(world.Counted("https", "limited", 1));
}

TEST_CASE("a report that does not arrive is counted, and not tried again", "[CAA-32]") {
  World world({"mailto:a@example.org", "https://example.net/"});
  world.mail.status = errors::Make(Reason::kConnection, "no");
  SECTION("no answer") { world.web.response = errors::Make(Reason::kTls, "no"); }
  SECTION("a redirect") { world.web.response = http::ApiResponse{.status = 307}; }
  SECTION("an error") { world.web.response = http::ApiResponse{.status = 500}; }
  world.send->Run(world.Refusal());
  world.send->Run(world.Refusal());
  CHECK(world.mail.envelopes.size() == 1);
  CHECK(world.web.requests.size() == 1);
  CHECK(world.Counted("mailto", "failed", 1));
  CHECK(world.Counted("https", "failed", 1));
}

TEST_CASE("a host that a stranger named is dialled at public addresses only", "[CAA-32][VAL-24]") {
  dns::FakeResolver dns;
  const policy::AddressRules rules({});
  const http::ApiClient::Resolve resolve = PublicAddresses(dns, rules);
  dns.SetAddresses("mixed.test", {"127.0.0.1", "93.184.216.34", "10.0.0.1", "::1"});
  const auto mixed = resolve({}, "mixed.test");
  REQUIRE_OK(mixed);
  REQUIRE(mixed->size() == 1);
  CHECK(mixed->front().ToText() == "93.184.216.34");

  for (const char* address :
       {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1"}) {
    INFO(address);
    dns.SetAddresses("inner.test", {address});
    CHECK_REASON(resolve({}, "inner.test"), Reason::kConnection);
  }
  CHECK_REASON(resolve({}, "none.test"), Reason::kDns);
  dns.SetAddresses("bogus.test", {"93.184.216.34"});
  dns.MakeBogus("bogus.test", dns::Type::kA);
  CHECK_REASON(resolve({}, "bogus.test"), Reason::kDns);
}

}  // namespace
}  // namespace cairn::va
