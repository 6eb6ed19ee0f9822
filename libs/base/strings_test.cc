#include "libs/base/strings.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

namespace cairn::base {
namespace {

TEST_CASE("Cat joins text and numbers") {
  CHECK(Cat("a", std::string_view("b"), std::string("c"), 1, -2L,
            std::numeric_limits<uint64_t>::max()) == "abc1-218446744073709551615");
  CHECK(Cat() == "");
}

TEST_CASE("Escaped leaves nothing for a terminal to act on", "[ACME-069]") {
  CHECK(Escaped("plain text", 80) == "plain text");
  CHECK(Escaped("\x1b[31m\n", 80) == "\\x1b[31m\\x0a");
  CHECK(Escaped("\\", 80) == "\\x5c");
  CHECK(Escaped("abcdef", 3) == "abc...");
}

TEST_CASE("ToLower leaves other alphabets alone") { CHECK(ToLower("AbZ\xc3\x84[") == "abz\xc3\x84["); }

TEST_CASE("ConstantTimeEquals compares") {
  CHECK(ConstantTimeEquals("secret", "secret"));
  CHECK_FALSE(ConstantTimeEquals("secret", "secreT"));
  CHECK_FALSE(ConstantTimeEquals("secret", "secre"));
  CHECK(ConstantTimeEquals("", ""));
}

TEST_CASE("IsUtf8 is strict", "[ACME-007]") {
  CHECK(IsUtf8("plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"));
  const auto [why, text] = GENERATE(table<const char*, const char*>({
      {"lone continuation", "\x80"},
      {"overlong slash", "\xc0\xaf"},
      {"overlong in three", "\xe0\x80\xaf"},
      {"surrogate", "\xed\xa0\x80"},
      {"above U+10FFFF", "\xf4\x90\x80\x80"},
      {"cut short", "\xe2\x82"},
      {"byte order mark of UTF-16", "\xff\xfe"},
  }));
  INFO(why);
  CHECK_FALSE(IsUtf8(text));
}

}  // namespace
}  // namespace cairn::base
