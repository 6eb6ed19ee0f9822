// RFC 8555 section 7 (certificate management), over HTTP.

#include <catch2/catch.hpp>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/wfe/conformance/world.h"

namespace cairn::wfe {
namespace {

using errors::Reason;

constexpr char kNewOrder[] = "/acme/new-order";
constexpr char kTwoNames[] =
    R"({"identifiers":[{"type":"dns","value":"A.test"},{"type":"dns","value":"b.test"}]})";

// An account with an order for two names.
struct Ordered {
  Ordered() : subscriber(world) {
    REQUIRE(subscriber.Register().status == 201);
    const Reply reply = subscriber.Post(kNewOrder, kTwoNames);
    REQUIRE(reply.status == 201);
    url = reply.Header("location");
    finalize = reply.Text("finalize");
    const acme::Json json = reply.Json();
    for (const auto& item : json.Find("authorizations")->items()) {
      authorizations.push_back(item.string());
    }
    id = std::stoull(url.substr(url.rfind('/') + 1), nullptr, 16);
  }
  std::string Status() const { return subscriber.Fetch(url).Text("status"); }
  void Validate() {
    REQUIRE(world.ra.FinishValidation(id, 0));
    REQUIRE(world.ra.FinishValidation(id, 1));
  }
  Reply Finalize() const {
    return subscriber.Post(Subscriber::PathOf(finalize), R"({"csr":"AQID"})");
  }

  World world;
  Subscriber subscriber;
  std::string url;
  std::string finalize;
  std::vector<std::string> authorizations;
  uint64_t id = 0;
};

bool IsTime(const std::string& text) {
  static const std::regex form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)");
  return std::regex_match(text, form);
}

TEST_CASE("a new key gets a new account", "[ACCT-01][ACCT-04]") {
  World world;
  Subscriber subscriber(world);
  const Reply reply = subscriber.Register(
      R"({"termsOfServiceAgreed":true,"contact":["mailto:a@example.com"],"foo":1,"orders":"x",
          "status":"revoked"})");
  CHECK(reply.status == 201);
  CHECK(reply.Header("location").starts_with("https://acme.test/acme/account/"));
  CHECK(reply.Text("status") == "valid");
  const acme::Json json = reply.Json();
  CHECK(json.Find("contact")->items().at(0).string() == "mailto:a@example.com");
  CHECK(json.Find("foo") == nullptr);
  CHECK(json.Find("orders") == nullptr);
  CHECK(json.Find("onlyReturnExisting") == nullptr);
  CHECK(reply.HasLink("https://acme.test/directory", "index"));
}

TEST_CASE("a known key gets its account as it is", "[ACCT-02][ACME-048]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const std::string kid = subscriber.kid();
  const Reply again =
      subscriber.Register(R"({"termsOfServiceAgreed":true,"contact":["mailto:b@example.com"]})");
  CHECK(again.status == 200);
  CHECK(again.Header("location") == kid);
  CHECK(again.Json().Find("contact") == nullptr);
  CHECK(subscriber.Register(R"({"onlyReturnExisting":true})").Header("location") == kid);
}

TEST_CASE("onlyReturnExisting creates nothing", "[ACCT-03]") {
  World world;
  Subscriber subscriber(world);
  const Reply reply = subscriber.Register(R"({"onlyReturnExisting":true})");
  CHECK(reply.status == 400);
  CHECK(reply.Problem() == "accountDoesNotExist");
}

TEST_CASE("the terms must be agreed to", "[ACCT-05]") {
  World world;
  Subscriber subscriber(world);
  const std::string payload = GENERATE("{}", R"({"termsOfServiceAgreed":false})");
  const Reply reply = subscriber.Register(payload);
  CHECK(reply.status == 403);
  CHECK(reply.Problem() == "userActionRequired");
}

TEST_CASE("newAccount payloads of another form are malformed", "[ACCT-05][ACCT-08]") {
  World world;
  Subscriber subscriber(world);
  const std::string payload =
      GENERATE("", "[]", "x", R"({"contact":"mailto:a@example.com"})", R"({"contact":[1]})",
               R"({"termsOfServiceAgreed":"yes"})", R"({"onlyReturnExisting":1})",
               R"({"contact":[],"contact":[]})");
  INFO(payload);
  const Reply reply = subscriber.Register(payload);
  CHECK(reply.status == 400);
  CHECK(reply.Problem() == "malformed");
  CHECK(world.ra.calls("NewAccount") == 0);
}

TEST_CASE("an account is read, changed and deactivated by its owner",
          "[ACCT-11][ACCT-12][ACCT-14][ACME-044]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const std::string path = Subscriber::PathOf(subscriber.kid());
  CHECK(subscriber.Fetch(subscriber.kid()).Text("status") == "valid");
  const Reply changed = subscriber.Post(
      path, R"({"contact":["mailto:a@example.com"],"termsOfServiceAgreed":false,"orders":"x"})");
  CHECK(changed.status == 200);
  CHECK(changed.Json().Find("contact")->items().size() == 1);
  CHECK(subscriber.Post(path, "{}").Json().Find("contact") != nullptr);
  CHECK(subscriber.Post(path, R"({"contact":[]})").Json().Find("contact") == nullptr);
  for (const std::string status : {R"("revoked")", R"("")", "1", "null"}) {
    INFO(status);
    CHECK(subscriber.Post(path, base::Cat(R"({"status":)", status, "}")).Problem() == "malformed");
  }
  const Reply gone = subscriber.Post(path, R"({"status":"deactivated"})");
  CHECK(gone.status == 200);
  CHECK(gone.Text("status") == "deactivated");
  for (const Reply& reply :
       {subscriber.Fetch(subscriber.kid()), subscriber.Post(path, R"({"status":"valid"})"),
        subscriber.Post(kNewOrder, kTwoNames), subscriber.Register()}) {
    CHECK(reply.status == 401);
    CHECK(reply.Problem() == "unauthorized");
  }
}

TEST_CASE("an account that ended elsewhere ends here at once", "[ACCT-14]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  REQUIRE(subscriber.Post(kNewOrder, kTwoNames).status == 201);  // now the key is cached
  // Another replica deactivates: the RA is asked behind this one's back.
  ra::v1::UpdateAccountRequest update;
  const std::string id = subscriber.kid().substr(subscriber.kid().rfind('/') + 1);
  update.mutable_account()->set_account_id(*base::FromBase64Url(id));
  update.mutable_account()->set_thumbprint(subscriber.jwk().thumbprint());
  update.set_deactivate(true);
  REQUIRE(world.ra.UpdateAccount({}, update).ok());
  const Reply reply = subscriber.Post(kNewOrder, kTwoNames);
  CHECK(reply.status == 401);
  CHECK(reply.Problem() == "unauthorized");
}

TEST_CASE("one account can't use the URL of another", "[ACCT-13][ACME-087]") {
  Ordered one;
  Subscriber other(one.world);
  REQUIRE(other.Register().status == 201);
  one.Validate();
  REQUIRE(one.Finalize().status == 200);
  REQUIRE(one.world.ra.FinishIssuance(one.id, std::string(16, '\x01'), "leaf", {"issuer"}));
  const std::string certificate = one.subscriber.Fetch(one.url).Text("certificate");
  CHECK(one.subscriber.Fetch(certificate).status == 200);
  for (const std::string& url : {one.subscriber.kid(), one.url, one.authorizations[0], certificate,
                                 one.authorizations[0].replace(
                                     one.authorizations[0].find("authorization"), 13, "challenge") +
                                     "/http-01"}) {
    INFO(url);
    const Reply reply = other.Fetch(url);
    CHECK(reply.status == 403);
    CHECK(reply.Problem() == "unauthorized");
  }
  CHECK(other.Post(Subscriber::PathOf(one.finalize), R"({"csr":"AQID"})").status == 403);
  CHECK(
      other.Post(Subscriber::PathOf(one.subscriber.kid()), R"({"status":"deactivated"})").status ==
      403);
}

TEST_CASE("newOrder answers 201 with the order", "[ACME-071][ACME-072][ACME-130]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const Reply reply = subscriber.Post(kNewOrder, kTwoNames);
  CHECK(reply.status == 201);
  const std::string url = reply.Header("location");
  CHECK(url.starts_with("https://acme.test/acme/order/"));
  CHECK(reply.Text("status") == "pending");
  CHECK(IsTime(reply.Text("expires")));
  CHECK(reply.Text("finalize") == url + "/finalize");
  const acme::Json json = reply.Json();
  REQUIRE(json.Find("identifiers")->items().size() == 2);
  CHECK(json.Find("identifiers")->items()[0].GetString("type") == "dns");
  CHECK(json.Find("identifiers")->items()[0].GetString("value") == "a.test");
  CHECK(json.Find("authorizations")->items().size() == 2);
  CHECK(json.Find("certificate") == nullptr);
  CHECK(json.Find("error") == nullptr);
  const Reply read = subscriber.Fetch(url);
  CHECK(read.status == 200);
  CHECK(read.body == reply.body);
  CHECK(read.Header("cache-control") == "public, max-age=0, no-cache");
}

TEST_CASE("newOrder payloads of another form are malformed", "[ACME-073][ACME-078]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const std::string payload = GENERATE(
      "", "{}", "[]", R"({"identifiers":{}})", R"({"identifiers":[]})",
      R"({"identifiers":["a.test"]})", R"({"identifiers":[{"type":"dns"}]})",
      R"({"identifiers":[{"value":"a.test"}]})", R"({"identifiers":[{"type":"dns","value":1}]})",
      R"({"identifiers":[{"type":"dns","value":"a.test"}],"notAfter":"2030-01-01T00:00:00Z"})",
      R"({"identifiers":[{"type":"dns","value":"a.test"}],"notBefore":null})",
      R"({"identifiers":[{"type":"dns","value":"a.test"}],"profile":1})");
  INFO(payload);
  const Reply reply = subscriber.Post(kNewOrder, payload);
  CHECK(reply.status == 400);
  CHECK(reply.Problem() == "malformed");
}

TEST_CASE("what the RA refuses comes out under its own name", "[ACME-066][ACME-074][ACME-075]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const auto [reason, type, status] = GENERATE(table<Reason, std::string, int>({
      {Reason::kUnsupportedIdentifier, "unsupportedIdentifier", 400},
      {Reason::kRejectedIdentifier, "rejectedIdentifier", 400},
      {Reason::kInvalidProfile, "invalidProfile", 400},
      {Reason::kRateLimited, "rateLimited", 429},
      {Reason::kUserActionRequired, "userActionRequired", 403},
  }));
  world.ra.FailNext("NewOrder", errors::Make(reason, "the reason"));
  const Reply reply = subscriber.Post(kNewOrder, kTwoNames);
  CHECK(reply.status == status);
  CHECK(reply.Problem() == type);
  CHECK(reply.Text("detail") == "the reason");
}

TEST_CASE("an authorization shows its challenges", "[ACME-090][ACME-092][ACME-102][VAL-65]") {
  Ordered ordered;
  const Reply reply = ordered.subscriber.Fetch(ordered.authorizations[1]);
  CHECK(reply.status == 200);
  CHECK(reply.Text("status") == "pending");
  CHECK(IsTime(reply.Text("expires")));
  const acme::Json json = reply.Json();
  CHECK(json.Find("identifier")->GetString("value") == "b.test");
  CHECK(json.Find("wildcard") == nullptr);
  REQUIRE(json.Find("challenges")->items().size() == 2);
  const acme::Json& persistent = json.Find("challenges")->items()[1];
  CHECK(persistent.GetString("type") == "dns-persist-01");
  CHECK(persistent.Find("token") == nullptr);
  CHECK(persistent.GetString("accounturi") == ordered.subscriber.kid());
  REQUIRE(persistent.Find("issuer-domain-names") != nullptr);
  CHECK(persistent.Find("issuer-domain-names")->items().at(0).string() == "acme.test");
  const acme::Json& challenge = json.Find("challenges")->items()[0];
  CHECK(challenge.GetString("type") == "http-01");
  CHECK(challenge.GetString("status") == "pending");
  CHECK(base::FromBase64Url(*challenge.GetString("token"))->size() == 16);
  CHECK(challenge.Find("validated") == nullptr);
  CHECK(challenge.Find("error") == nullptr);
}

std::string ChallengeUrl(const Ordered& ordered, size_t position) {
  const acme::Json json = ordered.subscriber.Fetch(ordered.authorizations[position]).Json();
  return std::string(*json.Find("challenges")->items().at(0).GetString("url"));
}

TEST_CASE("a new order's authorizations are read once without the SA, which has all news") {
  Ordered ordered;
  const auto asked = [&] { return ordered.world.ra.calls("GetAuthorization"); };
  CHECK(ordered.subscriber.Fetch(ordered.authorizations[0]).Text("status") == "pending");
  CHECK(asked() == 0);
  CHECK(ordered.subscriber.Fetch(ordered.authorizations[0]).Text("status") == "pending");
  CHECK(asked() == 1);

  SECTION("somebody else gets nothing, and takes nothing away", "[ACME-087]") {
    Subscriber other(ordered.world);
    REQUIRE(other.Register().status == 201);
    CHECK(other.Fetch(ordered.authorizations[1]).Problem() == "unauthorized");
    const int before = asked();
    CHECK(ordered.subscriber.Fetch(ordered.authorizations[1]).status == 200);
    CHECK(asked() == before);
  }
  SECTION("its challenge was answered") {
    const std::string first = ChallengeUrl(ordered, 0);
    std::string challenge = Subscriber::PathOf(first);
    const size_t position = challenge.rfind("/0/");
    REQUIRE(position != std::string::npos);
    challenge[position + 1] = '1';
    REQUIRE(ordered.subscriber.Post(challenge, "{}").status == 200);
    const int before = asked();
    CHECK(ordered.subscriber.Fetch(ordered.authorizations[1]).Header("retry-after") == "1");
    CHECK(asked() == before + 1);
  }
  SECTION("some time has gone by") {
    ordered.world.clock.Advance(absl::Seconds(10));
    CHECK(ordered.subscriber.Fetch(ordered.authorizations[1]).status == 200);
    CHECK(asked() == 2);
  }
}

TEST_CASE("a challenge is read with nothing and started with an object",
          "[ACME-016][ACME-046][ACME-096][ACME-097][ACME-099]") {
  Ordered ordered;
  const std::string url = ChallengeUrl(ordered, 0);
  const std::string path = Subscriber::PathOf(url);
  const Reply read = ordered.subscriber.Fetch(url);
  CHECK(read.status == 200);
  CHECK(read.Text("status") == "pending");
  CHECK(read.HasLink(ordered.authorizations[0], "up"));
  CHECK(ordered.world.ra.calls("StartValidation") == 0);
  CHECK(ordered.subscriber.Post(path, "[]").Problem() == "malformed");

  const Reply started = ordered.subscriber.Post(path, R"({"keyAuthorization":"x"})");
  CHECK(started.status == 200);
  CHECK(started.Text("status") == "processing");
  CHECK(started.HasLink(ordered.authorizations[0], "up"));
  CHECK(std::stoi(started.Header("retry-after")) >= 1);
  const Reply polled = ordered.subscriber.Fetch(ordered.authorizations[0]);
  CHECK(polled.Text("status") == "pending");
  CHECK(std::stoi(polled.Header("retry-after")) >= 1);

  // The other one waits, and is gone when this one is through (RFC 8555, 7.1.4).
  const acme::Json under_way = ordered.subscriber.Fetch(ordered.authorizations[0]).Json();
  CHECK(under_way.Find("challenges")->items().at(1).GetString("status") == "pending");
  REQUIRE(ordered.world.ra.FinishValidation(ordered.id, 0));
  CHECK(ordered.subscriber.Fetch(ordered.authorizations[0])
            .Json()
            .Find("challenges")
            ->items()
            .size() == 1);
  const Reply valid = ordered.subscriber.Post(path, "{}");
  CHECK(valid.status == 200);
  CHECK(valid.Text("status") == "valid");
  CHECK(IsTime(valid.Text("validated")));
  CHECK(valid.Header("retry-after").empty());
}

TEST_CASE("an order's error has a subproblem for each name that was refused",
          "[ACME-067][CAA-30]") {
  Ordered ordered;
  core::v1::Problem problem;
  problem.set_reason(static_cast<int>(Reason::kCaa));
  problem.set_detail("2 names");
  for (const bool wildcard : {false, true}) {
    core::v1::Subproblem& subproblem = *problem.add_subproblems();
    subproblem.set_reason(static_cast<int>(wildcard ? Reason::kDns : Reason::kCaa));
    subproblem.set_detail("no");
    subproblem.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subproblem.mutable_identifier()->set_value("a.test");
    subproblem.set_wildcard(wildcard);
  }
  REQUIRE(ordered.world.ra.FinishValidation(ordered.id, 0, problem));
  const acme::Json order = ordered.subscriber.Fetch(ordered.url).Json();
  const acme::Json& error = *order.Find("error");
  CHECK(error.GetString("type") == "urn:ietf:params:acme:error:caa");
  const auto& subproblems = error.Find("subproblems")->items();
  REQUIRE(subproblems.size() == 2);
  CHECK(subproblems[0].GetString("type") == "urn:ietf:params:acme:error:caa");
  CHECK(subproblems[0].Find("identifier")->GetString("value") == "a.test");
  CHECK(subproblems[1].GetString("type") == "urn:ietf:params:acme:error:dns");
  CHECK(subproblems[1].GetString("detail") == "no");
  CHECK(subproblems[1].Find("identifier")->GetString("type") == "dns");
  CHECK(subproblems[1].Find("identifier")->GetString("value") == "*.a.test");
}

TEST_CASE("a failed challenge stays visible, with its error", "[ACME-094][ACME-095][ACME-104]") {
  Ordered ordered;
  CHECK(ordered.subscriber.Fetch(ordered.authorizations[0]).Text("status") == "pending");
  core::v1::Problem problem;
  problem.set_reason(static_cast<int>(Reason::kIncorrectResponse));
  problem.set_detail("the wrong file");
  REQUIRE(ordered.world.ra.FinishValidation(ordered.id, 0, problem));
  const Reply authorization = ordered.subscriber.Fetch(ordered.authorizations[0]);
  CHECK(authorization.Text("status") == "invalid");
  const acme::Json json = authorization.Json();
  const acme::Json& challenge = json.Find("challenges")->items().at(0);
  CHECK(challenge.GetString("status") == "invalid");
  REQUIRE(challenge.Find("error") != nullptr);
  CHECK(challenge.Find("error")->GetString("type") ==
        "urn:ietf:params:acme:error:incorrectResponse");
  CHECK(challenge.Find("error")->GetString("detail") == "the wrong file");
  const Reply again = ordered.subscriber.Post(Subscriber::PathOf(ChallengeUrl(ordered, 0)), "{}");
  CHECK(again.status == 400);
  CHECK(again.Problem() == "malformed");
  const Reply order = ordered.subscriber.Fetch(ordered.url);
  CHECK(order.Text("status") == "invalid");
  CHECK(order.Json().Find("error") != nullptr);
}

TEST_CASE("what is not offered is not there", "[ACME-100]") {
  Ordered ordered;
  const std::string path = Subscriber::PathOf(ChallengeUrl(ordered, 0));
  const std::string dns = path.substr(0, path.rfind('/')) + "/dns-01";
  CHECK(ordered.subscriber.Post(dns, "{}").status == 404);
  const Reply deactivate = ordered.subscriber.Post(Subscriber::PathOf(ordered.authorizations[0]),
                                                   R"({"status":"deactivated"})");
  CHECK(deactivate.status == 400);
  CHECK(deactivate.Problem() == "malformed");
  for (const std::string unknown :
       {"/acme/order/ab", "/acme/order/00000000000000AB", "/acme/order/00000000000000ab/finalize/",
        "/acme/authorization/00000000000000ab", "/acme/authorization/00000000000000ab/01",
        "/acme/certificate/ab", "/acme/order/ffffffffffffffff"}) {
    INFO(unknown);
    const Reply reply = ordered.subscriber.Post(unknown, "");
    CHECK(reply.status == 404);
    CHECK(reply.Problem() == "malformed");
  }
}

TEST_CASE("an order is finalized when it is ready, and not before or again",
          "[ACME-106][ACME-113][ACME-114]") {
  Ordered ordered;
  const Reply early = ordered.Finalize();
  CHECK(early.status == 403);
  CHECK(early.Problem() == "orderNotReady");
  ordered.Validate();
  CHECK(ordered.Status() == "ready");
  const Reply finalized = ordered.Finalize();
  CHECK(finalized.status == 200);
  CHECK(finalized.Header("location") == ordered.url);
  CHECK(finalized.Text("status") == "processing");
  CHECK(std::stoi(finalized.Header("retry-after")) >= 1);
  CHECK(std::stoi(ordered.subscriber.Fetch(ordered.url).Header("retry-after")) >= 1);
  CHECK(ordered.Finalize().Problem() == "orderNotReady");
}

TEST_CASE("the RA gets the finalize request octet by octet as it came", "[ACME-042][ACME-107]") {
  Ordered ordered;
  ordered.Validate();
  const std::string path = Subscriber::PathOf(ordered.finalize);
  // White space around the JWS is no reason to change it.
  const std::string body = " " + ordered.subscriber.Sign(path, R"({ "csr":"AQID", "x":1 })") + "\n";
  REQUIRE(ordered.world.Post(path, body).status == 200);
  const auto request = ordered.world.ra.last_finalize();
  REQUIRE(request.has_value());
  CHECK(request->finalize_jws() == body);
  CHECK(request->csr() == "\x01\x02\x03");
  CHECK(request->order_id() == ordered.id);
  CHECK(request->account().thumbprint() == ordered.subscriber.jwk().thumbprint());
}

TEST_CASE("finalize payloads of another form are malformed", "[ACME-006][ACME-107]") {
  Ordered ordered;
  ordered.Validate();
  const std::string payload =
      GENERATE("", "{}", "[]", R"({"csr":1})", R"({"csr":"AQI="})", R"({"csr":"AQ+/"})",
               R"({"csr":"-----BEGIN CERTIFICATE REQUEST-----"})");
  INFO(payload);
  const Reply reply = ordered.subscriber.Post(Subscriber::PathOf(ordered.finalize), payload);
  CHECK(reply.status == 400);
  CHECK(reply.Problem() == "malformed");
  CHECK(ordered.world.ra.calls("FinalizeOrder") == 0);
  CHECK(ordered.Status() == "ready");
}

TEST_CASE("a refused CSR leaves the order ready", "[ACME-108][ACME-112]") {
  Ordered ordered;
  ordered.Validate();
  ordered.world.ra.FailNext("FinalizeOrder", errors::Make(Reason::kBadCsr, "a name is missing"));
  const Reply refused = ordered.Finalize();
  CHECK(refused.status == 400);
  CHECK(refused.Problem() == "badCSR");
  CHECK(ordered.Finalize().status == 200);
}

TEST_CASE("a failed issuance shows in the order", "[ACME-068][ACME-114]") {
  Ordered ordered;
  ordered.Validate();
  REQUIRE(ordered.Finalize().status == 200);
  core::v1::Problem problem;
  problem.set_reason(static_cast<int>(Reason::kEvidenceStale));
  problem.set_detail("receipt 3 of remote-2");
  REQUIRE(ordered.world.ra.FailIssuance(ordered.id, problem));
  const Reply order = ordered.subscriber.Fetch(ordered.url);
  CHECK(order.Text("status") == "invalid");
  const acme::Json json = order.Json();
  CHECK(json.Find("error")->GetString("type") == "urn:ietf:params:acme:error:serverInternal");
  CHECK(order.body.find("remote-2") == std::string::npos);
  CHECK(json.Find("certificate") == nullptr);
}

TEST_CASE("the certificate is a PEM chain, leaf first",
          "[ACME-045][ACME-072][ACME-116][ACME-118]") {
  Ordered ordered;
  ordered.Validate();
  REQUIRE(ordered.Finalize().status == 200);
  const std::string leaf(100, 'L'), issuer(100, 'I');
  REQUIRE(ordered.world.ra.FinishIssuance(ordered.id, std::string(16, '\x01'), leaf, {issuer}));
  const Reply order = ordered.subscriber.Fetch(ordered.url);
  CHECK(order.Text("status") == "valid");
  CHECK(IsTime(order.Text("expires")));
  const std::string url = order.Text("certificate");
  CHECK(url == "https://acme.test/acme/certificate/01010101010101010101010101010101");
  const Reply certificate = ordered.subscriber.Fetch(url);
  CHECK(certificate.status == 200);
  CHECK(certificate.Header("content-type") == "application/pem-certificate-chain");
  CHECK(certificate.body == base::ToPem("CERTIFICATE", leaf) + base::ToPem("CERTIFICATE", issuer));
  // The order's answer brought it along: the SA was not asked again.
  CHECK(ordered.world.ra.calls("GetCertificate") == 0);
  CHECK(ordered.subscriber.Post(Subscriber::PathOf(url), "{}").Problem() == "malformed");
  CHECK(ordered.subscriber.Post("/acme/certificate/02020202020202020202020202020202", "").status ==
        404);
}

TEST_CASE("a certificate that this replica never saw comes from the SA", "[ACME-116]") {
  Ordered ordered;
  ordered.Validate();
  REQUIRE(ordered.Finalize().status == 200);
  REQUIRE(ordered.world.ra.FinishIssuance(ordered.id, std::string(16, '\x03'), "leaf", {"issuer"}));
  const Reply certificate =
      ordered.subscriber.Post("/acme/certificate/03030303030303030303030303030303", "");
  CHECK(certificate.status == 200);
  CHECK(certificate.body ==
        base::ToPem("CERTIFICATE", "leaf") + base::ToPem("CERTIFICATE", "issuer"));
  CHECK(ordered.world.ra.calls("GetCertificate") == 1);
}

TEST_CASE("a finalize request whose issuance ends in time is answered with the certificate",
          "[ACME-113][ACME-116]") {
  Ordered ordered;
  ordered.Validate();
  ordered.world.ra.WhileWaited([&] {
    CHECK(ordered.world.ra.FinishIssuance(ordered.id, std::string(16, '\x04'), "leaf", {"issuer"}));
  });
  const Reply finalized = ordered.Finalize();
  CHECK(finalized.status == 200);
  CHECK(finalized.Header("location") == ordered.url);
  CHECK(finalized.Header("retry-after").empty());
  CHECK(finalized.Text("status") == "valid");
  const Reply certificate = ordered.subscriber.Fetch(finalized.Text("certificate"));
  CHECK(certificate.body ==
        base::ToPem("CERTIFICATE", "leaf") + base::ToPem("CERTIFICATE", "issuer"));
  CHECK(ordered.world.ra.calls("GetOrder") == 0);
  CHECK(ordered.world.ra.calls("GetCertificate") == 0);
}

TEST_CASE("a finalize request whose issuance fails in time is answered with the error",
          "[ACME-113][ACME-114]") {
  Ordered ordered;
  ordered.Validate();
  core::v1::Problem problem;
  problem.set_reason(static_cast<int>(Reason::kCaa));
  problem.set_detail("a.test forbids it");
  ordered.world.ra.WhileWaited([&] { CHECK(ordered.world.ra.FailIssuance(ordered.id, problem)); });
  const Reply finalized = ordered.Finalize();
  CHECK(finalized.status == 200);
  CHECK(finalized.Header("retry-after").empty());
  CHECK(finalized.Text("status") == "invalid");
  CHECK(finalized.Json().Find("error")->GetString("type") == "urn:ietf:params:acme:error:caa");
}

TEST_CASE("a challenge whose validation ends in time is answered with how it ended",
          "[ACME-094][ACME-095][ACME-096]") {
  Ordered ordered;
  const bool valid = GENERATE(true, false);
  const std::string url = ChallengeUrl(ordered, 0);
  std::optional<core::v1::Problem> problem;
  if (!valid) {
    problem.emplace().set_reason(static_cast<int>(Reason::kIncorrectResponse));
    problem->set_detail("the wrong file");
  }
  ordered.world.ra.WhileWaited(
      [&] { CHECK(ordered.world.ra.FinishValidation(ordered.id, 0, problem)); });
  const Reply answered = ordered.subscriber.Post(Subscriber::PathOf(url), "{}");
  CHECK(answered.status == 200);
  CHECK(answered.Header("retry-after").empty());
  CHECK(answered.HasLink(ordered.authorizations[0], "up"));
  CHECK(answered.Text("status") == (valid ? "valid" : "invalid"));
  const acme::Json json = answered.Json();
  CHECK((json.Find("validated") != nullptr) == valid);
  CHECK((json.Find("error") != nullptr) == !valid);
}

TEST_CASE("an answer of the RA that got lost is found at the SA") {
  Ordered ordered;
  const Reason reason = GENERATE(Reason::kUnavailable, Reason::kDeadlineExceeded);
  const absl::Status lost = errors::Make(reason, "gone");
  const std::string challenge = Subscriber::PathOf(ChallengeUrl(ordered, 0));
  SECTION("of a challenge that was begun") {
    ordered.world.ra.FailNext("StartValidation", lost, /*but_done=*/true);
    const Reply answered = ordered.subscriber.Post(challenge, "{}");
    CHECK(answered.status == 200);
    CHECK(answered.Text("status") == "processing");
    CHECK(std::stoi(answered.Header("retry-after")) >= 1);
  }
  SECTION("of a challenge that was not") {
    ordered.world.ra.FailNext("StartValidation", lost);
    CHECK(ordered.subscriber.Post(challenge, "{}").status == 503);
  }
  SECTION("of a finalize request that was begun") {
    ordered.Validate();
    ordered.world.ra.FailNext("FinalizeOrder", lost, /*but_done=*/true);
    const Reply finalized = ordered.Finalize();
    CHECK(finalized.status == 200);
    CHECK(finalized.Header("location") == ordered.url);
    CHECK(finalized.Text("status") == "processing");
  }
  SECTION("of a finalize request that was not") {
    ordered.Validate();
    ordered.world.ra.FailNext("FinalizeOrder", lost);
    CHECK(ordered.Finalize().status == 503);
    CHECK(ordered.Status() == "ready");
  }
  SECTION("and the SA is not to be had either") {
    ordered.Validate();
    ordered.world.ra.FailNext("FinalizeOrder", lost, /*but_done=*/true);
    ordered.world.ra.FailNext("GetOrder", errors::Make(Reason::kUnavailable, "gone too"));
    CHECK(ordered.Finalize().status == 503);
  }
}

}  // namespace
}  // namespace cairn::wfe
