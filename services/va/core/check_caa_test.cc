#include "services/va/core/check_caa.h"

#include <catch2/catch.hpp>

#include "libs/caa/caa.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"

namespace cairn::va {
namespace {

using errors::Reason;
using evidence::v1::Caa;

class World {
 public:
  Caa Run(const std::string& name, bool wildcard = false) {
    v1::Subject subject;
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value(name);
    subject.set_wildcard(wildcard);
    subject.set_account_uri("https://ca.test/acme/account/a");
    subject.set_method("http-01");
    return check_caa.Run({}, dns, subject);
  }

  dns::FakeResolver dns;
  CheckCaa check_caa{{"ca.test"}};
};

TEST_CASE("the tree is climbed to the top-level domain, and not to the root",
          "[CAA-01][CAA-02][CAA-04]") {
  World world;
  const Caa caa = world.Run("www.a.example.test", /*wildcard=*/true);
  CHECK(caa.permits());
  CHECK(caa.found_at().empty());
  CHECK(caa.dnssec() == "insecure");
  std::vector<std::string> asked;
  for (const dns::Question& question : world.dns.questions()) {
    CHECK(question.type == dns::Type::kCaa);
    asked.push_back(question.name);
  }
  CHECK(asked ==
        std::vector<std::string>{"www.a.example.test", "a.example.test", "example.test", "test"});
}

TEST_CASE("the first RRset on the way up decides", "[CAA-02]") {
  World world;
  world.dns.AddCaa("example.test", "issue", "other.test");
  CHECK_FALSE(world.Run("www.example.test").permits());
  CHECK(world.Run("www.example.test").found_at() == "example.test");
  world.dns.AddCaa("www.example.test", "issue", "ca.test");
  CHECK(world.Run("www.example.test").permits());
  CHECK(world.Run("www.example.test").found_at() == "www.example.test");
  CHECK_FALSE(world.Run("example.test").permits());
  // An RRset without issue properties ends the climb, too.
  world.dns.AddCaa("mail.example.test", "iodef", "mailto:a@b.test");
  CHECK(world.Run("mail.example.test").permits());
}

TEST_CASE("an alias's target may have the RRset, its parents may not", "[CAA-03]") {
  World world;
  world.dns.Set("www.a.test", dns::Type::kCaa,
                {.rcode = 0, .aliases = {"edge.cdn.test"}, .dnssec = dns::Dnssec::kInsecure});
  world.dns.AddCaa("cdn.test", "issue", "other.test");
  CHECK(world.Run("www.a.test").permits());
  for (const dns::Question& question : world.dns.questions()) CHECK(question.name != "cdn.test");
}

TEST_CASE("no answer is not \"no CAA\"", "[CAA-17][CAA-19][DNSSEC-04]") {
  World world;
  world.dns.Fail("www.a.test", dns::Type::kCaa);
  Caa caa = world.Run("www.a.test");
  CHECK_FALSE(caa.permits());
  CHECK(caa.problem().reason() == static_cast<int>(Reason::kDns));
  CHECK(caa.problem().detail() == "While checking CAA: SERVFAIL looking up CAA for www.a.test");

  world.dns.Set("www.a.test", dns::Type::kCaa, {.rcode = 5});
  CHECK_FALSE(world.Run("www.a.test").permits());

  world.dns.MakeBogus("www.a.test", dns::Type::kCaa);
  caa = world.Run("www.a.test");
  CHECK_FALSE(caa.permits());
  CHECK(caa.dnssec() == "bogus");

  // NXDOMAIN and no data go on to the parent.
  world.dns.Set("www.a.test", dns::Type::kCaa, {.rcode = 3, .dnssec = dns::Dnssec::kSecure});
  CHECK(world.Run("www.a.test").permits());
  world.dns.Fail("a.test", dns::Type::kCaa);
  CHECK_FALSE(world.Run("www.a.test").permits());
}

TEST_CASE("a failure above the relevant RRset does not matter", "[CAA-02]") {
  World world;
  world.dns.Fail("test", dns::Type::kCaa);
  world.dns.AddCaa("a.test", "issue", "ca.test");
  CHECK(world.Run("www.a.test").permits());
}

TEST_CASE("the receipt keeps what was found", "[CAA-31][CAA-34]") {
  World world;
  world.dns.AddCaa("a.test", "issue", "other.test");
  world.dns.AddCaa("a.test", "issue", "third.test; accounturi=\"x\\\n");
  const Caa caa = world.Run("a.test");
  CHECK(caa.problem().reason() == static_cast<int>(Reason::kCaa));
  CHECK(caa.problem().detail().find("a.test") != std::string::npos);
  REQUIRE(caa.records_size() == 2);
  CHECK(caa.records(0) == "0 issue \"other.test\"");
  CHECK(caa.records(1) == "0 issue \"third.test; accounturi=\\\"x\\\\\\010\"");
  const auto answer = world.dns.Resolve({}, {"a.test", dns::Type::kCaa});
  CHECK(caa.rrset_digest() == caa::Digest(answer.records));
  CHECK(caa.identities(0) == "ca.test");
  CHECK(caa.method() == "http-01");
}

TEST_CASE("the subject's account and method count", "[CAA-21][CAA-22][CAA-24]") {
  World world;
  world.dns.AddCaa("a.test", "issue", "ca.test; accounturi=https://ca.test/acme/account/a");
  world.dns.AddCaa("b.test", "issue", "ca.test; accounturi=https://ca.test/acme/account/b");
  world.dns.AddCaa("c.test", "issue", "ca.test; validationmethods=dns-01");
  CHECK(world.Run("a.test").permits());
  CHECK_FALSE(world.Run("b.test").permits());
  CHECK_FALSE(world.Run("c.test").permits());
}

TEST_CASE("a refusal says which record it is, what it should be, and where it stands",
          "[CAA-08][CAA-22][CAA-24]") {
  World world;
  world.dns.AddCaa("a.test", "issue", "other.test");
  world.dns.AddCaa("b.test", "issue", "ca.test; accounturi=https://ca.test/acme/account/b");
  world.dns.AddCaa("c.test", "issue", "ca.test; validationmethods=dns-01");
  world.dns.AddCaa("d.test", "issue", ";");
  const auto detail = [&](const std::string& name) { return world.Run(name).problem().detail(); };
  CHECK(detail("www.a.test") ==
        "CAA records at a.test forbid issuance for www.a.test: 0 issue \"other.test\" names "
        "another issuer; expected ca.test (RFC 8659 section 4.2)");
  CHECK(detail("b.test").ends_with(
      "is for another account; expected https://ca.test/acme/account/a (RFC 8657 section 3)"));
  CHECK(detail("c.test").ends_with(
      "does not list the validation method http-01 (RFC 8657 section 4)"));
  CHECK(detail("d.test").ends_with(
      "0 issue \";\" lets nobody issue; expected ca.test (RFC 8659 section 4.2)"));
}

TEST_CASE("names of the CA itself are checked as any other", "[CAA-36]") {
  World world;
  world.dns.AddCaa("ca.test", "issue", "other.test");
  for (const char* name : {"ca.test", "valid.ca.test", "expired.sites.ca.test"}) {
    INFO(name);
    const Caa caa = world.Run(name);
    CHECK_FALSE(caa.permits());
    CHECK(caa.found_at() == "ca.test");
  }
  // Nor does it help that there are no records: it is looked up all the same.
  World none;
  CHECK(none.Run("ca.test").permits());
  CHECK(none.dns.questions().size() == 2);
}

TEST_CASE("a huge RRset is counted whole and kept in part") {
  World world;
  for (int i = 0; i < 100; ++i) world.dns.AddCaa("a.test", "issue", "other.test");
  world.dns.AddCaa("a.test", "issue", "ca.test");
  const Caa caa = world.Run("a.test");
  CHECK(caa.permits());
  CHECK(caa.records_size() == 20);
}

}  // namespace
}  // namespace cairn::va
