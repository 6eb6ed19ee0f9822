#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "libs/base/encoding.h"
#include "libs/crypto/public_key.h"
#include "libs/x509/csr.h"
#include "tests/load/acme_client.h"
#include "tests/load/csr.h"
#include "tests/load/jws.h"
#include "tests/load/statistics.h"

namespace cairn::load {
namespace {

using crypto::SignatureAlgorithm;

// The value of a string member; the driver writes no escapes.
std::string Member(const std::string& json, const std::string& name) {
  const std::string start = "\"" + name + "\":\"";
  const size_t begin = json.find(start) + start.size();
  REQUIRE(begin != std::string::npos);
  return json.substr(begin, json.find('"', begin) - begin);
}

TEST_CASE("a JWS carries what was asked for and verifies with the key in its jwk") {
  const AccountKey key;
  const std::string jws = key.Sign("\"jwk\":" + key.jwk(), "http://ca.test/new", "n-1", "{}");
  const std::string header = base::FromBase64Url(Member(jws, "protected")).value();
  CHECK(Member(header, "alg") == "ES256");
  CHECK(Member(header, "url") == "http://ca.test/new");
  CHECK(Member(header, "nonce") == "n-1");
  CHECK(base::FromBase64Url(Member(jws, "payload")) == "{}");

  const auto public_key = crypto::PublicKey::FromEc(
      crypto::KeyType::kEcP256, base::FromBase64Url(Member(header, "x")).value(),
      base::FromBase64Url(Member(header, "y")).value());
  REQUIRE(public_key.ok());
  // Often enough for an r or s with a zero in front.
  for (int i = 0; i < 300; ++i) {
    const std::string other = key.Sign("\"kid\":\"k\"", "http://ca.test/x", std::to_string(i), "");
    const auto raw = base::FromBase64Url(Member(other, "signature"));
    REQUIRE(raw);
    const auto der = crypto::EcdsaRawToDer(crypto::KeyType::kEcP256, *raw);
    REQUIRE(der.ok());
    CHECK(public_key->Verify(SignatureAlgorithm::kEcdsaSha256,
                             Member(other, "protected") + "." + Member(other, "payload"), *der));
  }
}

TEST_CASE("a CSR holds its names and verifies with its own key") {
  CsrMaker maker(2);
  const auto csr = x509::Csr::Parse(maker.Make({"a.load.test", "b.load.test"}));
  REQUIRE(csr.ok());
  CHECK(csr->names().dns == std::vector<std::string>{"a.load.test", "b.load.test"});
  const auto next = x509::Csr::Parse(maker.Make({"a.load.test"}));
  REQUIRE(next.ok());
  CHECK_FALSE(next->public_key() == csr->public_key());
}

TEST_CASE("quantiles are of the measured times only") {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  Statistics statistics;
  const auto now = SteadyClock::now();
  statistics.SetWindow(now + hours(1), now + hours(2));
  statistics.Took(Step::kNewOrder, milliseconds(1000));
  statistics.CertificateIssued();
  statistics.SetWindow(now, now + hours(1));
  for (int i = 100; i >= 1; --i) statistics.Took(Step::kNewOrder, milliseconds(i));
  statistics.CertificateIssued();

  CHECK(statistics.Quantile(Step::kNewOrder, 0.5) == milliseconds(50));
  CHECK(statistics.Quantile(Step::kNewOrder, 0.99) == milliseconds(99));
  CHECK(statistics.Quantile(Step::kNewOrder, 1) == milliseconds(100));
  CHECK(statistics.Quantile(Step::kFinalize, 0.5) == milliseconds(0));
  CHECK(statistics.certificates().total == 2);
  CHECK(statistics.certificates().measured == 1);
}

TEST_CASE("polling settles near the time that the CA needs") {
  using std::chrono::milliseconds;
  const auto needed = milliseconds(GENERATE(0, 20, 150));
  Pace pace;
  SteadyClock::duration elapsed{};
  int polls = 0;
  for (int order = 0; order < 200; ++order) {
    elapsed = SteadyClock::duration::zero();
    polls = 0;
    do {
      elapsed += pace.Wait(elapsed, polls++);
    } while (elapsed < needed);
    pace.Saw(elapsed);
  }
  CHECK(elapsed >= needed);
  CHECK(elapsed <= std::max<SteadyClock::duration>(needed * 5 / 4, Pace::kShortest));
  CHECK(polls <= 3);
}

TEST_CASE("a CA that is done at the second poll, whenever that is, is not polled ever later") {
  Pace pace;
  SteadyClock::duration elapsed{};
  for (int order = 0; order < 200; ++order) {
    elapsed = pace.Wait(SteadyClock::duration::zero(), 0);
    elapsed += pace.Wait(elapsed, 1);
    pace.Saw(elapsed);
  }
  CHECK(elapsed <= 10 * Pace::kShortest);
}

TEST_CASE("one order that took very long does not make the next ones look slow") {
  using std::chrono::milliseconds;
  Pace pace;
  for (int order = 0; order < 100; ++order) pace.Saw(milliseconds(80));
  pace.Saw(std::chrono::seconds(10));
  CHECK(pace.Wait(SteadyClock::duration::zero(), 0) < milliseconds(100));
}

TEST_CASE("names are looked for in the first certificate only") {
  const auto pem = [](const std::string& der) { return base::ToPem("CERTIFICATE", der); };
  CHECK(HoldsNames(pem("..a.test..b.test") + pem("c.test"), {"a.test", "b.test"}));
  CHECK_FALSE(HoldsNames(pem("..a.test..b.test") + pem("c.test"), {"a.test", "c.test"}));
  CHECK_FALSE(HoldsNames("", {"a.test"}));
  CHECK_FALSE(HoldsNames("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", {}));
}

TEST_CASE("error samples are few, different, and safe in JSON") {
  Statistics statistics;
  for (int i = 0; i < 100; ++i) statistics.Failed("same \"text\"\n");
  const std::string json = statistics.ToJson("");
  CHECK(json.find(R"("error_samples":["same \"text\"?"])") != std::string::npos);
  CHECK(json.find(R"("errors_total":100)") != std::string::npos);
}

}  // namespace
}  // namespace cairn::load
