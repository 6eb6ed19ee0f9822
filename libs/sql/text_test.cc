#include "libs/sql/text.h"

#include <catch2/catch.hpp>

namespace cairn::sql {
namespace {

constexpr Part kColumns =
    "a, "
    "b";

TEST_CASE("a statement's text is its parts, and nothing else") {
  STATIC_REQUIRE(kText<"SELECT ", kColumns, " FROM t"> == "SELECT a, b FROM t");
  STATIC_REQUIRE(kText<kColumns, ", ", kColumns> == "a, b, a, b");
  STATIC_REQUIRE(kText<""> == "");
}

}  // namespace
}  // namespace cairn::sql
