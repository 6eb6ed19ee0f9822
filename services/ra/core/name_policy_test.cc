#include "services/ra/core/name_policy.h"

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"

namespace cairn::ra {
namespace {

using errors::Reason;
using policy::Pack;

constexpr char kSuffixes[] = "com\nuk\nco.uk\ntest\narpa\n";
constexpr char kBlocked[] =
    "# high-risk names\n"
    "blocked.test   # and all below\n"
    "=only.test\n"
    "\n";

absl::Status Check(Pack pack, const char* name, bool wildcard = false) {
  const auto names = NamePolicy::Create(pack, kSuffixes, kBlocked);
  REQUIRE_OK(names);
  return names->Check(name, wildcard);
}

TEST_CASE("names that no pack issues for are rejected", "[ACME-075][NAME-10][NAME-17][NAME-18]") {
  const Pack pack = GENERATE(Pack::kPrivate, Pack::kWebPki);
  const auto [why, name] = GENERATE(table<const char*, const char*>({
      {"blocked", "blocked.test"},
      {"below a blocked name", "www.blocked.test"},
      {"blocked alone", "only.test"},
      {"reverse name", "1.0.0.10.in-addr.arpa"},
      {"reverse name of IPv6", "8.b.d.0.1.0.0.2.ip6.arpa"},
      {"onion", "example.onion"},
  }));
  INFO(why);
  CHECK_REASON(Check(pack, name), Reason::kRejectedIdentifier);
}

TEST_CASE("names beside the blocked ones are served", "[NAME-18]") {
  const Pack pack = GENERATE(Pack::kPrivate, Pack::kWebPki);
  const char* name =
      GENERATE("www.only.test", "notblocked.test", "example.co.uk", "in-addr-arpa.test");
  INFO(name);
  CHECK_OK(Check(pack, name));
}

TEST_CASE("the web PKI takes no internal names and no public suffixes", "[NAME-09][NAME-11]") {
  const auto [name, wildcard] = GENERATE(table<const char*, bool>({
      {"localhost", false},
      {"foo.local", false},
      {"foo.corp", false},
      {"com", false},
      {"co.uk", false},
      {"co.uk", true},
  }));
  INFO(name);
  CHECK_REASON(Check(Pack::kWebPki, name, wildcard), Reason::kRejectedIdentifier);
  CHECK_OK(Check(Pack::kPrivate, name, wildcard));
}

TEST_CASE("a name of eleven labels makes no sense", "[NAME-20]") {
  CHECK_OK(Check(Pack::kPrivate, "a.b.c.d.e.f.g.h.i.test"));
  CHECK_REASON(Check(Pack::kPrivate, "a.b.c.d.e.f.g.h.i.j.test"), Reason::kMalformed);
}

TEST_CASE("a list that would not do what its author means is refused") {
  const char* blocked = GENERATE("Upper.test", "trailing.test.", "*.star.test", "=", "two names");
  INFO(blocked);
  CHECK_REASON(NamePolicy::Create(Pack::kPrivate, "", blocked), Reason::kMalformed);
  CHECK_REASON(NamePolicy::Create(Pack::kWebPki, "", ""), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::ra
