#include "libs/dns/unbound_settings.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "libs/dns/failure_log.h"

namespace cairn::dns {
namespace {

using Setting = std::pair<std::string, std::string>;

bool Has(const UnboundResolver::Options& options, const Setting& setting) {
  const auto settings = UnboundSettings(options);
  return std::find(settings.begin(), settings.end(), setting) != settings.end();
}

TEST_CASE("no options weaken validation", "[DNSSEC-03][DNSSEC-10][DNSSEC-11]") {
  for (const UnboundResolver::Options& options :
       {UnboundResolver::Options{.trust_anchor_file = "anchor"},
        UnboundResolver::Options{.forward = "192.0.2.53:53", .trust_anchor_file = "anchor"},
        UnboundResolver::Options{.trust_anchor_file = "anchor",
        .root_hints_file = "hints",
        .query_private_servers = true}}) {
    CHECK(Has(options, {"module-config:", "validator iterator"}));
    CHECK(Has(options, {"val-permissive-mode:", "no"}));
    CHECK(Has(options, {"val-override-date:", "0"}));
    CHECK(Has(options, {"val-sig-skew-max:", "0"}));
    CHECK(Has(options, {"harden-dnssec-stripped:", "yes"}));
    CHECK(Has(options, {"serve-expired:", "no"}));
    for (const auto& [name, value] : UnboundSettings(options)) {
      INFO(name);
      // A negative trust anchor.
      CHECK(name != "domain-insecure:");
    }
  }
  CHECK(Has({}, {"module-config:", "iterator"}));
}

TEST_CASE("only a closed network lets private name servers be asked") {
  CHECK(Has({}, {"do-not-query-address:", "10.0.0.0/8"}));
  CHECK(Has({}, {"do-not-query-localhost:", "yes"}));
  for (const UnboundResolver::Options& closed :
       {UnboundResolver::Options{.query_private_servers = true},
        UnboundResolver::Options{.forward = "10.0.0.53:53"}}) {
    CHECK_FALSE(Has(closed, {"do-not-query-address:", "10.0.0.0/8"}));
    CHECK(Has(closed, {"do-not-query-localhost:", "no"}));
  }
}

TEST_CASE("questions have mixed case and a small UDP size", "[VAL-44]") {
  CHECK(Has({}, {"use-caps-for-id:", "yes"}));
  CHECK(Has({}, {"edns-buffer-size:", "1232"}));
}

TEST_CASE("there are sockets for half of the lookups, within bounds") {
  CHECK(Has({.max_lookups = 1024}, {"outgoing-range:", "512"}));
  CHECK(Has({.max_lookups = 1024}, {"num-queries-per-thread:", "1024"}));
  CHECK(Has({.max_lookups = 1}, {"outgoing-range:", "256"}));
}

TEST_CASE("addresses are written as libunbound reads them") {
  CHECK(UnboundAddress("192.0.2.53:5353") == "192.0.2.53@5353");
  CHECK(UnboundAddress("[2001:db8::53]:53") == "2001:db8::53@53");
  CHECK(UnboundAddress("192.0.2.53") == "192.0.2.53");
}

TEST_CASE("of libunbound's log the reasons of failures are kept, the last real one of each") {
  FailureLog log;
  log.Add(
      "[1] libunbound[1:0] error: SERVFAIL <a.test. A IN>: first\n"
      "[1] libunbound[1:0] info: validation failure <b.test. A IN>: signature expired\n"
      "[1] libunbound[1:0] error: SERVFAIL <a.test. A IN>: all servers failed\n"
      "[1] libunbound[1:0] error: SERVFAIL <a.test. A IN>: SERVFAIL in cache\n"
      "[1] libunbound[1:0] error: SERVFAIL <c.test. A IN\n"
      "[1] libunbound[1:0] error: SERVFAIL <d.test. CAA IN>: " +
      std::string(10000, 'x') + "\n");
  CHECK(log.Find("a.test. A IN") == "all servers failed");
  CHECK(log.Find("b.test. A IN").empty());
  CHECK(log.Find("c.test. A IN").empty());
  CHECK(log.Find("d.test. CAA IN").size() == 512);
  std::fputs("x error: SERVFAIL <e.test. A IN>: by the file\n", log.file());
  CHECK(log.Find("e.test. A IN") == "by the file");
}

TEST_CASE("the log of failures does not grow beyond its bound") {
  FailureLog log;
  for (int i = 0; i < 3000; ++i) {
    log.Add("x error: SERVFAIL <" + std::to_string(i) + ".test. A IN>: why\n");
  }
  CHECK(log.Find("0.test. A IN").empty());
  CHECK(log.Find("1975.test. A IN").empty());
  CHECK(log.Find("1976.test. A IN") == "why");
  CHECK(log.Find("2999.test. A IN") == "why");
}

}  // namespace
}  // namespace cairn::dns
