#include "services/va/core/validate_dns_persist01.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"
#include "libs/testing/fake_clock.h"

namespace cairn::va {
namespace {

using errors::Reason;
using evidence::v1::Control;

const std::string kUri = "https://ca.test/acme/account/a";
const std::string kOurs = "ca.test; accounturi=https://ca.test/acme/account/a";

class World {
 public:
  Control Run(const std::vector<std::string>& texts, bool wildcard = false) {
    dns::Answer answer{.rcode = dns::kNoError,
                       .records = {},
                       .aliases = {},
                       .dnssec = dns::Dnssec::kSecure,
                       .ttl = absl::Seconds(3600),
                       .why = ""};
    for (const std::string& text : texts) {
      answer.records.push_back(static_cast<char>(text.size()) + text);
    }
    dns.Set("_validation-persist.a.test", dns::Type::kTxt, answer);
    v1::Subject subject;
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value("a.test");
    subject.set_wildcard(wildcard);
    subject.set_account_uri(kUri);
    subject.set_account_thumbprint(std::string(32, 'k'));
    subject.set_method("dns-persist-01");
    return validate.Run({}, dns, subject);
  }
  bool Proves(const std::string& text, bool wildcard = false) {
    return Run({text}, wildcard).corroborated();
  }
  Reason ReasonOf(const std::string& text, bool wildcard = false) {
    const Control control = Run({text}, wildcard);
    CHECK_FALSE(control.corroborated());
    return static_cast<Reason>(control.problem().reason());
  }

  dns::FakeResolver dns;
  cairn::testing::FakeClock clock{absl::FromUnixSeconds(1'800'000'000)};
  ValidateDnsPersist01 validate{{"ca.test", "ca2.test"}, clock};
};

TEST_CASE("a record that names this CA and the account proves control",
          "[VAL-57][VAL-58][VAL-59]") {
  World world;
  const Control control = world.Run({kOurs});
  CHECK(control.corroborated());
  CHECK(control.token().empty());
  CHECK(control.lookup().name() == "_validation-persist.a.test");
  CHECK(control.lookup().ttl_seconds() == 3600);
  CHECK(world.Proves("ca2.test; accounturi=" + kUri));
  CHECK(world.Proves("  CA.Test ;accounturi=" + kUri));
}

TEST_CASE("another CA's records are none of ours, malformed or not", "[VAL-57][VAL-58]") {
  World world;
  CHECK(world.ReasonOf("other.test; accounturi=" + kUri) == Reason::kUnauthorized);
  CHECK(world.ReasonOf("xca.test; accounturi=" + kUri) == Reason::kUnauthorized);
  CHECK(world.ReasonOf("v=spf1 -all") == Reason::kUnauthorized);
  CHECK(world.ReasonOf("other.test; %%%") == Reason::kUnauthorized);
  CHECK(world.ReasonOf("; accounturi=" + kUri) == Reason::kUnauthorized);
  CHECK(world.Run({"other.test; %%%", "junk", kOurs}).corroborated());
}

TEST_CASE("a malformed record of ours is said to be malformed", "[VAL-57]") {
  World world;
  for (const char* text :
       {"ca.test; accounturi", "ca.test; %%%", "CA.TEST ; a b=c", "ca.test; =x", "ca.test"}) {
    CAPTURE(text);
    CHECK(world.ReasonOf(text) == Reason::kMalformed);
  }
  // It spoils nothing for the good one beside it.
  CHECK(world.Run({"ca.test; %%%", kOurs}).corroborated());
}

TEST_CASE("the account is compared exactly, and must be named once", "[VAL-59][VAL-67]") {
  World world;
  for (const std::string& other : {kUri + "b", std::string("https://ca.test/acme/account/A"),
                                   kUri + "/", std::string("HTTPS://ca.test/acme/account/a"),
                                   std::string("https://ca.test/acme/account/")}) {
    CAPTURE(other);
    CHECK(world.ReasonOf("ca.test; accounturi=" + other) == Reason::kUnauthorized);
  }
  CHECK(world.ReasonOf(kOurs + "; accounturi=" + kUri) == Reason::kMalformed);
}

TEST_CASE("persistUntil is the last second at which it counts", "[VAL-60]") {
  World world;
  CHECK(world.Proves(kOurs + "; persistUntil=1800000000"));
  CHECK(world.ReasonOf(kOurs + "; persistUntil=1799999999") == Reason::kUnauthorized);
  for (const char* text :
       {"never", "1.8e9", "-1", "+1800000001", "0x7fffffff", "", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(world.ReasonOf(kOurs + "; persistUntil=" + text) == Reason::kMalformed);
  }
}

TEST_CASE("an alias leads to the record, and never to another name's record", "[VAL-64]") {
  World world;
  const std::string rdata = static_cast<char>(kOurs.size()) + kOurs;
  const auto look = [&](const std::string& name) {
    v1::Subject subject;
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value(name);
    subject.set_account_uri(kUri);
    subject.set_method("dns-persist-01");
    return world.validate.Run({}, world.dns, subject);
  };
  world.dns.Set("_validation-persist.b.test", dns::Type::kTxt,
                {.rcode = dns::kNoError, .records = {rdata}, .aliases = {"records.dns.test"}});
  CHECK(look("b.test").corroborated());
  CHECK(look("b.test").lookup().aliases(0) == "records.dns.test");
  world.dns.Set("c.test", dns::Type::kTxt, {.rcode = dns::kNoError, .aliases = {"b.test"}});
  CHECK_FALSE(look("c.test").corroborated());
  CHECK(world.dns.questions().back().name == "_validation-persist.c.test");
}

TEST_CASE("parameters that nobody knows change nothing", "[VAL-61]") {
  World world;
  CHECK(world.Proves(kOurs + "; foo=bar; validationmethods=none"));
}

TEST_CASE("a wildcard needs policy=wildcard", "[VAL-62]") {
  World world;
  CHECK(world.ReasonOf(kOurs, /*wildcard=*/true) == Reason::kUnauthorized);
  CHECK(world.ReasonOf(kOurs + "; policy=other", true) == Reason::kUnauthorized);
  CHECK(world.Proves(kOurs + "; policy=wildcard", true));
  CHECK(world.Proves(kOurs + "; Policy=WildCard", true));
  CHECK(world.Proves(kOurs + "; policy=wildcard", false));
}

TEST_CASE("a problem says which record would prove control", "[VAL-20][VAL-59][VAL-60][VAL-62]") {
  World world;
  const auto detail = [&](const std::vector<std::string>& texts, bool wildcard = false) {
    return world.Run(texts, wildcard).problem().detail();
  };
  const std::string place = " at _validation-persist.a.test; ";
  const std::string expected = "Expected a TXT record \"" + kOurs;
  CHECK(detail({}) == expected + "\"" + place + "the name has no TXT records");
  CHECK(detail({"v=spf1 -all"}) == expected + "\"" + place + "found: \"v=spf1 -all\"");
  CHECK(detail({"v=spf1 -all"}, true) ==
        expected + "; policy=wildcard\"" + place + "found: \"v=spf1 -all\"");

  const std::string ours = "The TXT record at _validation-persist.a.test ";
  const std::string end = "; expected \"" + kOurs + "\"";
  CHECK(detail({"ca.test; accounturi=x"}) == ours + "is for the account x" + end);
  CHECK(detail({"ca.test; \n"}) ==
        ours + "is malformed: \"ca.test; \\x0a\" (RFC 8659 section 4.2)" + end);
  CHECK(detail({"ca.test"}) == ours + "has no accounturi" + end);
  CHECK(detail({kOurs + "; persistUntil=1700000000"}) ==
        ours + "has expired: its persistUntil is 1700000000, 2023-11-14T22:13:20+00:00" + end);
}

}  // namespace
}  // namespace cairn::va
