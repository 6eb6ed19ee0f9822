#include "libs/x509/names.h"

#include <catch2/catch.hpp>
#include <string>
#include <tuple>

#include "libs/base/encoding.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::x509 {
namespace {

using errors::Reason;

TEST_CASE("a DNS name has the form of RFC 1034", "[NAME-01][NAME-02][NAME-03]") {
  const std::string label63(63, 'a');
  const std::string longest = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');
  const auto [name, ok] = GENERATE_COPY(table<std::string, bool>({
      {"example.com", true},
      {"localhost", true},
      {"*.example.com", true},
      {"xn--bcher-kva.example", true},
      {"1.2.3.4.example", true},
      {label63 + ".com", true},
      {longest, true},
      {longest + "a", false},
      {label63 + "a.com", false},
      {"", false},
      {".", false},
      {"*", false},
      {"*.", false},
      {"example.com.", false},
      {".example.com", false},
      {"a..com", false},
      {"-a.com", false},
      {"a-.com", false},
      {"a_b.com", false},
      {"Example.com", false},
      {"a.*.com", false},
      {"*a.com", false},
      {"*.*.com", false},
      {std::string("a\0b.com", 7), false},
      {"b\xc3\xbc"
       "cher.de",
       false},
      {"a b.com", false},
  }));
  INFO(name);
  CHECK(IsDnsName(name) == ok);
}

TEST_CASE("an address has one spelling", "[NAME-13]") {
  const auto [text, ok] = GENERATE(table<const char*, bool>({
      {"192.0.2.1", true},
      {"2001:db8::1", true},
      {"::1", true},
      {"2001:db8:0:1:1:1:1:1", true},
      {"2001:DB8::1", false},
      {"2001:db8:0:0:0:0:0:1", false},
      {"[::1]", false},
      {"fe80::1%eth0", false},
      {"010.0.0.1", false},
      {"1.2.3", false},
      {"::ffff:1.2.3.4", false},
      {"::ffff:102:304", false},
      {"", false},
      {"example.com", false},
  }));
  INFO(text);
  const std::optional<std::string> octets = IpFromText(text);
  REQUIRE(octets.has_value() == ok);
  if (ok) CHECK(IpToText(*octets) == text);
}

TEST_CASE("names are sets") {
  Names a{{"b.test", "a.test", "b.test"}, {std::string(16, 'x'), "abcd", "abcd"}};
  a.Normalize();
  CHECK(a == Names{{"a.test", "b.test"}, {"abcd", std::string(16, 'x')}});
  CHECK(a.size() == 4);
}

TEST_CASE("general names survive a round trip and lower their case") {
  const Names names{{"*.example.com", "example.com"}, {std::string("\xc0\x00\x02\x01", 4)}};
  CHECK(ReadGeneralNames(GeneralNames(names).bytes()).value() == names);
  const std::string upper = der::Sequence(der::Wrap(0x82, "EXAMPLE.com")).bytes();
  CHECK(ReadGeneralNames(upper).value().dns == std::vector<std::string>{"example.com"});
}

TEST_CASE("general names of other kinds are refused", "[PROF-21][PROF-22]") {
  const auto [why, item] = GENERATE(table<const char*, std::string>({
      {"email", der::Wrap(0x81, "a@example.com").bytes()},
      {"URI", der::Wrap(0x86, "http://example.com").bytes()},
      {"directory name", der::Explicit(4, EmptyName()).bytes()},
      {"address of 5 octets", der::Wrap(0x87, "12345").bytes()},
      {"address with mask", der::Wrap(0x87, "12345678").bytes()},
      {"NUL in a name", der::Wrap(0x82, std::string_view("a.test\0.evil.test", 17)).bytes()},
      {"trailing dot", der::Wrap(0x82, "a.test.").bytes()},
      {"empty name", der::Wrap(0x82, "").bytes()},
  }));
  INFO(why);
  CHECK_REASON(ReadGeneralNames(der::Wrap(0x30, item).bytes()), Reason::kMalformed);
}

TEST_CASE("an empty list of general names is refused") {
  CHECK_REASON(ReadGeneralNames(der::Sequence().bytes()), Reason::kMalformed);
  CHECK_REASON(ReadGeneralNames(""), Reason::kMalformed);
}

TEST_CASE("a common name is read, and only one") {
  CHECK(ReadCommonName(CommonNameOnly("a.test").bytes()).value() == "a.test");
  CHECK_FALSE(ReadCommonName(EmptyName().bytes()).value().has_value());
  const der::Value attribute = der::Sequence(der::Oid("2.5.4.3"), der::Utf8String("a.test"));
  CHECK_REASON(ReadCommonName(der::Sequence(der::Set({attribute}), der::Set({attribute})).bytes()),
               Reason::kMalformed);
  CHECK_REASON(ReadCommonName(der::Sequence(der::Set({attribute, attribute})).bytes()),
               Reason::kMalformed);
  const der::Value other = der::Sequence(der::Oid("2.5.4.10"), der::Utf8String("Org"));
  CHECK(ReadCommonName(der::Sequence(der::Set({other}), der::Set({attribute})).bytes()).value() ==
        "a.test");
}

}  // namespace
}  // namespace cairn::x509
