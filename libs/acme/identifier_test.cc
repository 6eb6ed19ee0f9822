#include "libs/acme/identifier.h"

#include <catch2/catch.hpp>

#include "libs/base/ip_address.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/names.h"

namespace cairn::acme {
namespace {

using errors::Reason;

TEST_CASE("names become canonical", "[ACME-127][NAME-04][ACME-088]") {
  const auto [value, canonical, wildcard] = GENERATE(table<const char*, const char*, bool>({
      {"example.test", "example.test", false},
      {"WWW.Example.TEST", "www.example.test", false},
      {"*.example.test", "example.test", true},
      {"xn--bcher-kva.test", "xn--bcher-kva.test", false},
      {"XN--BCHER-KVA.test", "xn--bcher-kva.test", false},
      {"xn--n3h.test", "xn--n3h.test", false},
      {"xn--fiqs8s.xn--fiqs8s", "xn--fiqs8s.xn--fiqs8s", false},
      {"1.2.3.4.example.test", "1.2.3.4.example.test", false},
      {"a-b.c--d.test", "a-b.c--d.test", false},
  }));
  INFO(value);
  const auto name = ParseIdentifier("dns", value);
  REQUIRE_OK(name);
  CHECK(name->identifier.value() == canonical);
  CHECK(name->identifier.type() == core::v1::Identifier::TYPE_DNS);
  CHECK(name->wildcard == wildcard);
}

TEST_CASE("what is no DNS name is malformed",
          "[NAME-01][NAME-02][NAME-03][NAME-05][NAME-06][NAME-08][NAME-15][NAME-20][ACME-088]") {
  const auto [why, value] = GENERATE(table<const char*, std::string>({
      {"empty", ""},
      {"an underscore", "a_b.test"},
      {"a leading hyphen", "-a.test"},
      {"a trailing hyphen", "a-.test"},
      {"reserved hyphens", "ab--cd.test"},
      {"an empty label", "a..test"},
      {"a leading dot", ".a.test"},
      {"a trailing dot", "example.test."},
      {"a label of 64", std::string(64, 'a') + ".test"},
      {"254 octets", std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                         std::string(63, 'c') + "." + std::string(57, 'd') + ".test"},
      {"11 labels", "a.b.c.d.e.f.g.h.i.j.test"},
      {"UTF-8",
       "b\xc3\xbc"
       "cher.test"},
      {"a space", "a b.test"},
      {"a NUL", std::string("a\0b.test", 8)},
      {"a URL", "http://example.test"},
      {"a port", "example.test:80"},
      {"an address", "8.8.8.8"},
      {"an IPv6 address", "2001:db8::1"},
      {"a wildcard twice", "*.*.example.test"},
      {"a wildcard inside", "a.*.example.test"},
      {"a partial wildcard", "w*.example.test"},
      {"a lone wildcard", "*"},
      {"a wildcard over an address", "*.10.0.0.1"},
      {"Punycode of nothing", "xn--.test"},
      {"Punycode of ASCII", "xn--abc-.test"},
      {"broken Punycode", "xn--9.test"},
      {"Punycode that overflows", "xn--99999999999.test"},
  }));
  INFO(why);
  CHECK_REASON(ParseIdentifier("dns", value), Reason::kMalformed);
}

TEST_CASE("some names are never issued", "[NAME-09][NAME-10][NAME-17][MPIC-21]") {
  const char* value = GENERATE("localhost", "test", "*.test", "1.0.0.10.in-addr.arpa", "a.ip6.arpa",
                               "facebookcorewwwi.onion");
  INFO(value);
  CHECK_REASON(ParseIdentifier("dns", value), Reason::kRejectedIdentifier);
}

TEST_CASE("other types are not supported", "[ACME-074]") {
  const char* type = GENERATE("IP", "email", "DNS", "");
  CHECK_REASON(ParseIdentifier(type, "example.test"), Reason::kUnsupportedIdentifier);
}

TEST_CASE("an address has one spelling", "[ACME-074]") {
  for (const char* value : {"192.0.2.1", "2001:db8::1", "::1"}) {
    const auto name = ParseIdentifier("ip", value);
    REQUIRE_OK(name);
    CHECK(name->identifier.type() == core::v1::Identifier::TYPE_IP);
    CHECK(name->identifier.value() == value);
    CHECK_FALSE(name->wildcard);
  }
  for (const char* value :
       {"", "a.test", "*.192.0.2.1", "192.0.2.01", "192.0.2.1 ", "2001:DB8::1",
        "2001:db8:0:0:0:0:0:1", "[2001:db8::1]", "192.0.2.0/24", "3221225985", "fe80::1%eth0"}) {
    INFO(value);
    CHECK_REASON(ParseIdentifier("ip", value), Reason::kMalformed);
  }
}

TEST_CASE("an IPv4 address dressed as IPv6 is refused with what to ask for", "[NAME-13]") {
  const char* value = GENERATE("::ffff:192.0.2.1", "::FFFF:192.0.2.1", "::ffff:c000:201",
                               "0:0:0:0:0:ffff:192.0.2.1", "::192.0.2.1", "::c000:201");
  INFO(value);
  const auto name = ParseIdentifier("ip", value);
  CHECK_REASON(name, Reason::kMalformed);
  CHECK(errors::PayloadOf(name.status()).detail().find("ask for the IPv4 address") !=
        std::string::npos);
}

// Else an order could be made that can never be finalized.
TEST_CASE("an address is taken in an order exactly if the signer takes it", "[NAME-13][VAL-70]") {
  const auto [value, taken] = GENERATE(table<const char*, bool>({
      {"192.0.2.1", true},
      {"0.0.0.0", true},
      {"255.255.255.255", true},
      {"192.0.2.01", false},
      {"192.0.2", false},
      {"192.0.2.1/32", false},
      {"0xc0.0.2.1", false},
      {"3221225985", false},
      {" 192.0.2.1", false},
      {"192.0.2.1.", false},
      {"2001:db8::1", true},
      {"2001:DB8::1", false},
      {"2001:0db8::1", false},
      {"2001:db8:0:0:0:0:0:1", false},
      {"2001:db8::0:1", false},
      {"2001:db8:0:1:1:1:1:1", true},
      {"2001:db8::1:1:1:1:1", false},
      {"2001:0:0:1::1", true},
      {"2001:0:0:1:0:0:0:1", false},
      {"2001:db8::192.0.2.1", false},
      {"64:ff9b::c000:201", true},
      {"64:ff9b::192.0.2.1", false},
      {"2002:c000:201::1", true},
      {"::", true},
      {"::1", true},
      {"::ff", true},
      {"::1:2", false},
      {"::0.1.0.2", false},
      {"::192.0.2.1", false},
      {"::c000:201", false},
      {"::ffff:192.0.2.1", false},
      {"::ffff:c000:201", false},
      {"::ffff:0:0:1", true},
      {"fe80::1%eth0", false},
      {"fe80::1%1", false},
      {"[::1]", false},
      {"::1/128", false},
  }));
  INFO(value);
  CHECK(ParseIdentifier("ip", value).ok() == taken);
  const auto octets = x509::IpFromText(value);
  REQUIRE(octets.has_value() == taken);
  if (!taken) return;
  // The certificate has the octets of the identifier, and they are its text again.
  CHECK(*octets == base::IpAddress::Parse(value)->bytes());
  CHECK(x509::IpToText(*octets) == value);
}

TEST_CASE("CheckDnsName takes canonical names only") {
  CHECK_OK(CheckDnsName("example.test"));
  CHECK_REASON(CheckDnsName("Example.test"), Reason::kMalformed);
  CHECK_REASON(CheckDnsName("*.example.test"), Reason::kMalformed);
  CHECK_REASON(CheckDnsName("a.onion"), Reason::kRejectedIdentifier);
}

}  // namespace
}  // namespace cairn::acme
