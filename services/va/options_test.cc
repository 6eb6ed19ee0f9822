#include "services/va/options.h"

#include <catch2/catch.hpp>
#include <functional>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::va {
namespace {

using errors::Reason;

// 2026-11-01: four remotes are the least, five from 2026-12-15 on.
const absl::Time kNow = absl::FromUnixSeconds(1'793'491'200);

config::Va Remote() {
  config::Va config;
  config.set_role("remote");
  config.mutable_perspective()->set_id("eu-1");
  config.mutable_perspective()->set_rir("RIPE NCC");
  config.set_receipt_key("receipt.key");
  config.add_caa_identities("ca.test");
  return config;
}

void Place(config::Va::Perspective& perspective, double latitude, double longitude) {
  perspective.mutable_location()->set_latitude(latitude);
  perspective.mutable_location()->set_longitude(longitude);
  perspective.set_routing_security("drops RPKI-invalid routes");
}

config::Va Primary(int remotes) {
  const char* const rirs[] = {"ARIN", "APNIC"};
  config::Va config = Remote();
  config.set_role("primary");
  Place(*config.mutable_perspective(), 52.4, 4.9);
  for (int i = 0; i < remotes; ++i) {
    auto& remote = *config.add_remotes();
    const std::string id = "remote-" + std::to_string(i);
    remote.mutable_perspective()->set_id(id);
    remote.mutable_perspective()->set_rir(rirs[i % 2]);
    Place(*remote.mutable_perspective(), -40.0 + 15 * i, i % 2 == 0 ? -100.0 : 120.0);
    remote.mutable_peer()->set_address("127.0.0.1:4001");
    remote.mutable_peer()->set_name(id + ".perspective.cairn.internal");
  }
  return config;
}

void CheckRefused(const config::Va& config, const std::string& what) {
  const auto options = Options::Parse(config, kNow);
  CHECK_REASON(options, Reason::kMalformed);
  INFO(options.status());
  CHECK(std::string(options.status().message()).find(what) != std::string::npos);
}

TEST_CASE("what is absent has its documented default") {
  const auto options = Options::Parse(Remote(), kNow);
  REQUIRE_OK(options);
  CHECK_FALSE(options->primary);
  CHECK(options->http01_port == 80);
  CHECK(options->https_port == 443);
  CHECK(options->pack == policy::Pack::kPrivate);
  CHECK(options->validation_timeout == absl::Seconds(10));
  CHECK(options->validation_threads == 4096);
  CHECK(options->resolver.forward.empty());
  CHECK(options->resolver.max_cache_ttl == absl::Seconds(5));
  CHECK(options->resolver.max_lookups == 16384);
  CHECK(options->allowed_addresses.empty());
  CHECK(options->late_attempts == 3);
  CHECK(options->problem_linger == absl::Seconds(1));
  CHECK(options->perspective.rir == evidence::v1::Receipt::RIR_RIPE_NCC);
}

TEST_CASE("a remote is given time for a whole look") {
  config::Va config = Primary(1);
  CHECK(Options::Parse(config, kNow)->remotes[0].peer.timeout() == "11000ms");
  config.mutable_remotes(0)->mutable_peer()->set_timeout("5s");
  CheckRefused(config, "remotes[0].peer.timeout");
  config.mutable_remotes(0)->mutable_peer()->set_timeout("30s");
  CHECK_OK(Options::Parse(config, kNow));
}

TEST_CASE("everything that is wrong is told, by its field") {
  struct Row {
    const char* what;
    std::function<void(config::Va&)> change;
  };
  for (const Row& row : {
           Row{"role", [](auto& c) { c.set_role("both"); }},
           Row{"perspective.id", [](auto& c) { c.mutable_perspective()->set_id("EU 1"); }},
           Row{"perspective.rir", [](auto& c) { c.mutable_perspective()->set_rir("RIPE"); }},
           Row{"receipt_key", [](auto& c) { c.clear_receipt_key(); }},
           Row{"caa_identities", [](auto& c) { c.clear_caa_identities(); }},
           Row{"caa_identities[1]", [](auto& c) { c.add_caa_identities("CA.test"); }},
           Row{"base_urls[0]", [](auto& c) { c.add_base_urls("https://acme.test/"); }},
           Row{"caa_reports: only a primary",
               [](auto& c) { c.mutable_caa_reports()->set_mailbox("caa@ca.test"); }},
           Row{"policy_pack", [](auto& c) { c.set_policy_pack("public"); }},
           Row{"http01_port", [](auto& c) { c.set_http01_port(65536); }},
           Row{"allowed_addresses[0]", [](auto& c) { c.add_allowed_addresses("127.0.0.1/8"); }},
           Row{"resolver.forward", [](auto& c) { c.mutable_resolver()->set_forward("dns:53"); }},
           Row{"resolver.trust_anchor_file",
               [](auto& c) { c.mutable_resolver()->set_trust_anchor_file("/none"); }},
           Row{"resolver.max_cache_ttl",
               [](auto& c) { c.mutable_resolver()->set_max_cache_ttl("61s"); }},
           Row{"resolver.max_lookups", [](auto& c) { c.mutable_resolver()->set_max_lookups(511); }},
           Row{"resolver.self_test.known_good",
               [](auto& c) { c.mutable_resolver()->mutable_self_test()->set_known_bad("b.test"); }},
           Row{"resolver.self_test.known_bad",
               [](auto& c) { c.mutable_resolver()->mutable_self_test()->set_known_bad("B.test"); }},
           Row{"resolver.self_test.interval",
               [](auto& c) { c.mutable_resolver()->mutable_self_test()->set_interval("1s"); }},
           Row{"needs a trust anchor",
               [](auto& c) { c.mutable_resolver()->mutable_self_test()->set_known_bad("b.test"); }},
           Row{"validation_timeout", [](auto& c) { c.set_validation_timeout("10"); }},
           Row{"user_agent", [](auto& c) { c.set_user_agent("a\r\nHost: b"); }},
           Row{"problem_linger", [](auto& c) { c.set_problem_linger("11s"); }},
           Row{"late_attempts", [](auto& c) { c.set_late_attempts(1001); }},
           Row{"perspective.routing_security",
               [](auto& c) { c.mutable_perspective()->set_routing_security("a\nb"); }},
           Row{"remotes", [](auto& c) { *c.mutable_remotes() = Primary(1).remotes(); }},
       }) {
    INFO(row.what);
    config::Va config = Remote();
    row.change(config);
    CheckRefused(config, row.what);
  }
  config::Va twice = Primary(2);
  twice.mutable_remotes(1)->mutable_perspective()->set_id("remote-0");
  CheckRefused(twice, "remotes[1].perspective.id");
  twice.mutable_remotes(1)->mutable_perspective()->set_id("eu-1");
  CheckRefused(twice, "remotes[1].perspective.id");
}

TEST_CASE("the web PKI has a least number of remotes, by date", "[MPIC-02][MPIC-04]") {
  const auto web_pki = [&](int remotes) {
    config::Va config = Primary(remotes);
    config.set_policy_pack("webpki");
    config.set_allow_unvalidated_dns(true);
    return config;
  };
  CheckRefused(web_pki(3), "at least 4 remote perspectives");
  const absl::Time switch_day = absl::FromUnixSeconds(1'797'292'800);
  CHECK_OK(Options::Parse(web_pki(4), switch_day - absl::Seconds(1)));
  CHECK_REASON(Options::Parse(web_pki(4), switch_day), Reason::kMalformed);
  CHECK_OK(Options::Parse(web_pki(5), switch_day));

  config::Va shadowed = web_pki(5);
  shadowed.mutable_remotes(4)->set_shadow(true);
  CHECK(Options::Parse(shadowed, kNow)->Counted().size() == 5);
  CHECK_REASON(Options::Parse(shadowed, switch_day), Reason::kMalformed);

  config::Va one_region = web_pki(5);
  for (auto& remote : *one_region.mutable_remotes()) remote.mutable_perspective()->set_rir("ARIN");
  CheckRefused(one_region, "at least 2 regions");
  CHECK_OK(Options::Parse(Primary(0), kNow));  // a private network may do without
}

TEST_CASE("the web PKI is told where perspectives stand and how their networks are guarded",
          "[MPIC-05][MPIC-06][MPIC-13]") {
  struct Row {
    const char* what;
    std::function<void(config::Va&)> change;
  };
  const auto perspective = [](config::Va& config, int i) -> config::Va::Perspective& {
    return i < 0 ? *config.mutable_perspective()
                 : *config.mutable_remotes(i)->mutable_perspective();
  };
  for (const Row& row : {
           Row{"remotes: the location of eu-1 must be told",
               [&](auto& c) { perspective(c, -1).clear_location(); }},
           Row{"remotes: the location of remote-2 must be told",
               [&](auto& c) { perspective(c, 2).clear_location(); }},
           Row{"remotes: eu-1 and remote-3 are 0 km apart",
               [&](auto& c) { Place(perspective(c, 3), 52.4, 4.9); }},
           Row{"remotes: the resolver of remote-0 stands in another region",
               [&](auto& c) {
                 auto& resolver = *perspective(c, 0).mutable_resolver();
                 resolver.set_rir("LACNIC");
                 resolver.mutable_location()->set_latitude(-23.5);
                 resolver.mutable_location()->set_longitude(-46.6);
               }},
           Row{"perspective.routing_security",
               [&](auto& c) { perspective(c, -1).clear_routing_security(); }},
           Row{"remotes[4].perspective.routing_security",
               [&](auto& c) { perspective(c, 4).clear_routing_security(); }},
       }) {
    INFO(row.what);
    config::Va config = Primary(5);
    config.set_allow_unvalidated_dns(true);
    row.change(config);
    CHECK_OK(Options::Parse(config, kNow));
    config.set_policy_pack("webpki");
    CheckRefused(config, row.what);
  }
  // A shadow may stand anywhere: it never corroborates.
  config::Va shadowed = Primary(6);
  shadowed.set_allow_unvalidated_dns(true);
  shadowed.set_policy_pack("webpki");
  shadowed.mutable_remotes(5)->set_shadow(true);
  perspective(shadowed, 5).clear_location();
  perspective(shadowed, 5).clear_routing_security();
  CHECK_OK(Options::Parse(shadowed, kNow));
}

TEST_CASE("a degree that is none, or half a place, is refused by any pack", "[MPIC-05]") {
  config::Va config = Primary(1);
  config.mutable_remotes(0)->mutable_perspective()->mutable_location()->set_latitude(-90.1);
  CheckRefused(config, "remotes[0].perspective.location");
  config = Primary(1);
  config.mutable_perspective()->mutable_location()->clear_longitude();
  CheckRefused(config, "perspective.location");
}

TEST_CASE("a remote's TLS name begins with its id", "[MPIC-12]") {
  config::Va config = Primary(2);
  config.mutable_remotes(1)->mutable_peer()->set_name("remote-0.perspective.cairn.internal");
  CheckRefused(config, "remotes[1].peer.name: must begin with remote-1.");
}

TEST_CASE("a self-test has two names and an interval", "[DNSSEC-01]") {
  const testing::TempDir folder;
  config::Va config = Remote();
  CHECK_FALSE(Options::Parse(config, kNow)->self_test.has_value());
  config.mutable_resolver()->set_trust_anchor_file(folder.Write("anchor", ". IN DS 1 8 2 00\n"));
  config.mutable_resolver()->mutable_self_test()->set_known_good("good.a.test");
  config.mutable_resolver()->mutable_self_test()->set_known_bad("bad.a.test");
  const auto options = Options::Parse(config, kNow);
  REQUIRE_OK(options);
  REQUIRE(options->self_test.has_value());
  CHECK(options->self_test->known_good == "good.a.test");
  CHECK(options->self_test->known_bad == "bad.a.test");
  CHECK(options->self_test->interval == absl::Minutes(5));
}

TEST_CASE("private name servers are asked only where private addresses are allowed") {
  config::Va config = Remote();
  CHECK_FALSE(Options::Parse(config, kNow)->resolver.query_private_servers);
  config.add_allowed_addresses("10.0.0.0/8");
  CHECK(Options::Parse(config, kNow)->resolver.query_private_servers);
}

TEST_CASE("the web PKI has its primary validate DNSSEC", "[DNSSEC-01][DNSSEC-03]") {
  config::Va config = Primary(5);
  config.set_policy_pack("webpki");
  // Without a word: Debian's copy of IANA's anchors.
  const auto options = Options::Parse(config, kNow);
  REQUIRE_OK(options);
  CHECK(options->resolver.trust_anchor_file == "/usr/share/dns/root.key");
  // Anchors of other names than the root leave most of the DNS unvalidated.
  const testing::TempDir folder;
  config.mutable_resolver()->set_trust_anchor_file(
      folder.Write("anchor", "a.test. IN DS 1 13 2 00\n"));
  CheckRefused(config, "DNSSEC from the root");
  config.mutable_resolver()->set_trust_anchor_file(folder.Write("none", "; nothing\n"));
  CheckRefused(config, "resolver.trust_anchor_file");
  config.mutable_resolver()->clear_trust_anchor_file();
  config.set_allow_unvalidated_dns(true);  // tests only
  REQUIRE_OK(Options::Parse(config, kNow));
  CHECK(Options::Parse(config, kNow)->resolver.trust_anchor_file.empty());
  config::Va remote = Remote();
  remote.set_policy_pack("webpki");
  CHECK_OK(Options::Parse(remote, kNow));
}

TEST_CASE("a remote perspective validates DNSSEC where it is told to", "[DNSSEC-06]") {
  config::Va config = Remote();
  config.set_policy_pack("webpki");
  CHECK(Options::Parse(config, kNow)->resolver.trust_anchor_file.empty());
  const std::string anchors = "/usr/share/dns/root.key";
  config.mutable_resolver()->set_trust_anchor_file(anchors);
  CHECK(Options::Parse(config, kNow)->resolver.trust_anchor_file == anchors);
}

TEST_CASE("reports of CAA refusals are off, and have bounds where they are on", "[CAA-32]") {
  CHECK_FALSE(Options::Parse(Primary(0), kNow)->caa_reports);
  const testing::TempDir folder;
  config::Va config = Primary(0);
  config::Va::CaaReports& reports = *config.mutable_caa_reports();
  CheckRefused(config, "caa_reports.mailbox");
  reports.set_mailbox("caa@ca.test");
  CheckRefused(config, "must have smtp_relay, trusted_roots or both");
  reports.set_smtp_relay("192.0.2.25:25");
  reports.set_trusted_roots(folder.Write("roots.pem", "roots"));
  const auto options = Options::Parse(config, kNow);
  REQUIRE_OK(options);
  REQUIRE(options->caa_reports);
  CHECK(options->caa_reports->interval == absl::Hours(24));
  CHECK(options->caa_reports->per_hour == 60);
  CHECK(options->caa_reports->queue == 100);
  CHECK(options->caa_reports->smtp_relay->port == 25);

  struct Row {
    const char* what;
    std::function<void(config::Va::CaaReports&)> change;
  };
  for (const Row& row : {
           Row{"caa_reports.mailbox", [](auto& r) { r.set_mailbox("CA <caa@ca.test>"); }},
           Row{"caa_reports.mailbox", [](auto& r) { r.set_mailbox("caa@ca.test\r\nRCPT"); }},
           Row{"caa_reports.smtp_relay", [](auto& r) { r.set_smtp_relay("mail.test:25"); }},
           Row{"caa_reports.trusted_roots", [](auto& r) { r.set_trusted_roots("/none"); }},
           Row{"caa_reports.interval", [](auto& r) { r.set_interval("59m"); }},
           Row{"caa_reports.per_hour", [](auto& r) { r.set_per_hour(1001); }},
           Row{"caa_reports.queue", [](auto& r) { r.set_queue(10'001); }},
       }) {
    INFO(row.what);
    config::Va changed = config;
    row.change(*changed.mutable_caa_reports());
    CheckRefused(changed, row.what);
  }
}

}  // namespace
}  // namespace cairn::va
