#include "libs/policy/public_suffixes.h"

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"

namespace cairn::policy {
namespace {

constexpr char kList[] =
    "// a comment\n"
    "// ===BEGIN ICANN DOMAINS===\n"
    "com\n"
    "uk\n"
    "co.uk   what follows a space does not count\n"
    "*.ck\n"
    "!www.ck\n"
    "*.kawasaki.jp\n"
    "公司.cn\n"
    "рф\n"
    "// ===END ICANN DOMAINS===\n"
    "// ===BEGIN PRIVATE DOMAINS===\n"
    "github.io\n";

TEST_CASE("a public suffix list says what is a suffix", "[NAME-11]") {
  const auto suffixes = PublicSuffixes::Parse(kList);
  REQUIRE_OK(suffixes);
  const auto [name, is_suffix, known] = GENERATE(table<const char*, bool, bool>({
      {"com", true, true},
      {"example.com", false, true},
      {"co.uk", true, true},
      {"example.co.uk", false, true},
      {"foo.ck", true, true},
      {"bar.foo.ck", false, true},
      {"www.ck", false, true},
      {"ck", false, true},
      {"x.kawasaki.jp", true, true},
      {"jp", false, true},
      {"github.io", false, false},
      {"xn--55qx5d.cn", true, true},
      {"xn--p1ai", true, true},
      {"localhost", false, false},
      {"foo.corp", false, false},
      {"what", false, false},
  }));
  INFO(name);
  CHECK(suffixes->IsSuffix(name) == is_suffix);
  CHECK(suffixes->KnowsTopLevelOf(name) == known);
}

TEST_CASE("an empty public suffix list is refused") {
  CHECK_REASON(PublicSuffixes::Parse("// nothing\n\n"), errors::Reason::kMalformed);
  CHECK_REASON(PublicSuffixes::Parse("com\n\xff\n"), errors::Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::policy
