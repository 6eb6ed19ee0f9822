#include "libs/service/allow_list.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/service/echo.pb.h"
#include "libs/testing/status_matchers.h"

namespace cairn::service {
namespace {

const std::string kSay = "/cairn.service.echo.Echo/Say";
const std::string kWhisper = "/cairn.service.echo.Echo/Whisper";

// A schema that nothing refers to is not linked in.
const auto* const kLinked = echo::SayRequest::descriptor();

TEST_CASE("only the roles of a method's own entry may call it", "[NSR-05]") {
  REQUIRE(kLinked != nullptr);
  AllowList list("cairn.internal");
  REQUIRE_OK(list.Add(
      {{"cairn.service.echo.Echo/*", {"ra", "wfe"}}, {"cairn.service.echo.Echo/Whisper", {"ca"}}}));
  CHECK(list.Allows(kSay, "ra"));
  CHECK(list.Allows(kSay, "wfe"));
  CHECK_FALSE(list.Allows(kSay, "ca"));
  CHECK_FALSE(list.Allows(kSay, ""));
  CHECK(list.Allows(kWhisper, "ca"));
  CHECK_FALSE(list.Allows(kWhisper, "ra"));
  CHECK_FALSE(list.Allows("/cairn.service.echo.Echo/Shout", "ra"));
  CHECK_FALSE(list.Allows("", "ra"));
}

TEST_CASE("an entry without roles lets nobody in", "[NSR-05]") {
  AllowList list("cairn.internal");
  REQUIRE_OK(list.Add({{"cairn.service.echo.Echo/*", {}}}));
  CHECK_FALSE(list.Allows(kSay, "ra"));
  CHECK_FALSE(list.Allows(kSay, ""));
}

TEST_CASE("health is open to callers without a role, and nothing else is", "[NSR-05]") {
  AllowList list("cairn.internal");
  CHECK(list.Allows("/grpc.health.v1.Health/Check", ""));
  CHECK(list.Allows("/grpc.health.v1.Health/Watch", ""));
  CHECK_FALSE(list.Allows(kSay, "ra"));
  CHECK_FALSE(list.Allows("/grpc.health.v1.Healthy/Check", "ra"));
}

TEST_CASE("an allow-list with a hole or a mistake is refused", "[NSR-05]") {
  const auto [why, allow] = GENERATE(table<const char*, Allow>({
      {"empty", {}},
      {"a method is left out", {{"cairn.service.echo.Echo/Say", {"ra"}}}},
      {"no such service", {{"cairn.service.echo.Ecco/*", {"ra"}}}},
      {"no such method",
       {{"cairn.service.echo.Echo/*", {"ra"}}, {"cairn.service.echo.Echo/Shout", {"ra"}}}},
      {"no method at all", {{"cairn.service.echo.Echo", {"ra"}}}},
  }));
  INFO(why);
  AllowList list("cairn.internal");
  CHECK_REASON(list.Add(allow), errors::Reason::kMalformed);
}

TEST_CASE("a service is served once") {
  AllowList list("cairn.internal");
  REQUIRE_OK(list.Add({{"cairn.service.echo.Echo/*", {"ra"}}}));
  CHECK_REASON(list.Add({{"cairn.service.echo.Echo/*", {"wfe"}}}), errors::Reason::kMalformed);
}

TEST_CASE("a role is the one name under the internal domain", "[NSR-04]") {
  const auto [role, names] = GENERATE(table<const char*, std::vector<std::string>>({
      {"ra", {"ra.cairn.internal"}},
      {"eu-1.perspective", {"eu-1.perspective.cairn.internal"}},
      {"ra", {"localhost", "ra.cairn.internal"}},
      {"", {"ra.cairn.internal", "ca.cairn.internal"}},
      {"", {"ra.cairn.internal.example"}},
      {"", {"racairn.internal"}},
      {"", {".cairn.internal"}},
      {"", {"cairn.internal"}},
      {"", {"RA.CAIRN.INTERNAL"}},
      {"", {}},
  }));
  CAPTURE(names);
  CHECK(AllowList("cairn.internal").RoleOf(names) == role);
}

TEST_CASE("metrics name methods by service and method") {
  AllowList list("cairn.internal");
  REQUIRE_OK(list.Add({{"cairn.service.echo.Echo/*", {"ra"}}}));
  CHECK_THAT(list.MethodLabels(),
             Catch::UnorderedEquals(std::vector<std::string>{"Echo/Say", "Echo/Whisper"}));
}

}  // namespace
}  // namespace cairn::service
