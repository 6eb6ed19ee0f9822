// RFC 8555 section 6 (message transport), over HTTP.

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/wfe/conformance/world.h"

namespace cairn::wfe {
namespace {

constexpr char kNewOrder[] = "/acme/new-order";
constexpr char kNewAccount[] = "/acme/new-account";
constexpr char kOneName[] = R"({"identifiers":[{"type":"dns","value":"a.test"}]})";

std::string ReplacedOnce(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("the directory lists what there is and nothing else",
          "[ACME-059][ACME-060][ACME-061][ACME-062][ACME-015]") {
  const World world;
  const Reply reply = world.Get("/directory");
  CHECK(reply.status == 200);
  CHECK(reply.Header("content-type") == "application/json");
  CHECK(reply.Header("link").empty());
  CHECK(reply.Header("replay-nonce").empty());
  const acme::Json json = reply.Json();
  CHECK(json.names() == std::vector<std::string>{"newNonce", "newAccount", "newOrder", "meta"});
  CHECK(json.GetString("newNonce") == "https://acme.test/acme/new-nonce");
  CHECK(json.GetString("newAccount") == "https://acme.test/acme/new-account");
  CHECK(json.GetString("newOrder") == "https://acme.test/acme/new-order");
  const acme::Json& meta = *json.Find("meta");
  CHECK(meta.GetString("termsOfService") == "https://acme.test/terms");
  CHECK(meta.GetString("website") == "https://acme.test/");
  REQUIRE(meta.Find("caaIdentities") != nullptr);
  CHECK(meta.Find("caaIdentities")->items().at(0).string() == "acme.test");
  CHECK_FALSE(meta.Find("externalAccountRequired")->boolean());
}

TEST_CASE("newNonce answers HEAD with 200 and GET with 204", "[ACME-056][ACME-057][ACME-015]") {
  const World world;
  for (const auto& [method, status] :
       std::vector<std::pair<std::string, int>>{{"HEAD", 200}, {"GET", 204}}) {
    const Reply reply = world.Send(method, "/acme/new-nonce");
    CHECK(reply.status == status);
    CHECK(reply.body.empty());
    CHECK(reply.Header("cache-control") == "no-store");
    CHECK_FALSE(reply.Header("replay-nonce").empty());
    CHECK(reply.HasLink("https://acme.test/directory", "index"));
  }
}

TEST_CASE("every answer may be read by browsers", "[ACME-003][ACME-004]") {
  const World world;
  for (const std::string path : {"/directory", "/acme/new-nonce", "/acme/new-order", "/nothing"}) {
    const Reply reply = world.Get(path);
    CHECK(reply.Header("access-control-allow-origin") == "*");
    CHECK(reply.Header("access-control-expose-headers") ==
          "Link, Replay-Nonce, Location, Retry-After");
  }
  const Reply preflight = world.Send("OPTIONS", kNewOrder);
  CHECK(preflight.status == 204);
  CHECK(preflight.Header("access-control-allow-methods") == "POST");
  CHECK(preflight.Header("access-control-allow-headers") == "Content-Type");
}

TEST_CASE("other methods than a resource has are 405", "[ACME-010][ACME-011]") {
  const World world;
  for (const std::string path : {kNewOrder, kNewAccount, "/acme/order/00000000000000ab",
                                 "/acme/authorization/00000000000000ab/0",
                                 "/acme/certificate/01000000000000000000000000000000"}) {
    for (const std::string method : {"GET", "HEAD", "PUT", "DELETE"}) {
      INFO(method << " " << path);
      const Reply reply = world.Send(method, path);
      CHECK(reply.status == 405);
      CHECK(reply.Header("allow") == "POST");
      if (method != "HEAD") CHECK(reply.Problem() == "malformed");
    }
  }
  CHECK(world.Send("PUT", "/directory").Header("allow") == "GET, HEAD, POST");
}

TEST_CASE("an unknown path is a problem document with status 404", "[ACME-014][ACME-064]") {
  const World world;
  for (const std::string path : {"/", "/acme/zzz", "/acme/order/", "/directory/", "/DIRECTORY"}) {
    INFO(path);
    const Reply get = world.Get(path);
    CHECK(get.status == 404);
    CHECK(get.Problem() == "malformed");
    CHECK(world.Send("POST", path, "application/jose+json", "{}").status == 404);
  }
}

TEST_CASE("a POST is application/jose+json, however it is written", "[ACME-008][ACME-009]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  for (const std::string type :
       {"", "application/json", "text/plain", "application/jose", "application/jose+jsonx"}) {
    INFO(type);
    const Reply reply = world.Send("POST", kNewOrder, type, subscriber.Sign(kNewOrder, kOneName));
    CHECK(reply.status == 415);
    CHECK(reply.Problem() == "malformed");
  }
  CHECK(world
            .Send("POST", kNewOrder, "Application/Jose+JSON; charset=utf-8",
                  subscriber.Sign(kNewOrder, kOneName))
            .status == 201);
}

TEST_CASE("bodies that are no JWS are malformed, and change nothing",
          "[ACME-007][ACME-020][ACME-021][ACME-022][ACME-024][ACME-042]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const std::string good = subscriber.Sign(kNewOrder, kOneName);
  const auto [why, body] = GENERATE_COPY(table<const char*, std::string>({
      {"nothing", ""},
      {"no JSON", "hello"},
      {"not UTF-8", "\xff\xfe{}"},
      {"compact", "e30.e30.AAAA"},
      {"a header that is not protected", ReplacedOnce(good, "{", R"({"header":{},)")},
      {"several signatures", ReplacedOnce(good, "{", R"({"signatures":[],)")},
      {"without payload", ReplacedOnce(good, "payload", "pyaload")},
      {"deep", std::string(1000, '[')},
  }));
  INFO(why);
  const Reply reply = world.Post(kNewOrder, body);
  CHECK(reply.status == 400);
  CHECK(reply.Problem() == "malformed");
  CHECK_FALSE(reply.Header("replay-nonce").empty());
  CHECK(world.ra.calls("NewOrder") == 0);
}

TEST_CASE("a body over the limit is refused before it is read", "[ACME-012]") {
  const World world;
  const Reply reply = world.Raw(
      "POST /acme/new-order HTTP/1.1\r\nHost: x\r\nContent-Type: application/jose+json\r\n"
      "Content-Length: 1000000\r\n\r\n");
  CHECK(reply.status == 413);
  CHECK(reply.Problem() == "malformed");
}

TEST_CASE("the url must be the one that the request came to, to the letter", "[ACME-043]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  for (const std::string url :
       {"https://acme.test/acme/new-account", "https://ACME.test/acme/new-order",
        "http://acme.test/acme/new-order", "https://acme.test/acme/new-order/",
        "https://acme.test/acme/new-order?", "https://acme.test:443/acme/new-order",
        "/acme/new-order", "https://staging.acme.test/acme/new-order"}) {
    INFO(url);
    const Reply reply = world.Post(kNewOrder, subscriber.Sign(kNewOrder, kOneName, {.url = url}));
    CHECK(reply.status == 403);
    CHECK(reply.Problem() == "unauthorized");
  }
  CHECK(world.ra.calls("NewOrder") == 0);
}

TEST_CASE("jwk opens accounts, kid does everything else", "[ACME-027][ACME-028][ACME-029]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const Reply account =
      world.Post(kNewAccount, subscriber.Sign(kNewAccount, R"({"termsOfServiceAgreed":true})"));
  CHECK(account.status == 400);
  CHECK(account.Problem() == "malformed");
  const Reply order = world.Post(
      kNewOrder, subscriber.Sign(kNewOrder, kOneName, {.key_member = subscriber.JwkMember()}));
  CHECK(order.status == 400);
  CHECK(order.Problem() == "malformed");

  const std::string id = subscriber.kid().substr(subscriber.kid().rfind('/') + 1);
  for (const std::string& kid :
       {std::string("1"), id, subscriber.kid() + "/", "https://other.test/acme/account/" + id,
        "http" + subscriber.kid().substr(5)}) {
    INFO(kid);
    const Reply reply = world.Post(
        kNewOrder,
        subscriber.Sign(kNewOrder, kOneName, {.key_member = base::Cat(R"("kid":")", kid, "\"")}));
    CHECK(reply.status == 400);
    CHECK(reply.Problem() == "malformed");
  }
  const Reply unknown = world.Post(
      kNewOrder,
      subscriber.Sign(
          kNewOrder, kOneName,
          {.key_member =
               R"("kid":"https://acme.test/acme/account/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")"}));
  CHECK(unknown.status == 400);
  CHECK(unknown.Problem() == "accountDoesNotExist");
}

TEST_CASE("an algorithm that is not supported is refused with those that are",
          "[ACME-030][ACME-034]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  for (const std::string alg : {"none", "HS256", "PS256", "RS512"}) {
    const Reply reply = world.Post(kNewOrder, subscriber.Sign(kNewOrder, kOneName, {.alg = alg}));
    CHECK(reply.status == 400);
    CHECK(reply.Problem() == "badSignatureAlgorithm");
    std::set<std::string> algorithms;
    const acme::Json json = reply.Json();
    for (const auto& item : json.Find("algorithms")->items()) {
      algorithms.insert(item.string());
    }
    CHECK(algorithms == std::set<std::string>{"RS256", "ES256", "ES384", "ES512", "EdDSA"});
  }
}

TEST_CASE("another key's signature, or a changed payload, does nothing", "[ACME-042]") {
  World world;
  Subscriber subscriber(world), stranger(world);
  REQUIRE(subscriber.Register().status == 201);
  const Reply forged = world.Post(
      kNewOrder, stranger.Sign(kNewOrder, kOneName,
                               {.key_member = base::Cat(R"("kid":")", subscriber.kid(), "\"")}));
  CHECK(forged.status == 403);
  CHECK(forged.Problem() == "unauthorized");
  std::string changed = subscriber.Sign(kNewOrder, kOneName);
  const size_t at = changed.find("\"payload\":\"") + 20;
  changed[at] = changed[at] == 'A' ? 'B' : 'A';
  CHECK(world.Post(kNewOrder, changed).status == 403);
  CHECK(world.ra.calls("NewOrder") == 0);
}

TEST_CASE("weak and malformed account keys are refused", "[ACME-035][ACME-039][ACME-040]") {
  World world;
  Subscriber weak(world, crypto::KeyType::kRsa, 1024);
  const Reply reply = weak.Register();
  CHECK(reply.status == 400);
  CHECK(reply.Problem() == "badPublicKey");
  CHECK(world.ra.calls("NewAccount") == 0);
}

TEST_CASE("RSA, P-384 and Ed25519 accounts work", "[ACME-032][ACME-033]") {
  World world;
  const auto type =
      GENERATE(crypto::KeyType::kRsa, crypto::KeyType::kEcP384, crypto::KeyType::kEd25519);
  Subscriber subscriber(world, type);
  CHECK(subscriber.Register().status == 201);
  CHECK(subscriber.Post(kNewOrder, kOneName).status == 201);
}

TEST_CASE("a nonce is good once, also when the request fails", "[ACME-051][ACME-052][ACME-055]") {
  World world;
  Subscriber subscriber(world), other(world);
  REQUIRE(subscriber.Register().status == 201);
  REQUIRE(other.Register().status == 201);
  const std::string nonce = world.Nonce();
  CHECK(world.Post(kNewOrder, subscriber.Sign(kNewOrder, "[]", {.nonce = nonce})).status == 400);
  const Reply again = world.Post(kNewOrder, other.Sign(kNewOrder, kOneName, {.nonce = nonce}));
  CHECK(again.status == 400);
  CHECK(again.Problem() == "badNonce");
  // The answer brings one that any account may use.
  const std::string fresh = again.Header("replay-nonce");
  CHECK(world.Post(kNewOrder, subscriber.Sign(kNewOrder, kOneName, {.nonce = fresh})).status ==
        201);
}

TEST_CASE("nonces that were never made are badNonce or malformed", "[ACME-052][ACME-053]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  std::string changed = world.Nonce();
  changed[20] = changed[20] == 'A' ? 'B' : 'A';
  for (const std::string& nonce : {std::string("AAAA"), changed, std::string(36, 'A')}) {
    const Reply reply =
        world.Post(kNewOrder, subscriber.Sign(kNewOrder, kOneName, {.nonce = nonce}));
    CHECK(reply.status == 400);
    CHECK(reply.Problem() == "badNonce");
  }
  const Reply blank = world.Post(kNewOrder, subscriber.Sign(kNewOrder, kOneName, {.nonce = "a b"}));
  CHECK(blank.status == 400);
  CHECK(blank.Problem() == "malformed");
}

TEST_CASE("of many requests at once with one nonce, one passes", "[ACME-054]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const std::string request = subscriber.Sign(kNewOrder, kOneName, {.nonce = world.Nonce()});
  std::atomic<int> passed = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        const int status = world.Post(kNewOrder, request).status;
        if (status == 201) ++passed;
        if (status == 400) ++refused;
      });
    }
  }
  CHECK(passed == 1);
  CHECK(refused == 19);
}

TEST_CASE("every answer to a POST has another nonce", "[ACME-049][ACME-050]") {
  World world;
  Subscriber subscriber(world);
  std::set<std::string> nonces;
  nonces.insert(subscriber.Register().Header("replay-nonce"));
  nonces.insert(subscriber.Post(kNewOrder, kOneName).Header("replay-nonce"));
  nonces.insert(subscriber.Post(kNewOrder, "{").Header("replay-nonce"));
  nonces.insert(subscriber.Post("/acme/nothing", "").Header("replay-nonce"));
  nonces.insert(subscriber.Fetch(subscriber.kid()).Header("replay-nonce"));
  nonces.insert(world.Post(kNewOrder, "x").Header("replay-nonce"));
  nonces.insert(world.Send("POST", kNewOrder, "text/plain", "x").Header("replay-nonce"));
  CHECK(nonces.size() == 7);
  for (const std::string& nonce : nonces) {
    const auto octets = base::FromBase64Url(nonce);
    REQUIRE(octets.has_value());
    CHECK(octets->size() == 27);
  }
}

TEST_CASE("directory and newNonce answer POST-as-GET too", "[ACME-047]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const Reply directory = subscriber.Post("/directory", "");
  CHECK(directory.status == 200);
  CHECK(directory.Text("newOrder") == "https://acme.test/acme/new-order");
  CHECK(subscriber.Post("/acme/new-nonce", "").status == 200);
  CHECK(subscriber.Post("/directory", "{}").status == 400);
}

TEST_CASE("what fails inside is told without detail", "[ACME-068][ACME-131]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const auto [reason, status] = GENERATE(table<errors::Reason, int>({
      {errors::Reason::kInternal, 500},
      {errors::Reason::kEvidenceForged, 500},
      {errors::Reason::kUnavailable, 503},
      {errors::Reason::kDeadlineExceeded, 503},
  }));
  world.ra.FailNext("NewOrder", errors::Make(reason, "table secrets of 10.1.2.3"));
  const Reply reply = subscriber.Post(kNewOrder, kOneName);
  CHECK(reply.status == status);
  CHECK(reply.Problem() == "serverInternal");
  CHECK(reply.body.find("secrets") == std::string::npos);
  CHECK(reply.body.find("10.1.2.3") == std::string::npos);
  CHECK(reply.Header("retry-after").empty() == (status == 500));
}

TEST_CASE("when threads and queue are full, more is refused at once", "[ACME-131][RATE-10]") {
  World world({.threads = 1, .queue = 1});
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const std::string request = subscriber.Sign(kNewOrder, kOneName);
  world.accounts.Close();
  std::atomic<int> running = 0, queued = 0;
  std::jthread first([&] { running = world.Post(kNewOrder, request).status; });
  REQUIRE(world.accounts.WaitForCaller());
  std::jthread second([&] { queued = world.Get("/directory").status; });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (world.host().metrics().Text().find(R"(cairn_pool_queue_length{pool="requests"} 1)") ==
             std::string::npos &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  const Reply refused = world.Get("/directory");
  CHECK(refused.status == 503);
  CHECK(refused.Problem() == "rateLimited");
  CHECK(std::stoi(refused.Header("retry-after")) >= 1);
  CHECK(refused.Header("access-control-allow-origin") == "*");
  world.accounts.Open();
  first.join();
  second.join();
  CHECK(running == 201);
  CHECK(queued == 200);
  const std::string metrics = world.host().metrics().Text();
  CHECK(metrics.find(R"(cairn_wfe_requests_total{outcome="5xx",resource="directory"} 1)") !=
        std::string::npos);
  CHECK(metrics.find(R"(cairn_wfe_requests_total{outcome="2xx",resource="new_order"} 1)") !=
        std::string::npos);
}

TEST_CASE("while many wait, new orders are refused and what has begun goes on", "[RATE-10]") {
  World world({.threads = 1, .queue = 16});
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  const std::string begun = subscriber.Sign(kNewOrder, kOneName);
  const std::string late = subscriber.Sign(kNewOrder, kOneName);
  world.accounts.Close();
  std::atomic<int> served = 0;
  const auto get = [&] {
    if (world.Get("/directory").status == 200) ++served;
  };
  const auto wait_for_queue = [&](const std::string& length) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const std::string line = R"(cairn_pool_queue_length{pool="requests"} )" + length + "\n";
    while (world.host().metrics().Text().find(line) == std::string::npos &&
           std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
  };
  {
    std::jthread first([&] { world.Post(kNewOrder, begun); });
    REQUIRE(world.accounts.WaitForCaller());
    std::jthread second(get), third(get);
    wait_for_queue("2");  // an eighth of 16
    const Reply refused = world.Post(kNewOrder, late);
    CHECK(refused.status == 503);
    CHECK(std::stoi(refused.Header("retry-after")) >= 1);
    std::jthread fourth(get);
    wait_for_queue("3");
    world.accounts.Open();
  }
  CHECK(served == 3);
  // Refused before it was read, so its nonce is good still.
  CHECK(world.Post(kNewOrder, late).status == 201);
}

TEST_CASE("a peer that is busy says when to come back, in seconds", "[ACME-131][RATE-10]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  world.ra.FailNext("NewOrder",
                    errors::Make(errors::Reason::kOverloaded, "full", absl::Seconds(7)));
  const Reply busy = subscriber.Post(kNewOrder, kOneName);
  CHECK(busy.status == 503);
  CHECK(busy.Problem() == "rateLimited");
  CHECK(busy.Header("retry-after") == "7");
}

TEST_CASE("details from outside are escaped and cut", "[ACME-069]") {
  World world;
  Subscriber subscriber(world);
  REQUIRE(subscriber.Register().status == 201);
  world.ra.FailNext("NewOrder", errors::Make(errors::Reason::kRejectedIdentifier,
                                             "\x1b[31m<b>\n" + std::string(100'000, 'x')));
  const Reply reply = subscriber.Post(kNewOrder, kOneName);
  CHECK(reply.Problem() == "rejectedIdentifier");
  CHECK(reply.Text("detail").size() < 2000);
  CHECK(reply.body.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace cairn::wfe
