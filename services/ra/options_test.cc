#include "services/ra/options.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <functional>

#include "libs/ct/test_chain.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::ra {
namespace {

using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

config::Ra Minimal() {
  config::Ra config;
  for (config::Peer* peer : {config.mutable_sa(), config.mutable_va(), config.mutable_ca()}) {
    peer->set_address("127.0.0.1:4001");
    peer->set_name("peer.cairn.internal");
  }
  config.set_base_url("https://localhost:14000");
  return config;
}

TEST_CASE("what is absent has its documented default") {
  const auto options = Options::Parse(Minimal(), kNow);
  REQUIRE_OK(options);
  CHECK(options->pack == policy::Pack::kPrivate);
  CHECK(options->signer_name == "ca-1");
  CHECK(options->max_names == 100);
  CHECK(options->order_lifetime == absl::Hours(168));
  CHECK(options->authorization_lifetime == absl::Hours(720));
  CHECK(options->reuse_window == absl::Hours(720));
  CHECK(options->profiles == std::vector<std::string>{"default"});
  CHECK(options->lease == absl::Seconds(20));
  CHECK(options->issuance.threads == 8);
  CHECK_FALSE(options->ct);
  CHECK(options->inclusion_delay == absl::Hours(25));
  CHECK(options->inclusion_share == 10);
  CHECK(options->log_work.threads == 16);
  CHECK(options->AccountUri(std::string(24, '\0')) ==
        "https://localhost:14000/acme/account/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

TEST_CASE("a configuration that would not work is refused", "[VAL-13]") {
  using Change = std::function<void(config::Ra&)>;
  const std::vector<std::pair<const char*, Change>> changes = {
      {"sa.address", [](config::Ra& c) { c.mutable_sa()->clear_address(); }},
      {"va.name", [](config::Ra& c) { c.mutable_va()->clear_name(); }},
      {"ca.timeout", [](config::Ra& c) { c.mutable_ca()->set_timeout("soon"); }},
      {"va.timeout", [](config::Ra& c) { c.mutable_va()->set_timeout("20s"); }},
      {"base_url", [](config::Ra& c) { c.clear_base_url(); }},
      {"base_url", [](config::Ra& c) { c.set_base_url("http://localhost"); }},
      {"base_url", [](config::Ra& c) { c.set_base_url("https://localhost/"); }},
      {"finalize_base_urls", [](config::Ra& c) { c.add_finalize_base_urls("localhost"); }},
      {"policy_pack", [](config::Ra& c) { c.set_policy_pack("public"); }},
      {"public_suffix_file", [](config::Ra& c) { c.set_policy_pack("webpki"); }},
      {"blocked_names_file", [](config::Ra& c) { c.set_blocked_names_file("/nowhere"); }},
      {"blocked_keys_file", [](config::Ra& c) { c.set_blocked_keys_file("/nowhere"); }},
      {"order_lifetime", [](config::Ra& c) { c.set_order_lifetime("7 days"); }},
      {"pending_authorization_lifetime",
       [](config::Ra& c) { c.set_pending_authorization_lifetime("697h"); }},
      {"authorization_lifetime", [](config::Ra& c) { c.set_authorization_lifetime("10"); }},
      {"reuse_window", [](config::Ra& c) { c.set_reuse_window("721h"); }},
      {"default_profile", [](config::Ra& c) { c.add_profiles("short"); }},
      {"lease", [](config::Ra& c) { c.set_lease("15.5s"); }},
      {"max_names", [](config::Ra& c) { c.set_max_names(101); }},
      {"publisher.address", [](config::Ra& c) { c.mutable_publisher()->set_name("p"); }},
      {"publisher.timeout",
       [](config::Ra& c) {
         *c.mutable_publisher() = c.va();
         c.mutable_publisher()->set_timeout("20s");
       }},
      {"inclusion_delay", [](config::Ra& c) { c.set_inclusion_delay("a day"); }},
      {"inclusion_share", [](config::Ra& c) { c.set_inclusion_share(2000000); }},
      {"watched_issuers", [](config::Ra& c) { c.add_watched_issuers("/etc/hostname"); }},
      {"watched_issuers",
       [](config::Ra& c) {
         *c.mutable_publisher() = c.va();
         c.add_watched_issuers("/nowhere");
       }},
      {"watched_issuers",
       [](config::Ra& c) {
         *c.mutable_publisher() = c.va();
         c.add_watched_issuers("/etc/passwd");  // no certificate
       }},
      {"log_watch_interval", [](config::Ra& c) { c.set_log_watch_interval("1ms"); }},
      {"log_work.queue", [](config::Ra& c) { c.mutable_log_work()->set_queue(1000000); }},
      {"validation.threads", [](config::Ra& c) { c.mutable_validation()->set_threads(5000); }},
  };
  for (const auto& [field, change] : changes) {
    config::Ra config = Minimal();
    change(config);
    const auto options = Options::Parse(config, kNow);
    INFO(field << ": " << options.status());
    CHECK_REASON(options, Reason::kMalformed);
    CHECK(errors::PayloadOf(options.status()).detail().find(field) != std::string::npos);
  }
}

TEST_CASE("an RA that has a publisher does CT", "[CT-01]") {
  config::Ra config = Minimal();
  *config.mutable_publisher() = config.sa();
  config.set_inclusion_delay("3s");
  config.set_inclusion_share(1);
  const auto options = Options::Parse(config, kNow);
  REQUIRE_OK(options);
  CHECK(options->ct);
  CHECK(options->inclusion_delay == absl::Seconds(3));
  CHECK(options->inclusion_share == 1);
  CHECK(options->watched_issuers.empty());
  CHECK(options->log_watch_interval == absl::Minutes(1));
}

TEST_CASE("the watched issuers are all certificates of the files", "[CT-21]") {
  const testing::TempDir dir;
  const testing::TestChain one(kNow), other(kNow);
  config::Ra config = Minimal();
  *config.mutable_publisher() = config.sa();
  config.set_log_watch_interval("2s");
  config.add_watched_issuers(
      dir.Write("both.pem", one.issuer().certificate_pem() + one.root().certificate_pem()));
  config.add_watched_issuers(dir.Write("other.pem", other.issuer().certificate_pem()));
  const auto options = Options::Parse(config, kNow);
  REQUIRE_OK(options);
  const std::vector<std::string> expected = {std::string(one.issuer().certificate_der()),
                                             std::string(one.root().certificate_der()),
                                             std::string(other.issuer().certificate_der())};
  CHECK(options->watched_issuers == expected);
  CHECK(options->log_watch_interval == absl::Seconds(2));
}

TEST_CASE("validations are never kept longer than the law of the date permits",
          "[VAL-07][VAL-09]") {
  testing::TempDir dir;
  config::Ra config = Minimal();
  config.set_policy_pack(GENERATE("private", "webpki"));
  config.set_public_suffix_file(dir.Write("suffixes", "com\n"));
  const auto [date, days] = GENERATE(table<const char*, int>({
      {"2026-03-15T00:00:00Z", 200},
      {"2027-03-14T23:59:59Z", 200},
      {"2027-03-15T00:00:00Z", 100},
      {"2029-03-14T23:59:59Z", 100},
      {"2029-03-15T00:00:00Z", 10},
  }));
  INFO(date);
  absl::Time now;
  REQUIRE(absl::ParseTime(absl::RFC3339_full, date, &now, nullptr));
  config.set_authorization_lifetime(std::to_string(days * 24) + "h");
  CHECK_OK(Options::Parse(config, now));
  config.set_authorization_lifetime(std::to_string(days * 24 * 3600 + 1) + "s");
  CHECK_REASON(Options::Parse(config, now), Reason::kMalformed);
}

TEST_CASE("a configuration that will break the law is known 60 days ahead", "[VAL-09]") {
  config::Ra config = Minimal();
  config.set_authorization_lifetime("2401h");  // 100 days and an hour
  const absl::Time change = absl::FromCivil(absl::CivilDay(2027, 3, 15), absl::UTCTimeZone());
  const absl::Time warned = change - absl::Hours(24 * 60);
  const auto options = Options::Parse(config, warned);
  REQUIRE_OK(options);
  CHECK(options->UnlawfulSoon(warned - absl::Seconds(1)).empty());
  REQUIRE(options->UnlawfulSoon(warned).size() == 1);
  CHECK(options->UnlawfulSoon(warned)[0].at == change);
  CHECK(options->AuthorizationLifetimeAt(change - absl::Seconds(1)) == absl::Hours(2401));
  CHECK(options->AuthorizationLifetimeAt(change) == absl::Hours(2400));

  config.set_authorization_lifetime("2400h");
  CHECK(Options::Parse(config, warned)->UnlawfulSoon(warned).empty());
}

TEST_CASE("a finalize URL is one of this CA and of this order") {
  config::Ra config = Minimal();
  config.add_finalize_base_urls("https://localhost:14000");
  config.add_finalize_base_urls("https://acme.test");
  const auto options = Options::Parse(config, kNow);
  REQUIRE_OK(options);
  CHECK(options->OrderOfFinalizeUrl(
            "https://localhost:14000/acme/order/00000000000000ff/finalize") == 255);
  CHECK(options->OrderOfFinalizeUrl("https://acme.test/acme/order/00000000000000ff/finalize") ==
        255);
  const char* other = GENERATE("https://acme.test/acme/order/00000000000000fe/finalize",
                               "https://acme.test/acme/order/00000000000000FF/finalize",
                               "https://acme.test/acme/order/ff/finalize",
                               "https://acme.test/acme/order/00000000000000ff/finalize?",
                               "https://staging.test/acme/order/00000000000000ff/finalize",
                               "https://acme.test/acme/order/00000000000000ff", "");
  INFO(other);
  CHECK(options->OrderOfFinalizeUrl(other) != std::optional<uint64_t>(255));
}

}  // namespace
}  // namespace cairn::ra
