#include "libs/policy/addresses.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

namespace cairn::policy {
namespace {

using base::IpAddress;
using base::IpRange;

// The last address of a range.
IpAddress LastOf(const std::string& range) {
  const size_t slash = range.find('/');
  std::string bytes(IpAddress::Parse(range.substr(0, slash)).value().bytes());
  for (size_t bit = std::stoul(range.substr(slash + 1)); bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] | 0x80 >> bit % 8);
  }
  return IpAddress::FromBytes(bytes).value();
}

TEST_CASE("every block of IANA's registries is closed from its first address to its last",
          "[NAME-14][VAL-29]") {
  const AddressRules rules({});
  std::ifstream file("libs/policy/testdata/special_purpose_addresses.txt");
  int blocks = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    ++blocks;
    INFO(line);
    REQUIRE(IpRange::Parse(line).has_value());
    const IpAddress first = IpAddress::Parse(line.substr(0, line.find('/'))).value();
    CHECK_FALSE(rules.MayDial(first));
    CHECK_FALSE(rules.MayDial(LastOf(line)));
    CHECK_FALSE(SpecialPurposeOf(first).empty());
  }
  CHECK(blocks == 26 + 25 + 4);
}

TEST_CASE("the registries were compared when the file says", "[VAL-29]") {
  std::ifstream file("libs/policy/testdata/special_purpose_addresses.txt");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK(text.find(absl::FormatTime("%Y-%m-%d", AddressRegistrySnapshot(), absl::UTCTimeZone())) !=
        std::string::npos);
}

TEST_CASE("special-purpose addresses are never dialled", "[NAME-14][VAL-29]") {
  const AddressRules rules({});
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.31.196.1",
                           "192.52.193.1",
                           "192.88.99.1",
                           "192.168.1.1",
                           "192.175.48.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:8.8.8.8",
                           "::8.8.8.8",
                           "64:ff9b::808:808",
                           "64:ff9b:1::1",
                           "100::1",
                           "100:0:0:1::1",
                           "2001::1",
                           "2001:1ff::1",
                           "2001:db8::1",
                           "2002:808:808::1",
                           "2620:4f:8000::1",
                           "3fff::1",
                           "5f00::1",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "4000::1"}) {
    INFO(text);
    CHECK_FALSE(SpecialPurposeOf(IpAddress::Parse(text).value()).empty());
    CHECK_FALSE(rules.MayDial(IpAddress::Parse(text).value()));
  }
}

TEST_CASE("their public neighbours may be dialled", "[NAME-14][VAL-29]") {
  const AddressRules rules({});
  for (const char* text :
       {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",     "126.255.255.255", "128.0.0.0",      "169.253.255.255",
        "172.15.255.255",  "172.32.0.0",      "192.0.1.0",      "192.0.3.0",
        "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2000::1",         "2001:200::1",    "2001:db7::1",
        "2001:db9::1",     "2003::1",         "3ffe::1",        "2606:2800:220:1::1"}) {
    INFO(text);
    CHECK(rules.MayDial(IpAddress::Parse(text).value()));
  }
}

TEST_CASE("a configured range opens what is in it and nothing else", "[VAL-29]") {
  const AddressRules rules({IpRange::Parse("127.0.0.0/8").value()});
  CHECK(rules.MayDial(IpAddress::Parse("127.0.0.1").value()));
  CHECK_FALSE(rules.MayDial(IpAddress::Parse("::1").value()));
  CHECK_FALSE(rules.MayDial(IpAddress::Parse("::ffff:127.0.0.1").value()));
  CHECK_FALSE(rules.MayDial(IpAddress::Parse("10.0.0.1").value()));
}

}  // namespace
}  // namespace cairn::policy
