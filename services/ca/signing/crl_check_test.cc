#include "services/ca/signing/crl_check.h"

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/names.h"
#include "libs/x509/test_certificates.h"
#include "services/ca/signing/file_signer.h"

namespace cairn::ca::signing {
namespace {

using crypto::KeyType;
using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

struct World {
  World()
      : ca("Issuer", KeyType::kEcP256, kNow - absl::Hours(100), kNow + absl::Hours(24 * 300)),
        issuer(x509::Certificate::Parse(ca.certificate_der()).value()) {}

  x509::CrlContent Content() const {
    return {
        .algorithm = crypto::SignatureAlgorithm::kEcdsaSha256,
        .issuer_der = ca.name_der(),
        .this_update = kNow,
        .next_update = kNow + absl::Hours(240),
        .authority_key_id = ca.key_id(),
        .number = "\x07",
        .scope = x509::CrlScope{.url = "http://crl.test/7-0.crl", .only_user_certificates = true},
        .revoked = {{std::string(16, '\x08'), kNow - absl::Hours(1), std::nullopt},
                    {std::string(16, '\x07'), kNow - absl::Hours(2),
                     x509::RevocationReason::kKeyCompromise}}};
  }
  absl::StatusOr<Passed> Check(const x509::CrlContent& composed, const x509::CrlContent& wanted,
                               const std::string& previous = "\x06",
                               policy::Pack pack = policy::Pack::kWebPki) const {
    return CrlCheck::Crl(x509::ComposeTbsCertList(composed), wanted, previous, "one",
                         {.pack = pack, .now = kNow, .issuer = issuer, .allowed = allowed});
  }

  testing::TestIssuer ca;
  x509::Certificate issuer;
  lint::AllowList allowed;
};

TEST_CASE("a CRL that says what it must passes, complete or partitioned",
          "[CRL-06][CRL-08][CRL-10][LINT-03]") {
  const World world;
  const policy::Pack pack = GENERATE(policy::Pack::kWebPki, policy::Pack::kPrivate);
  x509::CrlContent content = world.Content();
  if (GENERATE(false, true)) content.scope.reset();
  const auto passed = world.Check(content, content, "\x06", pack);
  REQUIRE_OK(passed);
  CHECK(passed->tbs.value().der == x509::ComposeTbsCertList(content));
  CHECK(passed->tbs.value().issuer == "one");
  CHECK_FALSE(passed->lint_digest.empty());
}

TEST_CASE("the first CRL follows number 0", "[CRL-09]") {
  const World world;
  CHECK_OK(world.Check(world.Content(), world.Content(), std::string(1, '\0')));
}

TEST_CASE("a CRL that differs from what was asked for is not signed",
          "[CRL-06][CRL-07][CRL-08][CRL-09][CRL-10][CRL-14][CRL-24]") {
  const World world;
  const std::vector<std::function<void(x509::CrlContent&)>> changes = {
      [](auto& c) { c.algorithm = crypto::SignatureAlgorithm::kEcdsaSha384; },
      [](auto& c) { c.issuer_der = x509::CommonNameOnly("Other").bytes(); },
      [](auto& c) { c.this_update -= absl::Seconds(1); },
      [](auto& c) { c.next_update -= absl::Seconds(1); },
      [](auto& c) { c.authority_key_id = "other"; },
      [](auto& c) { c.number = "\x08"; },
      [](auto& c) { c.scope.reset(); },
      [](auto& c) { c.scope->url = "http://crl.test/7-1.crl"; },
      [](auto& c) { c.scope->only_user_certificates = false; },
      [](auto& c) { c.revoked.pop_back(); },
      [](auto& c) { c.revoked.clear(); },
      [](auto& c) { c.revoked[0].revoked_at -= absl::Seconds(1); },
      [](auto& c) { c.revoked[1].reason.reset(); },
      [](auto& c) { c.revoked[1].serial = std::string(16, '\x09'); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    x509::CrlContent changed = world.Content();
    changes[i](changed);
    CHECK_REASON(world.Check(changed, world.Content()), Reason::kInternal);
  }
  CHECK_REASON(CrlCheck::Crl("nonsense", world.Content(), "\x06", "one",
                             {.pack = policy::Pack::kWebPki,
                              .now = kNow,
                              .issuer = world.issuer,
                              .allowed = world.allowed}),
               Reason::kMalformed);
}

TEST_CASE("a CRL that breaks a rule is not signed, though it was asked for",
          "[CRL-04][CRL-06][CRL-09][CRL-24][LINT-93][LINT-94]") {
  const World world;
  const std::vector<std::function<void(x509::CrlContent&)>> changes = {
      [](auto& c) { c.next_update = kNow + absl::Hours(240) + absl::Seconds(1); },
      [](auto& c) { c.this_update = kNow + absl::Seconds(1); },
      [](auto& c) { c.this_update = c.next_update = kNow; },
      [](auto& c) { c.number = "\x06"; },
      [](auto& c) { c.issuer_der = x509::CommonNameOnly("Other").bytes(); },
      [](auto& c) { c.authority_key_id = "other"; },
      [](auto& c) { c.algorithm = crypto::SignatureAlgorithm::kEcdsaSha384; },
      [](auto& c) { c.scope->only_ca_certificates = c.scope->only_user_certificates = true; },
      [](auto& c) { c.revoked[0].revoked_at = kNow + absl::Hours(1); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    x509::CrlContent wrong = world.Content();
    changes[i](wrong);
    CHECK_REASON(world.Check(wrong, wrong), Reason::kInternal);
  }
}

TEST_CASE("what passed is signed once, by its issuer's key", "[CRL-06]") {
  static_assert(!std::is_copy_constructible_v<Passed>);
  static_assert(!std::is_default_constructible_v<Checked<Tbs>>);
  const World world;
  std::map<std::string, crypto::PrivateKey> keys;
  keys.emplace("one", crypto::PrivateKey::FromPem(world.ca.key().ToPem()).value());
  FileSigner signer(std::move(keys));
  auto passed = world.Check(world.Content(), world.Content());
  REQUIRE_OK(passed);
  const auto signature = signer.Sign(std::move(passed->tbs));
  REQUIRE_OK(signature);
  const auto crl = x509::Crl::Parse(x509::ComposeCrl(x509::ComposeTbsCertList(world.Content()),
                                                     world.Content().algorithm, *signature));
  CHECK(crl.value().VerifySignature(world.ca.key().public_key()));
}

}  // namespace
}  // namespace cairn::ca::signing
