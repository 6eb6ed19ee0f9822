#include "libs/base/punycode.h"

#include <catch2/catch.hpp>

namespace cairn::base {
namespace {

TEST_CASE("labels become A-labels as RFC 3492 says") {
  CHECK(ToALabel(U"bücher") == "xn--bcher-kva");
  CHECK(ToALabel(U"COM") == "com");
  // RFC 3492 section 7.1, (B)
  CHECK(ToALabel(U"他们为什么不说中文") == "xn--ihqwcrb4cv8a8dqg056pqjye");
}

TEST_CASE("A-labels become what they were made of", "[NAME-06]") {
  const std::u32string label = GENERATE(U"b\u00fccher", U"\u4ed6\u4eec\u4e3a\u4ec0\u4e48",
                                        U"\u00e9", U"a-\u00df-z", U"\U0001f600x");
  const std::string encoded = ToALabel(label);
  INFO(encoded);
  CHECK(FromALabel(encoded) == label);
}

TEST_CASE("what is no Punycode is no A-label", "[NAME-06]") {
  const auto [why, label] = GENERATE(table<const char*, const char*>({
      {"no prefix", "bcher-kva"},
      {"nothing after the prefix", "xn--"},
      {"ends within a number", "xn--9"},
      {"plain ASCII", "xn--abc-"},
      {"upper case", "xn--Bcher-kva"},
      {"a character that is no digit", "xn--bcher-k_a"},
      {"a code point above U+10FFFF", "xn--99999999"},
      {"a surrogate", "xn--ib9b"},
      {"overflow", "xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"},
      {"64 octets", "xn--bcher-kvabcher-kvabcher-kvabcher-kvabcher-kvabcher-kvabcher-"},
  }));
  INFO(why);
  CHECK_FALSE(FromALabel(label).has_value());
}

}  // namespace
}  // namespace cairn::base
