#include "services/va/core/validate_dns01.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"

namespace cairn::va {
namespace {

using errors::Reason;
using evidence::v1::Control;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');

v1::Subject SubjectFor(const std::string& name, const std::string& method = "dns-01") {
  v1::Subject subject;
  subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
  subject.mutable_identifier()->set_value(name);
  subject.set_account_uri("https://ca.test/acme/account/a");
  subject.set_account_thumbprint(kThumbprint);
  subject.set_method(method);
  subject.set_token(kToken);
  return subject;
}

std::string Digest() {
  return base::ToBase64Url(
      crypto::Sha256(base::Cat(base::ToBase64Url(kToken), ".", base::ToBase64Url(kThumbprint))));
}

// TXT RDATA of one record with these strings.
std::string Txt(const std::vector<std::string>& strings) {
  std::string rdata;
  for (const std::string& one : strings) rdata += static_cast<char>(one.size()) + one;
  return rdata;
}

class World {
 public:
  Control Run(const v1::Subject& subject) { return ValidateDns01().Run({}, dns, subject); }
  Reason ReasonOf(const v1::Subject& subject) {
    const Control control = Run(subject);
    CHECK_FALSE(control.corroborated());
    return static_cast<Reason>(control.problem().reason());
  }
  void SetTxt(const std::string& name, const std::vector<std::string>& records) {
    dns::Answer answer{.rcode = dns::kNoError,
                       .records = records,
                       .aliases = {},
                       .dnssec = dns::Dnssec::kInsecure,
                       .ttl = absl::Seconds(30),
                       .why = ""};
    dns.Set(name, dns::Type::kTxt, answer);
  }

  dns::FakeResolver dns;
};

TEST_CASE("the digest of the key authorization in a TXT record proves control", "[VAL-38]") {
  World world;
  world.SetTxt("_acme-challenge.a.test", {Txt({Digest()})});
  const Control control = world.Run(SubjectFor("a.test"));
  CHECK(control.corroborated());
  CHECK(control.method() == "dns-01");
  CHECK(control.token() == kToken);
  CHECK_FALSE(control.has_problem());
  // What was seen is kept.
  CHECK(control.lookup().name() == "_acme-challenge.a.test");
  CHECK(control.lookup().records(0) == Digest());
  CHECK(control.lookup().dnssec() == "insecure");
  CHECK(control.lookup().ttl_seconds() == 30);
}

TEST_CASE("only the exact digest does", "[VAL-38]") {
  World world;
  const std::string key_authorization =
      base::Cat(base::ToBase64Url(kToken), ".", base::ToBase64Url(kThumbprint));
  for (const std::string& wrong :
       {Digest() + "=", " " + Digest(), Digest() + "\n", base::ToLower(Digest()), key_authorization,
        base::ToHex(crypto::Sha256(key_authorization)), base::ToBase64Url(kToken), std::string(),
        Digest().substr(1), "\"" + Digest() + "\""}) {
    CAPTURE(wrong);
    world.SetTxt("_acme-challenge.a.test", {Txt({wrong})});
    CHECK(world.ReasonOf(SubjectFor("a.test")) == Reason::kIncorrectResponse);
  }
}

TEST_CASE("one record among several is enough, and its strings are joined", "[VAL-39]") {
  World world;
  world.SetTxt(
      "_acme-challenge.a.test",
      {Txt({"stale"}), Txt({Digest().substr(0, 20), Digest().substr(20)}), Txt({"other"})});
  CHECK(world.Run(SubjectFor("a.test")).corroborated());
  // Strings of two records are not.
  world.SetTxt("_acme-challenge.a.test",
               {Txt({Digest().substr(0, 20)}), Txt({Digest().substr(20)})});
  CHECK_FALSE(world.Run(SubjectFor("a.test")).corroborated());
}

TEST_CASE("a wildcard's record stands at the same name", "[VAL-42]") {
  World world;
  world.SetTxt("_acme-challenge.a.test", {Txt({"of a.test itself"}), Txt({Digest()})});
  v1::Subject subject = SubjectFor("a.test");
  subject.set_wildcard(true);
  CHECK(world.Run(subject).corroborated());
}

TEST_CASE("neither the parent's record nor the name's own proves it", "[VAL-03][VAL-06]") {
  World world;
  world.SetTxt("_acme-challenge.test", {Txt({Digest()})});
  world.SetTxt("a.test", {Txt({Digest()})});
  world.SetTxt("_acme-challenge.www.a.test", {Txt({Digest()})});
  CHECK(world.ReasonOf(SubjectFor("a.test")) == Reason::kDns);
}

TEST_CASE("an alias of the name itself moves nothing", "[VAL-05]") {
  World world;
  world.dns.Set("a.test", dns::Type::kTxt, {.rcode = dns::kNoError, .aliases = {"b.test"}});
  world.SetTxt("_acme-challenge.b.test", {Txt({Digest()})});
  v1::Subject subject = SubjectFor("a.test");
  subject.set_wildcard(GENERATE(false, true));
  CHECK(world.ReasonOf(subject) == Reason::kDns);
  CHECK(world.dns.questions() ==
        std::vector<dns::Question>{{"_acme-challenge.a.test", dns::Type::kTxt}});
}

TEST_CASE("the label's alias is followed, and kept in the receipt", "[VAL-40]") {
  World world;
  dns::Answer answer{.rcode = dns::kNoError,
                     .records = {Txt({Digest()})},
                     .aliases = {"a.acme.example.test"},
                     .dnssec = dns::Dnssec::kSecure,
                     .ttl = absl::Seconds(1),
                     .why = ""};
  world.dns.Set("_acme-challenge.a.test", dns::Type::kTxt, answer);
  const Control control = world.Run(SubjectFor("a.test"));
  CHECK(control.corroborated());
  REQUIRE(control.lookup().aliases_size() == 1);
  CHECK(control.lookup().aliases(0) == "a.acme.example.test");
}

TEST_CASE("no answer, a bogus one, and none of the type are told apart", "[VAL-20][DNSSEC-04]") {
  World world;
  world.dns.Fail("_acme-challenge.a.test", dns::Type::kTxt);
  CHECK(world.ReasonOf(SubjectFor("a.test")) == Reason::kDns);
  world.SetTxt("_acme-challenge.b.test", {Txt({Digest()})});
  world.dns.MakeBogus("_acme-challenge.b.test", dns::Type::kTxt);
  CHECK(world.ReasonOf(SubjectFor("b.test")) == Reason::kDns);
  CHECK(world.Run(SubjectFor("b.test")).problem().detail().find("DNSSEC") != std::string::npos);
  world.SetTxt("_acme-challenge.c.test", {});
  CHECK(world.ReasonOf(SubjectFor("c.test")) == Reason::kUnauthorized);
  // RDATA that is no sequence of strings is as if it were not there.
  world.SetTxt("_acme-challenge.d.test", {std::string("\x05"
                                                      "ab",
                                                      3)});
  CHECK(world.ReasonOf(SubjectFor("d.test")) == Reason::kUnauthorized);
}

TEST_CASE("a problem says where what was expected, and what was found", "[VAL-30]") {
  World world;
  std::vector<std::string> records;
  for (int i = 0; i < 50; ++i) records.push_back(Txt({std::string(200, 'x') + "\x01"}));
  world.SetTxt("_acme-challenge.a.test", records);
  const Control control = world.Run(SubjectFor("a.test"));
  const std::string& detail = control.problem().detail();
  CAPTURE(detail);
  CHECK(detail.starts_with(base::Cat("Expected a TXT record \"", Digest(),
                                     "\" at _acme-challenge.a.test; found: \"xxx")));
  CHECK(detail.find("and 47 more") != std::string::npos);
  CHECK(detail.size() < 500);
  CHECK(control.lookup().records_size() == 10);
}

TEST_CASE("where there is no record, a problem says what is missing, and in which zone",
          "[VAL-20]") {
  World world;
  const std::string expected =
      base::Cat("Expected a TXT record \"", Digest(), "\" at _acme-challenge.a.test");
  CHECK(world.Run(SubjectFor("a.test")).problem().detail() ==
        expected + "; there is no such name (NXDOMAIN)");
  world.SetTxt("_acme-challenge.a.test", {});
  CHECK(world.Run(SubjectFor("a.test")).problem().detail() ==
        expected + "; the name has no TXT records");
  world.dns.Set(
      "_acme-challenge.a.test", dns::Type::kTxt,
      {.rcode = dns::kNoError, .records = {Txt({"old"})}, .aliases = {"b.test", "c.test"}});
  CHECK(world.Run(SubjectFor("a.test")).problem().detail() ==
        expected + " (an alias of c.test); found: \"old\"");
}

TEST_CASE("dns-account-01 looks at a label that names the account", "[VAL-54][VAL-55][VAL-56]") {
  // The draft's own vector.
  v1::Subject subject = SubjectFor("example.org", "dns-account-01");
  subject.set_account_uri("https://example.com/acme/acct/ExampleAccount");
  const std::string name = ValidateDns01::RecordName(subject);
  CHECK(name == "_ujmmovf2vn55tgye._acme-challenge.example.org");

  World world;
  world.SetTxt(name, {Txt({Digest()})});
  CHECK(world.Run(subject).corroborated());
  // Another account's label is another name.
  subject.set_account_uri("https://example.com/acme/acct/Other");
  CHECK(world.ReasonOf(subject) == Reason::kDns);
  // And dns-01's record is not its record.
  World other;
  other.SetTxt("_acme-challenge.example.org", {Txt({Digest()})});
  CHECK(other.ReasonOf(subject) == Reason::kDns);
}

TEST_CASE("the first question is the one that is asked") {
  World world;
  const v1::Subject subject = SubjectFor("a.test");
  world.Run(subject);
  CHECK(world.dns.questions() == ValidateDns01().FirstQuestions(subject));
}

}  // namespace
}  // namespace cairn::va
