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

config::Va Primary(int remotes) {
  const char* const rirs[] = {"ARIN", "APNIC"};
  config::Va config = Remote();
  config.set_role("primary");
  for (int i = 0; i < remotes; ++i) {
    auto& remote = *config.add_remotes();
    remote.mutable_perspective()->set_id("remote-" + std::to_string(i));
    remote.mutable_perspective()->set_rir(rirs[i % 2]);
    remote.mutable_peer()->set_address("127.0.0.1:4001");
    remote.mutable_peer()->set_name("remote.perspective.cairn.internal");
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
  CHECK(options->validation_threads == 64);
  CHECK(options->resolver.forward.empty());
  CHECK(options->resolver.max_cache_ttl == absl::Minutes(1));
  CHECK(options->allowed_addresses.empty());
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
           Row{"validation_timeout", [](auto& c) { c.set_validation_timeout("10"); }},
           Row{"user_agent", [](auto& c) { c.set_user_agent("a\r\nHost: b"); }},
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
  const testing::TempDir folder;
  const auto web_pki = [&](int remotes) {
    config::Va config = Primary(remotes);
    config.set_policy_pack("webpki");
    config.mutable_resolver()->set_trust_anchor_file(folder.Write("anchor", ". IN DS 1 8 2 00\n"));
    return config;
  };
  CheckRefused(web_pki(3), "at least 4 remote perspectives");
  const auto four = Options::Parse(web_pki(4), kNow);
  REQUIRE_OK(four);
  REQUIRE(four->Warnings(kNow).size() == 1);
  CHECK(four->Warnings(kNow)[0].starts_with("from 2026-12-15 on at least 5 remote perspectives"));
  const absl::Time switch_day = absl::FromUnixSeconds(1'797'292'800);
  CHECK_OK(Options::Parse(web_pki(4), switch_day - absl::Seconds(1)));
  CHECK_REASON(Options::Parse(web_pki(4), switch_day), Reason::kMalformed);
  const auto five = Options::Parse(web_pki(5), kNow);
  REQUIRE_OK(five);
  CHECK(five->Warnings(kNow).empty());

  config::Va one_region = web_pki(5);
  for (auto& remote : *one_region.mutable_remotes()) remote.mutable_perspective()->set_rir("ARIN");
  CheckRefused(one_region, "at least 2 regions");
  CHECK_OK(Options::Parse(Primary(0), kNow));  // a private network may do without
}

TEST_CASE("the web PKI has its primary validate DNSSEC", "[DNSSEC-01][DNSSEC-03]") {
  config::Va config = Primary(5);
  config.set_policy_pack("webpki");
  CheckRefused(config, "DNSSEC");
  config.set_allow_unvalidated_dns(true);  // tests only
  CHECK_OK(Options::Parse(config, kNow));
  config::Va remote = Remote();
  remote.set_policy_pack("webpki");
  CHECK_OK(Options::Parse(remote, kNow));
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
