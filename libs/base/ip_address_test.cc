#include "libs/base/ip_address.h"

#include <catch2/catch.hpp>

namespace cairn::base {
namespace {

TEST_CASE("addresses have one text and one byte form") {
  CHECK(IpAddress::Parse("192.0.2.1")->bytes() == std::string_view("\xc0\0\2\1", 4));
  CHECK(IpAddress::Parse("2001:DB8:0::1")->ToText() == "2001:db8::1");
  CHECK(IpAddress::Parse("192.0.2.1")->WithPort(80) == "192.0.2.1:80");
  CHECK(IpAddress::Parse("::1")->WithPort(80) == "[::1]:80");
  CHECK(IpAddress::FromBytes(std::string(16, '\0'))->ToText() == "::");
  CHECK_FALSE(IpAddress::FromBytes("12345"));
}

TEST_CASE("an identifier has one spelling, and embeds no IPv4 address", "[NAME-13]") {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::", "::1", "::ff", "64:ff9b::c000:201"}) {
    INFO(text);
    REQUIRE(IpAddress::ParseIdentifier(text));
    CHECK(IpAddress::ParseIdentifier(text)->ToText() == text);
  }
  for (const char* text : {"", "192.0.2.01", "2001:DB8::1", "2001:db8::0:1", "::ffff:192.0.2.1",
                           "::ffff:c000:201", "::192.0.2.1", "::c000:201", "::0.1.0.2"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::ParseIdentifier(text));
  }
  CHECK(IpAddress::Parse("::ffff:192.0.2.1")->embeds_ipv4());
  CHECK(IpAddress::Parse("::1:2")->embeds_ipv4());
  CHECK_FALSE(IpAddress::Parse("::1")->embeds_ipv4());
  CHECK_FALSE(IpAddress::Parse("192.0.2.1")->embeds_ipv4());
}

TEST_CASE("addresses have names in the reverse zones", "[VAL-52]") {
  // The second is the example of RFC 8738 section 6, the last that of RFC 3596 section 2.5.
  CHECK(IpAddress::Parse("192.0.2.1")->ReverseName() == "1.2.0.192.in-addr.arpa");
  CHECK(IpAddress::Parse("2001:db8::1")->ReverseName() ==
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  CHECK(IpAddress::Parse("4321:0:1:2:3:4:567:89ab")->ReverseName() ==
        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa");
}

TEST_CASE("what is not exactly an address is none") {
  for (const std::string_view text :
       {"", "192.0.2", "192.0.2.01", "192.0.2.1 ", "[::1]", "fe80::1%eth0", "1", "0x7f.1", "127.1",
        "a.test", "1.2.3.4.5", "::1::"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::Parse(text));
  }
  CHECK_FALSE(IpAddress::Parse(std::string_view("127.0.0.1\0x", 11)));
}

TEST_CASE("a range contains the addresses that share its prefix") {
  struct Row {
    const char *range, *inside, *outside;
  };
  for (const Row& row : {Row{"127.0.0.0/8", "127.255.0.1", "128.0.0.0"},
                         Row{"100.64.0.0/10", "100.127.255.255", "100.128.0.0"},
                         Row{"192.0.2.1/32", "192.0.2.1", "192.0.2.2"},
                         Row{"fc00::/7", "fdff::1", "fe00::"}, Row{"0.0.0.0/0", "8.8.8.8", "::"}}) {
    INFO(row.range);
    const auto range = IpRange::Parse(row.range);
    REQUIRE(range);
    CHECK(range->Contains(*IpAddress::Parse(row.inside)));
    CHECK_FALSE(range->Contains(*IpAddress::Parse(row.outside)));
  }
  for (const char* text : {"127.0.0.1/8", "127.0.0.0", "127.0.0.0/33", "127.0.0.0/-1", "::/129",
                           "127.0.0.0/8x", "/8"}) {
    INFO(text);
    CHECK_FALSE(IpRange::Parse(text));
  }
}

}  // namespace
}  // namespace cairn::base
