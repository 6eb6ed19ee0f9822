// A name server that gives another address each time it is asked, to have a check
// see one and the connection go to another.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/dns/prefetch.h"
#include "libs/dns/resolver.h"
#include "services/va/core/fake_web.h"
#include "services/va/core/validate_http01.h"

namespace cairn::va {
namespace {

using errors::Reason;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');
const std::string kKeyAuthorization =
    base::ToBase64Url(kToken) + "." + base::ToBase64Url(kThumbprint);
const std::string kPath = "/.well-known/acme-challenge/" + base::ToBase64Url(kToken);
constexpr char kPublic[] = "93.184.216.34";
constexpr char kPrivate[] = "10.0.0.1";

// The n-th question for a name's A records gets the n-th of its addresses, and
// those after the last one get the last.
class ChangingResolver final : public dns::Resolver {
 public:
  explicit ChangingResolver(std::map<std::string, std::vector<std::string>> names)
      : names_(std::move(names)) {}

  std::vector<dns::Answer> ResolveAll(const base::Call&,
                                      std::span<const dns::Question> questions) override {
    std::vector<dns::Answer> answers;
    for (const dns::Question& question : questions) {
      dns::Answer answer{.rcode = dns::kNoError, .dnssec = dns::Dnssec::kInsecure};
      if (question.type == dns::Type::kA) {
        const std::vector<std::string>& addresses = names_.at(question.name);
        const size_t turn = std::min(asked[question.name]++, addresses.size() - 1);
        answer.records.emplace_back(base::IpAddress::Parse(addresses[turn]).value().bytes());
      }
      answers.push_back(answer);
    }
    return answers;
  }

  std::map<std::string, size_t> asked;

 private:
  const std::map<std::string, std::vector<std::string>> names_;
};

class World {
 public:
  explicit World(std::map<std::string, std::vector<std::string>> names)
      : dns(std::move(names)), attempt(dns) {
    // Inside, there is somebody who would say yes.
    for (const char* address : {kPublic, kPrivate}) {
      web.Serve(std::string(address) + ":80", "",
                {.status = 200, .body = kKeyAuthorization, .whole = true});
    }
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value("a.test");
    subject.set_account_thumbprint(kThumbprint);
    subject.set_method("http-01");
    subject.set_token(kToken);
  }
  evidence::v1::Control Run(dns::Resolver& resolver) { return http01.Run({}, resolver, subject); }
  std::vector<std::string> Dialled() const {
    std::vector<std::string> dialled;
    for (const auto& request : web.requests()) dialled.push_back(request.address.ToText());
    return dialled;
  }

  ChangingResolver dns;
  dns::Prefetch attempt;
  FakeWeb web;
  policy::AddressRules addresses{{}};
  ValidateHttp01 http01{{}, addresses, web};
  v1::Subject subject;
};

TEST_CASE("the address that was checked is dialled: there is no second lookup", "[VAL-29]") {
  World world({{"a.test", {kPublic, kPrivate}}});
  CHECK(world.Run(world.dns).corroborated());
  CHECK(world.dns.asked["a.test"] == 1);
  CHECK(world.Dialled() == std::vector<std::string>{kPublic});
}

TEST_CASE("a name that is inside when it is looked up is not contacted, whatever it becomes",
          "[VAL-29]") {
  World world({{"a.test", {kPrivate, kPublic}}});
  const auto control = world.Run(world.dns);
  CHECK_FALSE(control.corroborated());
  CHECK(control.problem().reason() == static_cast<int>(Reason::kConnection));
  CHECK(world.Dialled().empty());
}

TEST_CASE("each hop of a redirect is checked by itself", "[VAL-29]") {
  World world({{"a.test", {kPublic}}, {"b.test", {kPrivate}}});
  world.web.Redirect("93.184.216.34:80", "http://a.test" + kPath, "http://b.test" + kPath);
  const auto control = world.Run(world.dns);
  CHECK_FALSE(control.corroborated());
  CHECK(control.problem().detail().find("never contacted") != std::string::npos);
  REQUIRE(control.hops_size() == 2);
  CHECK(control.hops(1).dialled().empty());
  CHECK(world.Dialled() == std::vector<std::string>{kPublic});
}

TEST_CASE("a redirect back to the same host does not reach what its name has become", "[VAL-29]") {
  World world({{"a.test", {kPublic, kPrivate}}});
  world.web.Redirect("93.184.216.34:80", "http://a.test" + kPath, "http://a.test/again");
  SECTION("with a look's memory of DNS it is where it was") {
    CHECK(world.Run(world.attempt).corroborated());
    CHECK(world.dns.asked["a.test"] == 1);
    CHECK(world.Dialled() == std::vector<std::string>{kPublic, kPublic});
  }
  SECTION("without it the new address is checked, too") {
    CHECK_FALSE(world.Run(world.dns).corroborated());
    CHECK(world.dns.asked["a.test"] == 2);
    CHECK(world.Dialled() == std::vector<std::string>{kPublic});
  }
}

}  // namespace
}  // namespace cairn::va
