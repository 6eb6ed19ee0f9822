#include "services/ca/status_options.h"

#include <catch2/catch.hpp>
#include <string>

#include "libs/crypto/private_key.h"
#include "libs/x509/test_certificates.h"

namespace cairn::ca {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using testing::TestIssuer;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18
constexpr absl::Duration kDay = absl::Hours(24);

std::string Errors(const std::string& url, uint32_t shards) {
  config::Ca::Issuer issuer;
  issuer.set_crl_base_url(url);
  issuer.set_crl_shards(shards);
  config::Checks checks;
  ParseCrlParts(checks, issuer, "issuers[0]");
  return std::string(checks.ToStatus().message());
}

TEST_CASE("where no CRL is configured, there is one complete one") {
  config::Checks checks;
  const CrlParts parts = ParseCrlParts(checks, config::Ca::Issuer(), "issuers[0]");
  CHECK(checks.ok());
  CHECK(parts.base_url.empty());
  CHECK(parts.count == 1);
}

TEST_CASE("parts of a CRL have plain http URLs", "[CRL-10][PROF-27]") {
  CHECK(Errors("http://crl.test/one/", 1).empty());
  CHECK(Errors("http://crl.test/one/", 1000).empty());
  CHECK_FALSE(Errors("http://crl.test/one/", 1001).empty());
  CHECK_FALSE(Errors("https://crl.test/one/", 1).empty());
  CHECK_FALSE(Errors("http://crl.test/one", 1).empty());
  CHECK_FALSE(Errors("http://crl.test/o ne/", 1).empty());
  CHECK_FALSE(Errors("", 2).empty());
}

struct World {
  World()
      : ca("Issuer", KeyType::kEcP256, kNow - kDay, kNow + 900 * kDay),
        other("Issuer", KeyType::kEcP256, kNow - kDay, kNow + 900 * kDay),
        issuer(x509::Certificate::Parse(ca.certificate_der()).value()) {}

  std::string Why(const std::string& der, policy::Pack pack = policy::Pack::kWebPki) const {
    return WhyNoOcspSigner(x509::Certificate::Parse(der).value(), issuer, pack, kNow);
  }
  static std::string Delegate(const TestIssuer& by, KeyType type, absl::Duration begin = -kDay,
                              absl::Duration end = 100 * kDay) {
    return testing::DelegateOcsp(by, PrivateKey::Generate(type).public_key(), kNow + begin,
                                 kNow + end);
  }

  TestIssuer ca;
  TestIssuer other;
  x509::Certificate issuer;
};

TEST_CASE("a delegated signer of OCSP responses is the issuer's own, and nothing else",
          "[PROF-73][PROF-74][PROF-75][OCSP-13]") {
  const World world;
  CHECK(world.Why(World::Delegate(world.ca, KeyType::kEcP256)).empty());
  CHECK(world.Why(World::Delegate(world.ca, KeyType::kRsa)).empty());
  CHECK_THAT(world.Why(World::Delegate(world.other, KeyType::kEcP256)), Catch::Contains("PROF-73"));
  CHECK_THAT(world.Why(world.ca.certificate_der()), Catch::Contains("PROF-74"));
  CHECK_THAT(world.Why(testing::DelegateOcsp(world.ca, world.ca.key().public_key(), kNow - kDay,
                                             kNow + kDay)),
             Catch::Contains("key of the issuer"));
  CHECK_FALSE(world.Why(World::Delegate(world.ca, KeyType::kEcP521)).empty());
  CHECK(world.Why(World::Delegate(world.ca, KeyType::kEcP521), policy::Pack::kPrivate).empty());
  CHECK_FALSE(world.Why(World::Delegate(world.ca, KeyType::kEcP256, kDay)).empty());
  CHECK_FALSE(
      world.Why(World::Delegate(world.ca, KeyType::kEcP256, -kDay, -absl::Hours(1))).empty());
}

}  // namespace
}  // namespace cairn::ca
