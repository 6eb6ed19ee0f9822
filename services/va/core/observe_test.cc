#include "services/va/core/observe.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/dns/fake_resolver.h"
#include "libs/evidence/receipt.h"
#include "libs/policy/addresses.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/va/core/fake_web.h"
#include "services/va/core/validate_http01.h"

namespace cairn::va {
namespace {

using errors::Reason;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');

v1::ObserveRequest Request(const std::vector<std::string>& names, const std::string& token) {
  v1::ObserveRequest request;
  request.set_attempt_id(std::string(16, 'i'));
  for (const std::string& name : names) {
    v1::Subject* subject = request.add_subjects();
    subject->mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject->mutable_identifier()->set_value(name);
    subject->set_account_uri("https://ca.test/acme/account/a");
    subject->set_account_thumbprint(kThumbprint);
    subject->set_method("http-01");
    subject->set_token(token);
    subject->set_caa_only(token.empty());
  }
  return request;
}

class World {
 public:
  World() {
    dns.SetAddresses("a.test", {"93.184.216.34"});
    web.Serve("93.184.216.34:80", "",
              {.status = 200,
               .body = base::ToBase64Url(kToken) + "." + base::ToBase64Url(kThumbprint),
               .whole = true});
  }
  evidence::v1::Receipt Open(const absl::StatusOr<v1::ObserveResponse>& response, int i) {
    REQUIRE_OK(response);
    auto receipt = evidence::OpenReceipt(key.public_key(), response->receipts(i));
    REQUIRE_OK(receipt);
    return *receipt;
  }

  testing::FakeClock clock{absl::FromUnixSeconds(1'800'000'000)};
  crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  dns::FakeResolver dns;
  FakeWeb web;
  policy::AddressRules addresses{{}};
  ValidateHttp01 http01{{}, addresses, web};
  CheckCaa check_caa{{"ca.test"}};
  Observe observe{{.perspective_id = "eu-1",
                   .rir = evidence::v1::Receipt::RIR_RIPE_NCC,
                   .software_version = "1.2.3",
                   .resolver = "fake 1"},
                  key,
                  dns,
                  {{"http-01", &http01}},
                  check_caa,
                  clock};
};

TEST_CASE("a look is signed with all that it was about", "[MPIC-08][MPIC-20][VAL-15][VAL-16]") {
  World world;
  const auto receipt = world.Open(world.observe.Run({}, Request({"a.test"}, kToken)), 0);
  CHECK(receipt.version() == 1);
  CHECK(receipt.perspective_id() == "eu-1");
  CHECK(receipt.rir() == evidence::v1::Receipt::RIR_RIPE_NCC);
  CHECK(receipt.account_uri() == "https://ca.test/acme/account/a");
  CHECK(receipt.account_thumbprint() == kThumbprint);
  CHECK(receipt.identifier().value() == "a.test");
  CHECK(receipt.attempt_id() == std::string(16, 'i'));
  CHECK(receipt.observed_at() == 1'800'000'000);
  CHECK(receipt.software_version() == "1.2.3");
  CHECK(receipt.control().corroborated());
  CHECK(receipt.caa().permits());
}

TEST_CASE("a receipt holds who looked names up, and its own look's answers",
          "[DNSSEC-07][LOG-13]") {
  World world;
  world.dns.MakeBogus("b.test", dns::Type::kCaa);
  const auto response = world.observe.Run({}, Request({"a.test", "b.test"}, kToken));
  const auto a = world.Open(response, 0);
  CHECK(a.resolver() == "fake 1");
  std::vector<std::string> asked;
  for (const auto& answer : a.dns()) {
    asked.push_back(answer.name() + " " + answer.type() + " " + answer.dnssec());
  }
  CHECK(asked == std::vector<std::string>{"a.test A insecure", "a.test AAAA insecure",
                                          "a.test CAA insecure", "test CAA insecure"});
  const auto b = world.Open(response, 1);
  CHECK_FALSE(b.caa().permits());
  const auto caa = std::find_if(b.dns().begin(), b.dns().end(), [](const auto& answer) {
    return answer.name() == "b.test" && answer.type() == "CAA";
  });
  REQUIRE(caa != b.dns().end());
  CHECK(caa->dnssec() == "bogus");
}

TEST_CASE("what is not found is signed, too") {
  World world;
  world.dns.AddCaa("a.test", "issue", "other.test");
  const auto receipt =
      world.Open(world.observe.Run({}, Request({"a.test"}, std::string(16, 'u'))), 0);
  CHECK_FALSE(receipt.control().corroborated());
  CHECK(receipt.control().problem().reason() == static_cast<int>(Reason::kIncorrectResponse));
  CHECK_FALSE(receipt.caa().permits());
}

TEST_CASE("a look at CAA alone sends no HTTP request, and asks shared parents once", "[CAA-35]") {
  World world;
  const auto response = world.observe.Run({}, Request({"x.a.test", "y.a.test"}, ""));
  for (int i = 0; i < 2; ++i) {
    const auto receipt = world.Open(response, i);
    CHECK_FALSE(receipt.has_control());
    CHECK(receipt.caa().permits());
  }
  CHECK(world.web.requests().empty());
  CHECK(world.dns.questions().size() == 4);  // x.a.test, y.a.test, a.test, test
}

TEST_CASE("nothing of one look serves the next", "[MPIC-07][MPIC-11][VAL-17][CAA-35]") {
  World world;
  CHECK_OK(world.observe.Run({}, Request({"a.test"}, kToken)));
  const size_t asked = world.dns.questions().size();
  CHECK(asked == 4);  // AAAA, A, CAA for a.test and test
  CHECK_OK(world.observe.Run({}, Request({"a.test"}, kToken)));
  CHECK(world.dns.questions().size() == 2 * asked);
  CHECK(world.web.requests().size() == 2);
}

TEST_CASE("an IP address has no CAA", "[CAA-01][VAL-37]") {
  World world;
  v1::ObserveRequest request = Request({"93.184.216.34"}, kToken);
  request.mutable_subjects(0)->mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
  const auto receipt = world.Open(world.observe.Run({}, request), 0);
  CHECK(receipt.control().corroborated());
  CHECK_FALSE(receipt.has_caa());
  CHECK(world.dns.questions().empty());
}

TEST_CASE("a request that makes no sense is refused", "[VAL-35][VAL-10]") {
  World world;
  const auto refused = [&](auto change) {
    v1::ObserveRequest request = Request({"a.test"}, kToken);
    change(request, *request.mutable_subjects(0));
    CHECK_REASON(world.observe.Run({}, request), Reason::kMalformed);
  };
  refused([](auto& request, auto&) { request.clear_subjects(); });
  refused([](auto& request, auto&) { request.set_attempt_id("short"); });
  refused([](auto&, auto& subject) { subject.clear_identifier(); });
  refused([](auto&, auto& subject) { subject.mutable_identifier()->set_value(""); });
  refused([](auto&, auto& subject) { subject.set_token("short"); });
  refused([](auto&, auto& subject) { subject.clear_token(); });
  refused([](auto&, auto& subject) { subject.set_caa_only(true); });  // with a token
  refused([](auto&, auto& subject) { subject.set_method("dns-00"); });
  // Known, but not looked at here.
  refused([](auto&, auto& subject) { subject.set_method("dns-01"); });
  refused([](auto&, auto& subject) { subject.set_wildcard(true); });
  refused([](auto&, auto& subject) { subject.set_account_thumbprint("short"); });
  refused([](auto&, auto& subject) { subject.clear_account_uri(); });
  refused([](auto&, auto& subject) {
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
  });
  CHECK(world.web.requests().empty());
}

}  // namespace
}  // namespace cairn::va
