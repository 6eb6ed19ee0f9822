#include "services/ca/signing/leaf_check.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <type_traits>

#include "libs/errors/errors.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/test_certificates.h"
#include "services/ca/signing/file_signer.h"

namespace cairn::ca::signing {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

struct World {
  World()
      : ca("Issuer", KeyType::kEcP256, kNow - absl::Hours(100), kNow + absl::Hours(24 * 300)),
        issuer(x509::Certificate::Parse(ca.certificate_der()).value()),
        key(PrivateKey::Generate(KeyType::kEcP256)) {}

  x509::Leaf Leaf() const {
    testing::CountingRandom random;
    return x509::Leaf{.serial = x509::SerialNumber::Draw(1, random),
                      .algorithm = crypto::SignatureAlgorithm::kEcdsaSha256,
                      .issuer_der = ca.name_der(),
                      .not_before = kNow - absl::Hours(1),
                      .not_after = kNow + absl::Hours(143) - absl::Seconds(1),
                      .common_name = std::nullopt,
                      .public_key = key.public_key(),
                      .authority_key_id = ca.key_id(),
                      .ca_issuers_url = std::nullopt,
                      .crl_url = std::nullopt,
                      .names = {{"a.test", "b.test"}, {}}};
  }
  absl::StatusOr<Checked<Tbs>> Check(const x509::Leaf& composed, const x509::Leaf& wanted,
                                     policy::Pack pack = policy::Pack::kWebPki) const {
    return LeafCheck::Run(x509::ComposeTbs(composed), wanted, "one",
                          {.pack = pack, .now = kNow, .issuer = issuer});
  }

  testing::TestIssuer ca;
  x509::Certificate issuer;
  PrivateKey key;
};

TEST_CASE("what was asked for passes, and its token signs once") {
  World world;
  absl::StatusOr<Checked<Tbs>> checked = world.Check(world.Leaf(), world.Leaf());
  REQUIRE_OK(checked);
  const std::string tbs = checked->value().der;
  CHECK(tbs == x509::ComposeTbs(world.Leaf()));
  CHECK(checked->value().issuer == "one");

  std::map<std::string, PrivateKey> keys;
  keys.emplace("one", PrivateKey::FromPem(world.ca.key().ToPem()).value());
  FileSigner signer(std::move(keys));
  const absl::StatusOr<std::string> signature = signer.Sign(*std::move(checked));
  REQUIRE_OK(signature);
  CHECK(
      world.issuer.public_key().Verify(crypto::SignatureAlgorithm::kEcdsaSha256, tbs, *signature));
}

TEST_CASE("an issuer without a key can't sign") {
  World world;
  FileSigner signer({});
  CHECK_REASON(signer.Sign(world.Check(world.Leaf(), world.Leaf()).value()), Reason::kNotFound);
}

TEST_CASE("the token can be neither made, nor copied, nor passed on twice") {
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Checked<Tbs>, Tbs>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Checked<Tbs>>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<Checked<Tbs>>);
  STATIC_REQUIRE_FALSE(std::is_invocable_v<decltype(&Signer::Sign), Signer&, const Checked<Tbs>&>);
}

TEST_CASE("a field that is not as asked for stops the signature",
          "[PROF-02][PROF-12][PROF-15][PROF-16][PROF-17][PROF-21][PROF-27]") {
  struct Row {
    const char* why;
    std::function<void(x509::Leaf&)> change;
  };
  const std::vector<Row> rows = {
      {"serial",
       [](x509::Leaf& leaf) {
         leaf.serial = x509::SerialNumber::FromHex("01000000000000000000000000000000").value();
       }},
      {"algorithm",
       [](x509::Leaf& leaf) { leaf.algorithm = crypto::SignatureAlgorithm::kEcdsaSha384; }},
      {"issuer", [](x509::Leaf& leaf) { leaf.issuer_der = x509::CommonNameOnly("Other").bytes(); }},
      {"not before", [](x509::Leaf& leaf) { leaf.not_before += absl::Seconds(1); }},
      {"not after", [](x509::Leaf& leaf) { leaf.not_after += absl::Seconds(1); }},
      {"subject", [](x509::Leaf& leaf) { leaf.common_name = "a.test"; }},
      {"key",
       [](x509::Leaf& leaf) {
         leaf.public_key = PrivateKey::Generate(KeyType::kEcP256).public_key();
       }},
      {"key identifier", [](x509::Leaf& leaf) { leaf.authority_key_id = "other"; }},
      {"AIA", [](x509::Leaf& leaf) { leaf.ca_issuers_url = "http://i.test/"; }},
      {"CRL", [](x509::Leaf& leaf) { leaf.crl_url = "http://c.test/"; }},
      {"one name more", [](x509::Leaf& leaf) { leaf.names.dns.push_back("c.test"); }},
      {"one name less", [](x509::Leaf& leaf) { leaf.names.dns.pop_back(); }},
      {"another order", [](x509::Leaf& leaf) { std::swap(leaf.names.dns[0], leaf.names.dns[1]); }},
      {"an address", [](x509::Leaf& leaf) { leaf.names.ips.push_back("abcd"); }},
  };
  World world;
  for (const Row& row : rows) {
    INFO(row.why);
    x509::Leaf changed = world.Leaf();
    row.change(changed);
    CHECK_REASON(world.Check(changed, world.Leaf()), Reason::kInternal);
    CHECK_REASON(world.Check(world.Leaf(), changed), Reason::kInternal);
  }
  CHECK_REASON(LeafCheck::Run("", world.Leaf(), "one",
                              {.pack = policy::Pack::kWebPki, .now = kNow, .issuer = world.issuer}),
               Reason::kInternal);
}

TEST_CASE("what was asked for must be lawful",
          "[PROF-06][PROF-08][PROF-11][PROF-13][PROF-28][PROF-43]") {
  struct Row {
    const char* why;
    std::function<void(x509::Leaf&)> change;
    bool webpki_ok;
    bool private_ok;
  };
  const absl::Duration day = absl::Hours(24);
  const auto lasting = [](absl::Duration validity) {
    return [validity](x509::Leaf& leaf) {
      leaf.not_after = leaf.not_before + validity - absl::Seconds(1);
    };
  };
  const std::vector<Row> rows = {
      {"nothing changed", [](x509::Leaf&) {}, true, true},
      {"7 days", lasting(7 * day), true, true},
      {"7 days and a second", lasting(7 * day + absl::Seconds(1)), false, true},
      {"200 days with a CRL",
       [&](x509::Leaf& leaf) {
         lasting(200 * day)(leaf);
         leaf.crl_url = "http://c.test/";
       },
       true, true},
      {"200 days and a second with a CRL",
       [&](x509::Leaf& leaf) {
         lasting(200 * day + absl::Seconds(1))(leaf);
         leaf.crl_url = "http://c.test/";
       },
       false, true},
      {"longer than the issuer", lasting(301 * day), false, false},
      {"no time at all", lasting(absl::ZeroDuration()), false, false},
      {"of the future", [](x509::Leaf& leaf) { leaf.not_before = kNow + absl::Seconds(1); }, false,
       false},
      {"48 hours old", [](x509::Leaf& leaf) { leaf.not_before = kNow - absl::Hours(48); }, false,
       true},
      {"49 hours old",
       [](x509::Leaf& leaf) {
         leaf.not_before = kNow - absl::Hours(49);
         leaf.not_after = kNow + absl::Hours(1);
       },
       false, false},
      {"older than its issuer", [](x509::Leaf& leaf) { leaf.not_before = kNow - absl::Hours(101); },
       false, false},
      {"a common name", [](x509::Leaf& leaf) { leaf.common_name = "b.test"; }, true, true},
      {"a common name that is no name", [](x509::Leaf& leaf) { leaf.common_name = "c.test"; },
       false, false},
      {"a hash that does not go with the issuer's curve",
       [](x509::Leaf& leaf) { leaf.algorithm = crypto::SignatureAlgorithm::kEcdsaSha384; }, false,
       false},
  };
  World world;
  for (const Row& row : rows) {
    INFO(row.why);
    x509::Leaf leaf = world.Leaf();
    row.change(leaf);
    CHECK(world.Check(leaf, leaf, policy::Pack::kWebPki).ok() == row.webpki_ok);
    CHECK(world.Check(leaf, leaf, policy::Pack::kPrivate).ok() == row.private_ok);
  }
}

}  // namespace
}  // namespace cairn::ca::signing
