#include "libs/acme/json.h"

#include <catch2/catch.hpp>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::acme {
namespace {

TEST_CASE("a document is read with its structure") {
  const auto json = Json::Parse(R"( {"a":"x\u00e4\n","b":[1,-2.5,true,null],"c":{"d":false}} )");
  REQUIRE_OK(json);
  CHECK(json->names() == std::vector<std::string>{"a", "b", "c"});
  CHECK(json->GetString("a") == "x\xc3\xa4\n");
  REQUIRE(json->Find("b") != nullptr);
  CHECK(json->Find("b")->items().size() == 4);
  CHECK(json->Find("b")->items()[2].boolean());
  CHECK(json->Find("c")->Find("d")->type() == Json::Type::kBool);
  CHECK(json->Find("nothing") == nullptr);
  CHECK_FALSE(json->GetString("b").has_value());
}

TEST_CASE("everything that is not exactly one JSON value is refused", "[ACME-007][ACME-041]") {
  const auto [why, text] = GENERATE(table<const char*, std::string>({
      {"nothing", ""},
      {"cut short", R"({"a":)"},
      {"trailing data", "{} x"},
      {"two values", "{}{}"},
      {"a name twice", R"({"url":"a","url":"b"})"},
      {"a name twice, spelled otherwise", R"({"url":"a","\u0075rl":"b"})"},
      {"a name twice, deeper", R"([{"a":1,"a":1}])"},
      {"a comment", "{/*x*/}"},
      {"a trailing comma", R"(["a",])"},
      {"single quotes", "{'a':1}"},
      {"a byte order mark", "\xef\xbb\xbf{}"},
      {"UTF-16", std::string("\xff\xfe{\0}\0", 6)},
      {"invalid UTF-8 in a string", "[\"\xc0\xaf\"]"},
      {"a lone surrogate", R"(["\ud800"])"},
      {"a control character in a string", "[\"\n\"]"},
      {"17 levels", std::string(17, '[') + std::string(17, ']')},
  }));
  INFO(why);
  CHECK_REASON(Json::Parse(text), errors::Reason::kMalformed);
}

TEST_CASE("a number is an integer only if it is written as one and fits") {
  const auto json = Json::Parse(
      R"({"a":86400,"b":-1,"c":1.5,"d":1e3,"e":9223372036854775807,"f":9223372036854775808,"g":"1"})");
  REQUIRE_OK(json);
  CHECK(json->GetInteger("a") == 86400);
  CHECK(json->GetInteger("b") == -1);
  CHECK(json->GetInteger("e") == INT64_MAX);
  for (const char* name : {"c", "d", "f", "g", "h"}) {
    INFO(name);
    CHECK_FALSE(json->GetInteger(name).has_value());
  }
}

TEST_CASE("limits bound what is parsed", "[ACME-012]") {
  CHECK_OK(Json::Parse("[1,2,3]", {.size = 7, .depth = 1, .values = 4}));
  CHECK_REASON(Json::Parse("[1,2,3]", {.size = 6}), errors::Reason::kMalformed);
  CHECK_REASON(Json::Parse("[1,2,3]", {.values = 3}), errors::Reason::kMalformed);
  CHECK_REASON(Json::Parse("[[1]]", {.depth = 1}), errors::Reason::kMalformed);
}

TEST_CASE("JsonString escapes what must be, and reads back") {
  const std::string text = "a\"b\\c\n\x1f\x7f \xc3\xa4";
  CHECK(JsonString("a\"\n") == R"("a\"\u000a")");
  const auto json = Json::Parse("[" + JsonString(text) + "]");
  REQUIRE_OK(json);
  CHECK(json->items()[0].string() == text);
}

}  // namespace
}  // namespace cairn::acme
