#include "services/ca/signing/ocsp_check.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/test_certificates.h"

namespace cairn::ca::signing {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18
const std::string kSerial(16, '\x07');

struct World {
  World()
      : ca("Issuer", KeyType::kEcP256, kNow - absl::Hours(100), kNow + absl::Hours(24 * 300)),
        issuer(x509::Certificate::Parse(ca.certificate_der()).value()),
        key(PrivateKey::Generate(KeyType::kEcP256)),
        responder(x509::Certificate::Parse(testing::DelegateOcsp(ca, key.public_key(),
                                                                 kNow - absl::Hours(1),
                                                                 kNow + absl::Hours(200)))
                      .value()) {}

  x509::OcspContent Content() const {
    return {
        .responder_key_hash = x509::OcspKeyHash(key.public_key()),
        .produced_at = kNow,
        .certificate = x509::OcspCertIdOf(x509::OcspHash::kSha1, ca.name_der(),
                                          ca.key().public_key(), kSerial),
        .revoked = x509::OcspRevocation{kNow - absl::Hours(1), x509::RevocationReason::kSuperseded},
        .this_update = kNow,
        .next_update = kNow + absl::Hours(96)};
  }
  absl::StatusOr<Passed> Check(const x509::OcspContent& composed, const x509::OcspContent& wanted,
                               policy::Pack pack = policy::Pack::kWebPki) const {
    return OcspCheck::Response(
        x509::ComposeOcspData(composed), wanted, "one",
        {.pack = pack, .now = kNow, .issuer = issuer, .responder = &responder, .allowed = allowed});
  }

  testing::TestIssuer ca;
  x509::Certificate issuer;
  PrivateKey key;
  x509::Certificate responder;
  lint::AllowList allowed;
};

TEST_CASE("a response that says what it must passes, for the key of the delegated signer",
          "[OCSP-13][OCSP-17][LINT-03]") {
  const World world;
  x509::OcspContent content = world.Content();
  if (GENERATE(false, true)) content.revoked.reset();
  const auto passed = world.Check(content, content);
  REQUIRE_OK(passed);
  CHECK(passed->tbs.value().der == x509::ComposeOcspData(content));
  CHECK(passed->tbs.value().issuer == "one/ocsp");
  CHECK_FALSE(passed->lint_digest.empty());
}

TEST_CASE("an OCSP response that differs from what was asked for is not signed",
          "[OCSP-09][OCSP-10][OCSP-16][OCSP-17]") {
  const World world;
  const std::vector<std::function<void(x509::OcspContent&)>> changes = {
      [](auto& c) { c.certificate.serial[3] = 'x'; },
      [](auto& c) { c.certificate.issuer_key_hash[0] ^= 1; },
      [](auto& c) { c.revoked.reset(); },
      [](auto& c) { c.revoked->reason.reset(); },
      [](auto& c) { c.revoked->at -= absl::Seconds(1); },
      [](auto& c) { c.responder_key_hash[0] ^= 1; },
      [](auto& c) { c.produced_at += absl::Seconds(1); },
      [](auto& c) { c.this_update -= absl::Seconds(1); },
      [](auto& c) { c.next_update += absl::Seconds(1); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    x509::OcspContent changed = world.Content();
    changes[i](changed);
    CHECK_REASON(world.Check(changed, world.Content()), Reason::kInternal);
  }
}

TEST_CASE("an OCSP response that breaks a rule is not signed, though it was asked for",
          "[OCSP-03][OCSP-09][OCSP-15][OCSP-16][OCSP-17]") {
  const World world;
  const std::vector<std::function<void(x509::OcspContent&)>> changes = {
      [](auto& c) { c.next_update = kNow + absl::Hours(8) - absl::Seconds(2); },
      [](auto& c) { c.this_update = kNow + absl::Seconds(1); },
      [](auto& c) { c.produced_at = kNow + absl::Seconds(1); },
      // Ten days, with both ends; and beyond the signer's certificate.
      [](auto& c) {
        c.this_update = kNow - absl::Hours(50);
        c.next_update = c.this_update + absl::Hours(240);
      },
      [](auto& c) { c.next_update = kNow + absl::Hours(200) + absl::Seconds(1); },
      [](auto& c) { c.certificate.issuer_key_hash[0] ^= 1; },
      [](auto& c) { c.certificate.issuer_name_hash[0] ^= 1; },
      [](auto& c) { c.responder_key_hash[0] ^= 1; },
      [](auto& c) { c.revoked->at = kNow + absl::Hours(1); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    x509::OcspContent wrong = world.Content();
    changes[i](wrong);
    CHECK_REASON(world.Check(wrong, wrong), Reason::kInternal);
  }
}

TEST_CASE("private networks may have answers that hold for minutes", "[OCSP-03]") {
  const World world;
  x509::OcspContent content = world.Content();
  content.next_update = kNow + absl::Minutes(5);
  CHECK_OK(world.Check(content, content, policy::Pack::kPrivate));
  CHECK_REASON(world.Check(content, content), Reason::kInternal);
}

TEST_CASE("the issuer signs itself only where its certificate says so", "[OCSP-13]") {
  const World world;
  x509::OcspContent content = world.Content();
  content.responder_key_hash = x509::OcspKeyHash(world.ca.key().public_key());
  const auto check = [&](const x509::Certificate& issuer) {
    return OcspCheck::Response(x509::ComposeOcspData(content), content, "one",
                               {.pack = policy::Pack::kWebPki,
                                .now = kNow,
                                .issuer = issuer,
                                .responder = nullptr,
                                .allowed = world.allowed});
  };
  CHECK_REASON(check(world.issuer), Reason::kInternal);
}

}  // namespace
}  // namespace cairn::ca::signing
