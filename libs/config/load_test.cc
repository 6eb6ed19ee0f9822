#include "libs/config/load.h"

#include <google/protobuf/util/message_differencer.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/base/strings.h"
#include "libs/config/example.pb.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::config {
namespace {

using example::Example;

std::string ErrorsOf(const std::string& text) {
  Example message;
  return std::string(ParseYaml("x.yaml", text, &message).message());
}

TEST_CASE("every kind of field is read") {
  Example message;
  REQUIRE_OK(ParseYaml("x.yaml", R"(
text: hello   # a comment
small: -7
large: -9223372036854775808
count: 4294967295
huge: 18446744073709551615
ratio: 0.25
on: true
colour: dark_blue
inner:
  text: inside
  inner: {count: 3}
names: [a, "b c"]
list:
  - text: first
  - count: 2
table:
  key.one: {count: 1}
  "2": {count: 2}
by_number:
  7: seven
left: chosen
colours: [red, dark_blue]
counts:
  - 1
  - 2
)",
                       &message));
  CHECK(message.text() == "hello");
  CHECK(message.small() == -7);
  CHECK(message.large() == std::numeric_limits<int64_t>::min());
  CHECK(message.count() == 4294967295u);
  CHECK(message.huge() == std::numeric_limits<uint64_t>::max());
  CHECK(message.ratio() == 0.25);
  CHECK(message.on());
  CHECK(message.colour() == example::COLOUR_DARK_BLUE);
  CHECK(message.inner().text() == "inside");
  CHECK(message.inner().inner().count() == 3);
  REQUIRE(message.names_size() == 2);
  CHECK(message.names(1) == "b c");
  REQUIRE(message.list_size() == 2);
  CHECK(message.list(1).count() == 2);
  CHECK(message.table().at("key.one").count() == 1);
  CHECK(message.table().at("2").count() == 2);
  CHECK(message.by_number().at(7) == "seven");
  CHECK(message.left() == "chosen");
  CHECK(message.colours(1) == example::COLOUR_DARK_BLUE);
  CHECK(message.counts_size() == 2);
}

TEST_CASE("a text field takes its text as it stands, whatever YAML would guess") {
  const auto text = GENERATE("no", "yes", "true", "1.0", "0x1f", "010", "2026-11-23", "1e3",
                             "12:30", ".inf", "off", "=");
  Example message;
  REQUIRE_OK(ParseYaml("x.yaml", base::Cat("text: ", text), &message));
  CHECK(message.text() == text);
}

TEST_CASE("null is text only in quotes") {
  Example message;
  REQUIRE_OK(ParseYaml("x.yaml", "text: \"null\"", &message));
  CHECK(message.text() == "null");
  CHECK(ErrorsOf("text: null") ==
        "x.yaml:1:1: \"text\" has no value: leave the key out for its default");
}

TEST_CASE("what is wrong is refused with its place") {
  const auto [why, text, expected] = GENERATE(table<const char*, const char*, const char*>({
      {"unknown key", "text: a\nkeyfile: b", "x.yaml:2:1: unknown field \"keyfile\" in Example"},
      {"unknown key inside", "inner:\n  txt: b", "x.yaml:2:3: unknown field \"txt\" in Inner"},
      {"case counts", "Text: a", "x.yaml:1:1: unknown field \"Text\" in Example"},
      {"repeated key", "text: a\ntext: a", "x.yaml:2:1: \"text\" is set twice"},
      {"repeated key of a map", "by_number: {1: a, 1: b}", "x.yaml:1:19: \"1\" is set twice"},
      {"not a number", "count: lots", "x.yaml:1:8: \"lots\" is not a whole number"},
      {"quoted number", "count: \"8\"", "x.yaml:1:8: \"8\" is not a whole number"},
      {"fraction", "count: 1.5", "x.yaml:1:8: \"1.5\" is not a whole number"},
      {"hexadecimal", "count: 0x10", "x.yaml:1:8: \"0x10\" is not a whole number"},
      {"plus sign", "count: +1", "x.yaml:1:8: \"+1\" is not a whole number"},
      {"negative count", "count: -1", "x.yaml:1:8: -1 is not between 0 and 4294967295"},
      {"too large", "count: 4294967296", "x.yaml:1:8: 4294967296 is not between 0 and 4294967295"},
      {"far too large", "huge: 18446744073709551616",
       "x.yaml:1:7: \"18446744073709551616\" is not a whole number"},
      {"number in a list", "counts: [1, x]", "x.yaml:1:13: \"x\" is not a whole number"},
      {"not a bool", "on: yes", "x.yaml:1:5: \"yes\" is neither true nor false"},
      {"capital bool", "on: True", "x.yaml:1:5: \"True\" is neither true nor false"},
      {"infinite", "ratio: inf", "x.yaml:1:8: \"inf\" is not a number"},
      {"not an enum", "colour: green", "x.yaml:1:9: \"green\" is none of: red, dark_blue"},
      {"upper-case enum", "colour: RED", "x.yaml:1:9: \"RED\" is none of: red, dark_blue"},
      {"enum zero", "colour: unspecified",
       "x.yaml:1:9: \"unspecified\" is none of: red, dark_blue"},
      {"no value",
       "inner:", "x.yaml:1:1: \"inner\" has no value: leave the key out for its default"},
      {"no element", "names: [a, ~]", "x.yaml:1:12: an element of \"names\" has no value"},
      {"text for a message", "inner: a", "x.yaml:1:8: Inner is a group of keys, one a line"},
      {"list for a message", "inner: [a]", "x.yaml:1:8: Inner is a group of keys, one a line"},
      {"text for a list", "names: a", "x.yaml:1:8: \"names\" is a list (- one, - two)"},
      {"list for text", "text: [a]", "x.yaml:1:7: \"text\" takes a single value"},
      {"text for a map", "table: a", "x.yaml:1:8: \"table\" is a table (key: value)"},
      {"bad key of a map", "by_number: {x: a}", "x.yaml:1:13: \"x\" is not a whole number"},
      {"octets", "raw: abc", "x.yaml:1:6: \"raw\" cannot be set in a configuration file"},
      {"two of one", "left: a\nright: b",
       "x.yaml:2:1: \"right\" excludes another key that is set: one of them only"},
      {"key that is a list", "? [a]\n: b", "x.yaml:1:3: a key must be a name"},
      {"list at the root", "- a", "x.yaml:1:1: Example is a group of keys, one a line"},
      {"nothing", "", "x.yaml:1:1: holds no configuration"},
      {"only a comment", "# x", "x.yaml:1:1: holds no configuration"},
      {"two documents", "text: a\n---\ntext: b",
       "x.yaml:3:1: a second document (---) is not allowed"},
      {"anchor", "text: &a b", "x.yaml:1:7: anchors (&name) are not allowed"},
      {"tag", "text: !!str b", "x.yaml:1:7: tags (!name) are not allowed"},
      {"merge key", "<<: {text: a}", "x.yaml:1:1: merge keys (<<) are not allowed"},
  }));
  INFO(why);
  CHECK(ErrorsOf(text) == expected);
}

TEST_CASE("an alias is refused, however it is used") {
  CHECK_THAT(ErrorsOf("inner: &a {text: b}\nlist: [*a, *a]"),
             Catch::Contains("x.yaml:2:8: aliases (*name) are not allowed"));
}

TEST_CASE("all errors are reported at once, in the order of the file") {
  CHECK(ErrorsOf("keyfile: a\ncount: lots\ninner: {count: -1}\ntext: x\ntext: y") ==
        "x.yaml:1:1: unknown field \"keyfile\" in Example\n"
        "x.yaml:2:8: \"lots\" is not a whole number\n"
        "x.yaml:3:16: -1 is not between 0 and 4294967295\n"
        "x.yaml:5:1: \"text\" is set twice");
}

TEST_CASE("after a hundred errors the rest is only counted") {
  std::string text;
  for (int i = 0; i < 130; ++i) text += base::Cat("wrong", i, ": x\n");
  CHECK_THAT(ErrorsOf(text), Catch::EndsWith("\nx.yaml: and 30 more"));
}

TEST_CASE("broken YAML is an error with its place") {
  CHECK_THAT(ErrorsOf("text: [a"), Catch::StartsWith("x.yaml:1:"));
  CHECK_THAT(ErrorsOf("text: \"a"), Catch::StartsWith("x.yaml:1:"));
  CHECK_THAT(ErrorsOf("a: b: c"), Catch::StartsWith("x.yaml:1:"));
}

TEST_CASE("nesting is bounded") {
  std::string deep = "inner: ";
  for (int i = 0; i < 14; ++i) deep += "{inner: ";
  deep += "{count: 1";
  CHECK(ErrorsOf(deep + std::string(15, '}')).empty());
  CHECK_THAT(ErrorsOf("inner: {inner: " + deep.substr(7) + std::string(16, '}')),
             Catch::Contains("nested too deeply"));
  CHECK_THAT(ErrorsOf("names: " + std::string(100000, '[')), Catch::StartsWith("x.yaml:1:"));
}

TEST_CASE("text that isn't UTF-8, or is too long, is refused") {
  CHECK(ErrorsOf("text: \xff") == "x.yaml:1:1: not UTF-8 text");
  CHECK(ErrorsOf(std::string("text: a\0b", 9)) == "x.yaml:1:1: not UTF-8 text");
  CHECK(ErrorsOf("text: " + std::string(kMaxFileSize, 'a')) ==
        "x.yaml:1:1: larger than 262144 octets");
}

TEST_CASE("what a later check finds has its place in the file") {
  Example message;
  Places places;
  REQUIRE_OK(ParseYaml("x.yaml",
                       "text: hello\n"
                       "inner:\n"
                       "  text: inside\n"
                       "  inner: {count: 3}\n"
                       "list:\n"
                       "  - text: first\n"
                       "  - count: 2\n",
                       &message, &places));
  const auto [line, located] = GENERATE(table<std::string, std::string>({
      {"text: is rude", "x.yaml:1:1: text: is rude"},
      {"inner.inner.count: is odd", "x.yaml:4:11: inner.inner.count: is odd"},
      {"list[1].count: is even", "x.yaml:7:5: list[1].count: is even"},
      {"list[1]: is short", "x.yaml:7:5: list[1]: is short"},
      {"inner.count: must be set", "x.yaml:2:1: inner.count: must be set"},
      {"list[1].text: must be set", "x.yaml:7:5: list[1].text: must be set"},
      {"count: must be set", "x.yaml: count: must be set"},
      {"two of them: not both", "x.yaml: two of them: not both"},
      {"text: a\ncount: b", "x.yaml:1:1: text: a\nx.yaml: count: b"},
  }));
  const absl::Status found = places.Locate(errors::Make(errors::Reason::kMalformed, line));
  CHECK_REASON(found, errors::Reason::kMalformed);
  CHECK(std::string(found.message()) == located);
  CHECK_OK(places.Locate(absl::OkStatus()));
}

TEST_CASE("Load names the file in its errors") {
  const testing::TempDir dir;
  const std::string path = dir.Write("ra.yaml", "count: 1\nwrong: 2\n");
  const auto loaded = Load<Example>(path);
  CHECK_REASON(loaded, errors::Reason::kMalformed);
  CHECK(loaded.status().message() == path + ":2:1: unknown field \"wrong\" in Example");
  const auto good = Load<Example>(dir.Write("good.yaml", "count: 1\n"));
  REQUIRE_OK(good);
  CHECK(good->count() == 1);
  CHECK_REASON(Load<Example>(dir.File("missing.yaml")), errors::Reason::kNotFound);
  CHECK_REASON(Load<Example>(dir.path()), errors::Reason::kNotFound);
}

}  // namespace
}  // namespace cairn::config
