#include "services/ca/core/issuer.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/x509/test_certificates.h"

namespace cairn::ca {
namespace {

using crypto::KeyType;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

Issuer MakeIssuer(const std::string& name, KeyType type, absl::Duration life, bool active = true) {
  const testing::TestIssuer ca(name, type, kNow, kNow + life);
  return {.name = name,
          .certificate = x509::Certificate::Parse(ca.certificate_der()).value(),
          .chain = {ca.certificate_der()},
          .active = active,
          .ca_issuers_url = std::nullopt};
}

std::string Picked(const Issuers& issuers, KeyType type, absl::Duration life) {
  const Issuer* issuer = issuers.Pick(type, kNow + life);
  return issuer == nullptr ? "" : issuer->name;
}

TEST_CASE("the issuer is picked by the kind of key, state and life", "[PROF-11]") {
  Issuers issuers({MakeIssuer("old", KeyType::kEcP256, absl::Hours(1000), false),
                   MakeIssuer("rsa", KeyType::kRsa, absl::Hours(100)),
                   MakeIssuer("ec-1", KeyType::kEcP256, absl::Hours(10)),
                   MakeIssuer("ec-2", KeyType::kEcP384, absl::Hours(100))});
  CHECK(Picked(issuers, KeyType::kRsa, absl::Hours(5)) == "rsa");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "ec-1");
  CHECK(Picked(issuers, KeyType::kEcP384, absl::Hours(5)) == "ec-1");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(50)) == "ec-2");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(500)).empty());
  issuers.Stop("ec-1");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "ec-2");
  issuers.Stop("ec-2");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "rsa");
  issuers.Stop("rsa");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)).empty());

  CHECK(issuers.Usable("old") != nullptr);  // to finish what it began
  CHECK(issuers.Usable("rsa") == nullptr);
  CHECK(issuers.Find("rsa") != nullptr);
  CHECK(issuers.Find("none") == nullptr);
}

TEST_CASE("the keys of issuers are known", "[KEY-18]") {
  const Issuers issuers({MakeIssuer("one", KeyType::kEcP256, absl::Hours(1), false)});
  CHECK(issuers.HasKey(issuers.all()[0].certificate.public_key()));
  CHECK_FALSE(issuers.HasKey(crypto::PrivateKey::Generate(KeyType::kEcP256).public_key()));
}

}  // namespace
}  // namespace cairn::ca
