#include "services/ca/signing/leaf_check.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "libs/ct/precertificate.h"
#include "libs/errors/errors.h"
#include "libs/lint/lint.h"
#include "libs/policy/key_blocklist.h"
#include "libs/policy/public_suffixes.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/oids.h"
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
                      .ca_issuers_url = "http://ca.test/issuer.der",
                      .crl_url = std::nullopt,
                      .names = {{"a.test", "b.test"}, {}}};
  }
  LeafCheck::Rules RulesOf(policy::Pack pack = policy::Pack::kWebPki) {
    return {.pack = pack,
            .now = kNow,
            .issuer = issuer,
            .allowed = allowed,
            .blocked_keys = no_keys,
            .public_suffixes = &suffixes,
            .keys = keys};
  }
  absl::StatusOr<Checked<Tbs>> Check(const x509::Leaf& composed, const x509::Leaf& wanted,
                                     policy::Pack pack = policy::Pack::kWebPki) {
    absl::StatusOr<LeafCheck::Passed> passed =
        LeafCheck::Certificate(x509::ComposeTbs(composed), wanted, "one", RulesOf(pack));
    if (!passed.ok()) return passed.status();
    return std::move(passed->tbs);
  }

  testing::TestIssuer ca;
  x509::Certificate issuer;
  PrivateKey key;
  // Without CT, for names below ".test".
  lint::AllowList allowed =
      lint::AllowList::Create({"w_sct_list_missing", "w_ct_sct_policy_count_unsatisfied"}, {})
          .value();
  policy::KeyBlocklist no_keys;
  policy::PublicSuffixes suffixes = policy::PublicSuffixes::Parse(
                                        "// ===BEGIN ICANN DOMAINS===\ntest\n"
                                        "// ===END ICANN DOMAINS===\n")
                                        .value();
  lint::KeyCache keys;
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
      {"clientAuth", [](x509::Leaf& leaf) { leaf.client_auth = true; }},
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
  CHECK_REASON(LeafCheck::Certificate("", world.Leaf(), "one", world.RulesOf()), Reason::kInternal);
}

TEST_CASE("a precertificate is what was asked for and the poison", "[PROF-36][PROF-37][LINT-01]") {
  World world;
  const x509::Leaf leaf = world.Leaf();
  const std::string entry = x509::ComposeTbs(leaf);
  const std::string poisoned = ct::AddPoison(entry).value();
  const auto passed = LeafCheck::Precertificate(poisoned, leaf, "one", world.RulesOf());
  REQUIRE_OK(passed);
  CHECK(passed->tbs.value().der == poisoned);
  CHECK_FALSE(passed->lint_digest.empty());
  // Neither passes for the other.
  CHECK_REASON(LeafCheck::Precertificate(entry, leaf, "one", world.RulesOf()), Reason::kInternal);
  CHECK_REASON(LeafCheck::Certificate(poisoned, leaf, "one", world.RulesOf()), Reason::kInternal);
  x509::Leaf other = leaf;
  other.names.dns.push_back("c.test");
  CHECK_REASON(LeafCheck::Precertificate(poisoned, other, "one", world.RulesOf()),
               Reason::kInternal);
}

TEST_CASE("what the linters find is not signed, though it is what was asked for",
          "[LINT-01][LINT-04][LINT-59]") {
  World world;
  x509::Leaf leaf = world.Leaf();
  leaf.names.dns = {"test"};  // a public suffix here
  CHECK_REASON(world.Check(leaf, leaf), Reason::kInternal);
  leaf.names.dns = {"ab--cd.test"};
  CHECK_REASON(world.Check(leaf, leaf), Reason::kInternal);
  // Nor what they could not look at.
  LeafCheck::Rules rules = world.RulesOf();
  rules.public_suffixes = nullptr;
  CHECK_REASON(LeafCheck::Certificate(x509::ComposeTbs(world.Leaf()), world.Leaf(), "one", rules),
               Reason::kInternal);
  // Nor without CT, unless somebody decided so.
  world.allowed = lint::AllowList();
  CHECK_REASON(world.Check(world.Leaf(), world.Leaf()), Reason::kInternal);
}

TEST_CASE("what was asked for must be lawful",
          "[PROF-06][PROF-08][PROF-09][PROF-11][PROF-13][PROF-28][PROF-43]") {
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
      {"199 days with a CRL",
       [&](x509::Leaf& leaf) {
         lasting(199 * day)(leaf);
         leaf.crl_url = "http://c.test/";
       },
       true, true},
      {"200 days with a CRL: lawful, but advised against",
       [&](x509::Leaf& leaf) {
         lasting(200 * day)(leaf);
         leaf.crl_url = "http://c.test/";
       },
       false, true},
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
  world.allowed =
      lint::AllowList::Create({"w_sct_list_missing", "w_ct_sct_policy_count_unsatisfied",
                               "w_subject_common_name_included"},
                              {})
          .value();
  for (const Row& row : rows) {
    INFO(row.why);
    x509::Leaf leaf = world.Leaf();
    row.change(leaf);
    CHECK(world.Check(leaf, leaf, policy::Pack::kWebPki).ok() == row.webpki_ok);
    CHECK(world.Check(leaf, leaf, policy::Pack::kPrivate).ok() == row.private_ok);
  }
}

TEST_CASE("clientAuth is signed until it is forbidden", "[PROF-19][LINT-79]") {
  const absl::Time day = absl::FromCivil(absl::CivilDay(2027, 3, 15), absl::UTCTimeZone());
  const auto [pack, now, ok] = GENERATE_REF(table<policy::Pack, absl::Time, bool>({
      {policy::Pack::kWebPki, day - absl::Seconds(1), true},
      {policy::Pack::kWebPki, day, false},
      {policy::Pack::kPrivate, day, true},
  }));
  World world;
  x509::Leaf leaf = world.Leaf();
  leaf.client_auth = true;
  leaf.not_before = now - absl::Hours(1);
  leaf.not_after = now + absl::Hours(143) - absl::Seconds(1);
  LeafCheck::Rules rules = world.RulesOf(pack);
  rules.now = now;
  CHECK(LeafCheck::Certificate(x509::ComposeTbs(leaf), leaf, "one", rules).ok() == ok);
}

TEST_CASE("nothing is signed that the issuer's own purposes leave out", "[PROF-19][PROF-57]") {
  World world;
  const std::string server(x509::oid::kServerAuth);
  const std::string client(x509::oid::kClientAuth);
  const auto [purposes, plain, with_client] =
      GENERATE_REF(table<std::vector<std::string>, bool, bool>({
          {{server}, true, false},
          {{server, client}, true, true},
          {{client}, false, false},
      }));
  testing::CountingRandom random;
  const x509::CaCertificate fields{
      .serial = std::string(x509::SerialNumber::Draw(1, random).bytes()),
      .algorithm = crypto::SignatureAlgorithm::kEcdsaSha256,
      .issuer_der = world.ca.name_der(),
      .subject_der = world.ca.name_der(),
      .not_before = world.issuer.tbs().not_before,
      .not_after = world.issuer.tbs().not_after,
      .public_key = world.ca.key().public_key(),
      .subject_key_id = world.ca.key_id(),
      .authority_key_id = world.ca.key_id(),
      .path_length = 0,
      .extended_key_usage = purposes,
      .policies = {},
      .ca_issuers_url = std::nullopt,
      .crl_url = std::nullopt,
  };
  const std::string tbs = x509::ComposeTbs(fields);
  world.issuer = x509::Certificate::Parse(
                     x509::ComposeCertificate(tbs, fields.algorithm,
                                              world.ca.key().Sign(fields.algorithm, tbs).value()))
                     .value();
  x509::Leaf leaf = world.Leaf();
  CHECK(world.Check(leaf, leaf).ok() == plain);
  leaf.client_auth = true;
  CHECK(world.Check(leaf, leaf).ok() == with_client);
}

}  // namespace
}  // namespace cairn::ca::signing
