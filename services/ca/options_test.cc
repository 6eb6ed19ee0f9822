#include "services/ca/options.h"

#include <absl/time/civil_time.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/oids.h"
#include "libs/x509/tbs_certificate.h"
#include "libs/x509/test_certificates.h"

namespace cairn::ca {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;
using testing::TestIssuer;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18
constexpr absl::Duration kDay = absl::Hours(24);

// A configuration that is right, and the files that it names.
class World {
 public:
  World()
      : root("Root", KeyType::kEcP256, kNow - kDay, kNow + 4000 * kDay),
        ca("Issuer", KeyType::kEcP256, kNow - kDay, kNow + 900 * kDay, &root) {
    config.set_instance(1);
    config.set_journal_directory(dir.File("journal"));
    config.add_base_urls("https://acme.test");
    config.add_caa_identities("ca.test");
    const std::vector<std::tuple<const char*, const char*, double, double>> perspectives = {
        {"home", "RIPE NCC", 52.4, 4.9}, {"us", "ARIN", 45.6, -121.2},
        {"eu", "RIPE NCC", 41.4, 2.2},   {"asia", "APNIC", 1.35, 103.8},
        {"br", "LACNIC", -23.5, -46.6},  {"af", "AFRINIC", -33.9, 18.4}};
    for (const auto& [id, rir, latitude, longitude] : perspectives) {
      config::Ca::Perspective& perspective = *config.add_perspectives();
      perspective.set_id(id);
      perspective.set_rir(rir);
      perspective.mutable_location()->set_latitude(latitude);
      perspective.mutable_location()->set_longitude(longitude);
      perspective.set_primary(perspective.id() == "home");
      perspective.set_public_key_file(dir.Write(
          base::Cat(id, ".pem"), PrivateKey::Generate(KeyType::kEcP256).public_key().ToPem()));
    }
    AddIssuer("one", ca);
  }

  void AddIssuer(const std::string& name, const TestIssuer& issuer) {
    config::Ca::Issuer& added = *config.add_issuers();
    added.set_name(name);
    added.set_certificate_file(dir.Write(name + ".pem", issuer.certificate_pem()));
    added.set_key_file(dir.Write(name + ".key", issuer.key().ToPem()));
    added.set_ca_issuers_url("http://ca.test/" + name + ".der");
    added.set_ccadb_disclosed(true);
  }

  // The web PKI, with all that it asks for but a key in hardware.
  void UseWebPki() {
    config.set_policy_pack("webpki");
    config.set_public_suffix_file(dir.Write("suffixes.dat",
                                            "// ===BEGIN ICANN DOMAINS===\ntest\n"
                                            "// ===END ICANN DOMAINS===\n"));
    config::LogList& list = *config.mutable_ct()->mutable_log_list();
    list.set_file(dir.File("list.json"));
    list.set_public_key(
        dir.Write("list.pub", PrivateKey::Generate(KeyType::kEcP256).public_key().ToPem()));
  }

  config::Ca::Token& AddToken() {
    config::Ca::Token& token = *config.add_tokens();
    token.set_name("hsm");
    token.set_module("/usr/lib/hsm.so");
    token.set_label("issuers");
    token.set_pin_file(dir.Write("hsm.pin", "1234\n"));
    return token;
  }
  // The first issuer's key is in a token, and not in a file.
  void PutKeyIntoToken() {
    AddToken();
    config.mutable_issuers(0)->clear_key_file();
    config.mutable_issuers(0)->mutable_key()->set_token("hsm");
    config.mutable_issuers(0)->mutable_key()->set_label("key-1");
  }

  testing::TempDir dir;
  TestIssuer root;
  TestIssuer ca;
  config::Ca config;
};

TEST_CASE("what is absent has its documented default") {
  World world;
  const absl::StatusOr<Options> options = Options::Parse(world.config, kNow);
  REQUIRE_OK(options);
  CHECK(options->pack == policy::Pack::kPrivate);
  REQUIRE(options->profiles.size() == 1);
  CHECK(options->profiles[0].name == "default");
  CHECK(options->profiles[0].validity == absl::Hours(144));
  CHECK(options->profiles[0].backdate == absl::Hours(1));
  CHECK_FALSE(options->profiles[0].include_common_name);
  CHECK(options->profiles[0].key_types ==
        std::set<KeyType>{KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384});
  REQUIRE(options->issuers.size() == 1);
  CHECK(options->issuers[0].state == IssuerState::kActive);
  CHECK(options->issuers[0].weight == 1);
  CHECK(options->issuers[0].chain == std::vector<std::string>{world.ca.certificate_der()});
  CHECK(options->keys.at("one").public_key() == world.ca.key().public_key());
  CHECK(options->blocked_keys.size() == 0);
}

TEST_CASE("an issuer's OCSP signer has its own certificate and key", "[OCSP-13][ROOT-04]") {
  World world;
  const PrivateKey key = PrivateKey::Generate(KeyType::kEcP256);
  config::Ca::Issuer& issuer = *world.config.mutable_issuers(0);
  issuer.set_crl_base_url("http://crl.test/one/");
  issuer.set_crl_shards(3);
  issuer.mutable_ocsp_signer()->set_certificate_file(world.dir.Write(
      "ocsp.pem", base::ToPem("CERTIFICATE", testing::DelegateOcsp(world.ca, key.public_key(),
                                                                   kNow - kDay, kNow + kDay))));
  issuer.mutable_ocsp_signer()->set_key_file(world.dir.Write("ocsp.key", key.ToPem()));

  SECTION("in a file") {
    const absl::StatusOr<Options> options = Options::Parse(world.config, kNow);
    REQUIRE_OK(options);
    REQUIRE(options->issuers[0].ocsp_signer.has_value());
    CHECK(options->keys.at("one/ocsp").public_key() == key.public_key());
    CHECK(options->issuers[0].crl.count == 3);
  }
  SECTION("in a token") {
    world.AddToken();
    issuer.mutable_ocsp_signer()->clear_key_file();
    issuer.mutable_ocsp_signer()->mutable_key()->set_token("hsm");
    issuer.mutable_ocsp_signer()->mutable_key()->set_label("ocsp-1");
    const absl::StatusOr<Options> options = Options::Parse(world.config, kNow);
    REQUIRE_OK(options);
    CHECK(options->token_keys.at("one/ocsp").label == "ocsp-1");
  }
  SECTION("not another's key") {
    issuer.mutable_ocsp_signer()->set_key_file(world.dir.File("one.key"));
    CHECK_REASON(Options::Parse(world.config, kNow), Reason::kMalformed);
  }
  SECTION("not another's certificate") {
    issuer.mutable_ocsp_signer()->set_certificate_file(world.dir.File("one.pem"));
    CHECK_REASON(Options::Parse(world.config, kNow), Reason::kMalformed);
  }
  SECTION("not for an issuer whose name could be that of such a key") {
    issuer.set_name("one/ocsp");
    CHECK_REASON(Options::Parse(world.config, kNow), Reason::kMalformed);
  }
  SECTION("in the web PKI not in a file") {
    world.UseWebPki();
    world.PutKeyIntoToken();
    CHECK_REASON(Options::Parse(world.config, kNow), Reason::kMalformed);
    world.config.set_allow_software_keys(true);
    CHECK_OK(Options::Parse(world.config, kNow));
  }
}

TEST_CASE("a chain is read nearest first, without the root") {
  World world;
  TestIssuer lower("Lower", KeyType::kEcP256, kNow - kDay, kNow + 800 * kDay, &world.ca);
  world.AddIssuer("two", lower);
  world.config.mutable_issuers(1)->add_chain_files(world.dir.File("one.pem"));
  world.config.mutable_issuers(1)->set_state("draining");
  const absl::StatusOr<Options> options = Options::Parse(world.config, kNow);
  REQUIRE_OK(options);
  CHECK(options->issuers[1].chain ==
        std::vector<std::string>{lower.certificate_der(), world.ca.certificate_der()});
  CHECK(options->issuers[1].state == IssuerState::kDraining);
}

TEST_CASE("issuers have states and weights; one that is planned needs neither key nor present") {
  World world;
  world.AddIssuer("two", TestIssuer("Two", KeyType::kRsa, kNow - kDay, kNow + kDay));
  world.config.mutable_issuers(1)->set_state("standby");  // its life is short
  world.config.mutable_issuers(1)->set_weight(1000);
  world.AddIssuer("three", TestIssuer("Three", KeyType::kRsa, kNow + kDay, kNow + 900 * kDay));
  world.config.mutable_issuers(2)->set_state("planned");
  world.config.mutable_issuers(2)->set_weight(0);
  world.config.mutable_issuers(2)->clear_key_file();
  world.AddIssuer("four", TestIssuer("Four", KeyType::kEcP384, kNow - kDay, kNow + kDay));
  world.config.mutable_issuers(3)->set_state("crl_only");
  const absl::StatusOr<Options> options = Options::Parse(world.config, kNow);
  REQUIRE_OK(options);
  CHECK(options->issuers[1].state == IssuerState::kStandby);
  CHECK(options->issuers[1].weight == 1000);
  CHECK(options->issuers[2].state == IssuerState::kPlanned);
  CHECK(options->issuers[2].weight == 0);
  CHECK_FALSE(options->keys.contains("three"));
  CHECK(options->issuers[3].state == IssuerState::kCrlOnly);
  CHECK(options->keys.contains("four"));
}

TEST_CASE("a configuration that would not work is refused, and the field is named",
          "[PROF-07][PROF-11][PROF-28][KEY-21]") {
  using Change = std::function<void(World&)>;
  const std::vector<std::tuple<const char*, const char*, Change>> rows = {
      {"no instance", "instance", [](World& w) { w.config.clear_instance(); }},
      {"instance 128", "instance", [](World& w) { w.config.set_instance(128); }},
      {"no journal", "journal_directory", [](World& w) { w.config.clear_journal_directory(); }},
      {"no base URL", "base_urls", [](World& w) { w.config.clear_base_urls(); }},
      {"http base URL in use", "base_urls",
       [](World& w) { w.config.set_base_urls(0, "http://a.test"); }},
      {"http base URL of the web PKI", "base_urls",
       [](World& w) {
         w.config.set_policy_pack("webpki");
         w.config.add_base_urls("http://a.test");
       }},
      {"base URL with a slash", "base_urls",
       [](World& w) { w.config.add_base_urls("https://a.test/"); }},
      {"no CAA identity", "caa_identities", [](World& w) { w.config.clear_caa_identities(); }},
      {"unknown pack", "policy_pack", [](World& w) { w.config.set_policy_pack("public"); }},
      {"unknown RIR", "perspectives[1].rir",
       [](World& w) { w.config.mutable_perspectives(1)->set_rir("EU"); }},
      {"no id", "perspectives[0].id",
       [](World& w) { w.config.mutable_perspectives(0)->clear_id(); }},
      {"no key file", "perspectives[2].public_key_file",
       [](World& w) { w.config.mutable_perspectives(2)->set_public_key_file("/nowhere"); }},
      {"a private key", "perspectives[2].public_key_file",
       [](World& w) {
         w.config.mutable_perspectives(2)->set_public_key_file(w.dir.File("one.key"));
       }},
      {"no primary", "perspectives",
       [](World& w) { w.config.mutable_perspectives(0)->set_primary(false); }},
      {"one key twice", "perspectives",
       [](World& w) {
         w.config.mutable_perspectives(2)->set_public_key_file(w.dir.File("us.pem"));
       }},
      {"profile twice", "profiles[1].name",
       [](World& w) {
         w.config.add_profiles()->set_name("a");
         w.config.add_profiles()->set_name("a");
       }},
      {"profile without a name", "profiles[0].name", [](World& w) { w.config.add_profiles(); }},
      {"validity that is no duration", "profiles[0].validity",
       [](World& w) { w.config.add_profiles()->set_validity("6 days"); }},
      {"backdate over an hour", "profiles[0].backdate",
       [](World& w) { w.config.add_profiles()->set_backdate("3601s"); }},
      {"fraction of a second", "profiles[0]",
       [](World& w) { w.config.add_profiles()->set_validity("500001ms"); }},
      {"unknown key type", "profiles[0].key_types",
       [](World& w) { w.config.add_profiles()->add_key_types("ed25519"); }},
      {"longer than the issuer", "issuers[0].certificate_file",
       [](World& w) {
         w.config.add_profiles()->set_name("long");
         w.config.mutable_profiles(0)->set_validity("901d");
       }},
      {"no issuer", "issuers", [](World& w) { w.config.clear_issuers(); }},
      {"none active", "issuers",
       [](World& w) { w.config.mutable_issuers(0)->set_state("draining"); }},
      {"unknown state", "issuers[0].state",
       [](World& w) { w.config.mutable_issuers(0)->set_state("retired"); }},
      {"only one on standby", "issuers",
       [](World& w) { w.config.mutable_issuers(0)->set_state("standby"); }},
      {"active without weight", "issuers[0].weight",
       [](World& w) { w.config.mutable_issuers(0)->set_weight(0); }},
      {"standby without weight", "issuers[1].weight",
       [](World& w) {
         w.AddIssuer("two", w.ca);
         w.config.mutable_issuers(1)->set_state("standby");
         w.config.mutable_issuers(1)->set_weight(0);
       }},
      {"too much weight", "issuers[0].weight",
       [](World& w) { w.config.mutable_issuers(0)->set_weight(1001); }},
      {"an issuer with CRLs alone and without a key", "issuers[1]",
       [](World& w) {
         w.AddIssuer("two", w.ca);
         w.config.mutable_issuers(1)->set_state("crl_only");
         w.config.mutable_issuers(1)->clear_key_file();
       }},
      {"a planned issuer with another key", "issuers[1].key_file",
       [](World& w) {
         w.AddIssuer("two", w.ca);
         w.config.mutable_issuers(1)->set_state("planned");
         w.dir.Write("two.key", PrivateKey::Generate(KeyType::kEcP256).ToPem());
       }},
      {"a planned issuer that has ended", "issuers[1].certificate_file",
       [](World& w) {
         w.AddIssuer("two", TestIssuer("Old", KeyType::kEcP256, kNow - 9 * kDay, kNow - kDay));
         w.config.mutable_issuers(1)->set_state("planned");
       }},
      {"issuer twice", "issuers[1].name", [](World& w) { w.AddIssuer("one", w.ca); }},
      {"no certificate", "issuers[0].certificate_file",
       [](World& w) { w.config.mutable_issuers(0)->clear_certificate_file(); }},
      {"no key", "issuers[0].key_file",
       [](World& w) { w.config.mutable_issuers(0)->set_key_file(w.dir.File("none.key")); }},
      {"another key", "issuers[0].key_file",
       [](World& w) { w.dir.Write("one.key", PrivateKey::Generate(KeyType::kEcP256).ToPem()); }},
      {"a certificate of the future", "issuers[0].certificate_file",
       [](World& w) {
         w.AddIssuer("one", TestIssuer("Late", KeyType::kEcP256, kNow + kDay, kNow + 900 * kDay));
       }},
      {"an https URL of the issuer", "issuers[0].ca_issuers_url",
       [](World& w) { w.config.mutable_issuers(0)->set_ca_issuers_url("https://i.test/"); }},
      {"a chain that doesn't fit", "issuers[0].chain_files[0]",
       [](World& w) { w.config.mutable_issuers(0)->add_chain_files(w.dir.File("one.pem")); }},
      {"neither a key file nor a key", "issuers[0]",
       [](World& w) { w.config.mutable_issuers(0)->clear_key_file(); }},
      {"both a key file and a key", "issuers[0]",
       [](World& w) {
         w.PutKeyIntoToken();
         w.config.mutable_issuers(0)->set_key_file(w.dir.File("one.key"));
       }},
      {"a key in no token", "issuers[0].key.token",
       [](World& w) {
         w.PutKeyIntoToken();
         w.config.clear_tokens();
       }},
      {"a key without a label", "issuers[0].key.label",
       [](World& w) {
         w.PutKeyIntoToken();
         w.config.mutable_issuers(0)->mutable_key()->clear_label();
       }},
      {"a token without a name", "tokens[0].name", [](World& w) { w.AddToken().clear_name(); }},
      {"token twice", "tokens[1].name",
       [](World& w) {
         w.AddToken();
         w.AddToken();
       }},
      {"no module", "tokens[0].module", [](World& w) { w.AddToken().clear_module(); }},
      {"a module somewhere", "tokens[0].module",
       [](World& w) { w.AddToken().set_module("libsofthsm2.so"); }},
      {"no token label", "tokens[0].label", [](World& w) { w.AddToken().clear_label(); }},
      {"a label of 33 octets", "tokens[0].label",
       [](World& w) { w.AddToken().set_label(std::string(33, 'x')); }},
      {"no PIN", "tokens[0].pin_file", [](World& w) { w.AddToken().clear_pin_file(); }},
      {"no PIN file", "tokens[0].pin_file",
       [](World& w) { w.AddToken().set_pin_file("/nowhere"); }},
      {"a PIN that others may read", "tokens[0].pin_file",
       [](World& w) { REQUIRE(chmod(w.AddToken().pin_file().c_str(), 0640) == 0); }},
      {"a descriptor that isn't there", "tokens[0].pin_file",
       [](World& w) { w.AddToken().set_pin_file("fd:1000"); }},
      {"too many sessions", "tokens[0].sessions",
       [](World& w) { w.AddToken().set_sessions(1001); }},
      {"a wait that is no duration", "tokens[0].session_wait",
       [](World& w) { w.AddToken().set_session_wait("soon"); }},
      {"no blocklist", "blocked_keys_file",
       [](World& w) { w.config.set_blocked_keys_file("/nowhere"); }},
  };
  for (const auto& [why, field, change] : rows) {
    World world;
    change(world);
    const absl::StatusOr<Options> options = Options::Parse(world.config, kNow);
    INFO(why << ": " << options.status());
    CHECK_REASON(options, Reason::kMalformed);
    if (!options.ok()) {
      CHECK(errors::PayloadOf(options.status()).detail().find(field) != std::string::npos);
    }
  }
}

TEST_CASE("a key in a token is named by the token and the label") {
  World world;
  world.PutKeyIntoToken();
  absl::StatusOr<Options> options = Options::Parse(world.config, kNow);
  REQUIRE_OK(options);
  CHECK(options->keys.empty());
  CHECK(options->token_keys.at("one").token == "hsm");
  CHECK(options->token_keys.at("one").label == "key-1");
  REQUIRE(options->tokens.size() == 1);
  CHECK(options->tokens[0].name == "hsm");
  CHECK(options->tokens[0].options.module == "/usr/lib/hsm.so");
  CHECK(options->tokens[0].options.token_label == "issuers");
  CHECK(options->tokens[0].options.pin_path == world.dir.File("hsm.pin"));
  CHECK(options->tokens[0].options.sessions == 8);
  CHECK(options->tokens[0].options.wait == absl::Seconds(2));
  world.config.mutable_tokens(0)->set_sessions(3);
  world.config.mutable_tokens(0)->set_session_wait("500ms");
  options = Options::Parse(world.config, kNow);
  REQUIRE_OK(options);
  CHECK(options->tokens[0].options.sessions == 3);
  CHECK(options->tokens[0].options.wait == absl::Milliseconds(500));
}

TEST_CASE("the web PKI takes no keys from files, but for a test that says so", "[ROOT-04]") {
  World world;
  world.UseWebPki();
  const absl::Status refused = Options::Parse(world.config, kNow).status();
  CHECK_REASON(refused, Reason::kMalformed);
  CHECK(errors::PayloadOf(refused).detail() ==
        "issuers[0].key_file: the web PKI wants keys in hardware (BR 6.2.7)");
  world.config.set_allow_software_keys(true);
  CHECK_OK(Options::Parse(world.config, kNow));
  // Whether a token is hardware it says itself, when it is opened.
  world.config.set_allow_software_keys(false);
  world.PutKeyIntoToken();
  CHECK_OK(Options::Parse(world.config, kNow));
}

TEST_CASE("the web PKI wants CT, names of public suffixes, and reviewed warnings",
          "[CT-01][LINT-04][PROF-13][PROF-16][PROF-61]") {
  World world;
  world.config.set_allow_software_keys(true);
  world.UseWebPki();
  CHECK(Options::Parse(world.config, kNow)->ct->policy.require_rfc6962);
  const auto refusal = [&] {
    const absl::Status status = Options::Parse(world.config, kNow).status();
    CHECK_REASON(status, Reason::kMalformed);
    return errors::PayloadOf(status).detail();
  };
  SECTION("CT") {
    world.config.clear_ct();
    CHECK(refusal().starts_with("ct: must be there"));
  }
  SECTION("a public suffix list") {
    world.config.clear_public_suffix_file();
    CHECK(refusal() == "public_suffix_file: must be there");
    world.config.set_public_suffix_file(world.dir.Write("empty", "\n"));
    CHECK(refusal().starts_with("public_suffix_file: "));
  }
  SECTION("an issuer that the CCADB knows, before it signs") {
    world.config.mutable_issuers(0)->set_ccadb_disclosed(false);
    CHECK(refusal().starts_with("issuers[0].ccadb_disclosed: must be true"));
    world.AddIssuer("two", world.ca);
    world.config.mutable_issuers(0)->set_state("planned");
    CHECK_OK(Options::Parse(world.config, kNow));
  }
  SECTION("where the issuer's certificate is") {
    world.config.mutable_issuers(0)->clear_ca_issuers_url();
    CHECK(refusal().starts_with("issuers[0].ca_issuers_url: must be there"));
  }
  SECTION("a warning that was reviewed") {
    world.config.add_profiles()->set_name("default");
    world.config.mutable_profiles(0)->set_include_common_name(true);
    CHECK(refusal().starts_with("profiles[0].include_common_name: "));
    world.config.add_allowed_lint_warnings("w_subject_common_name_included");
    CHECK_OK(Options::Parse(world.config, kNow));
    world.config.add_allowed_lint_warnings("w_no_such_lint");
    CHECK(refusal().starts_with("allowed_lint_warnings: "));
  }
}

TEST_CASE("the web PKI's certificates without revocation are short-lived", "[PROF-27][PROF-28]") {
  const auto [validity, webpki] = GENERATE(table<const char*, bool>({
      {"144h", true},
      {"168h", true},
      {"604801s", false},
      {"90d", false},
  }));
  INFO(validity);
  World world;
  world.config.set_allow_software_keys(true);
  world.config.add_profiles()->set_name("default");
  world.config.mutable_profiles(0)->set_validity(validity);
  CHECK_OK(Options::Parse(world.config, kNow));
  world.UseWebPki();
  CHECK(Options::Parse(world.config, kNow).ok() == webpki);
}

TEST_CASE("a profile with clientAuth does not start after its end, and is warned before",
          "[PROF-19]") {
  const absl::Time day = absl::FromCivil(absl::CivilDay(2027, 3, 15), absl::UTCTimeZone());
  World world;
  world.config.set_allow_software_keys(true);
  world.config.add_profiles()->set_name("default");
  world.config.mutable_profiles(0)->set_client_auth(true);
  world.config.mutable_profiles(0)->set_rsa_signature_only(true);
  world.UseWebPki();
  const absl::StatusOr<Options> before = Options::Parse(world.config, day - absl::Seconds(1));
  REQUIRE_OK(before);
  CHECK(before->profiles[0].client_auth);
  CHECK(before->profiles[0].rsa_signature_only);
  CHECK(before->UnlawfulAt(day - absl::Seconds(1)).empty());
  const std::vector<std::string> soon = before->UnlawfulAt(day);
  REQUIRE(soon.size() == 1);
  CHECK(soon[0].find("profiles[0].client_auth") != std::string::npos);
  const absl::Status after = Options::Parse(world.config, day).status();
  CHECK_REASON(after, Reason::kMalformed);
  CHECK(errors::PayloadOf(after).detail().starts_with("profiles[0].client_auth: "));
  world.config.clear_policy_pack();
  CHECK_OK(Options::Parse(world.config, day));
}

TEST_CASE("issuers for other purposes don't start", "[PROF-19][PROF-57]") {
  World world;
  const auto use = [&](const std::vector<std::string_view>& purposes) {
    const std::string tbs = x509::ComposeTbs(x509::CaCertificate{
        .serial = "\x01",
        .algorithm = crypto::SignatureAlgorithm::kEcdsaSha256,
        .issuer_der = world.root.name_der(),
        .subject_der = world.ca.name_der(),
        .not_before = kNow - kDay,
        .not_after = kNow + 900 * kDay,
        .public_key = world.ca.key().public_key(),
        .subject_key_id = world.ca.key_id(),
        .authority_key_id = world.root.key_id(),
        .path_length = 0,
        .extended_key_usage = {purposes.begin(), purposes.end()},
        .policies = {},
        .ca_issuers_url = std::nullopt,
        .crl_url = std::nullopt,
    });
    const crypto::SignatureAlgorithm algorithm = crypto::SignatureAlgorithm::kEcdsaSha256;
    world.dir.Write(
        "one.pem", base::ToPem("CERTIFICATE",
                               x509::ComposeCertificate(
                                   tbs, algorithm, world.root.key().Sign(algorithm, tbs).value())));
    return Options::Parse(world.config, kNow).ok();
  };
  world.config.add_profiles()->set_name("default");
  CHECK(use({x509::oid::kServerAuth}));
  CHECK_FALSE(use({x509::oid::kClientAuth}));
  world.config.mutable_profiles(0)->set_client_auth(true);
  CHECK_FALSE(use({x509::oid::kServerAuth}));
  CHECK(use({x509::oid::kServerAuth, x509::oid::kClientAuth}));
}

TEST_CASE("the web PKI wants more remote perspectives by date, and is warned before", "[MPIC-02]") {
  const absl::Time day = absl::FromCivil(absl::CivilDay(2026, 12, 15), absl::UTCTimeZone());
  World world;
  world.config.set_allow_software_keys(true);
  world.UseWebPki();
  CHECK(Options::Parse(world.config, day).value().UnlawfulAt(day).empty());
  world.config.mutable_perspectives()->RemoveLast();
  const absl::StatusOr<Options> before = Options::Parse(world.config, day - absl::Seconds(1));
  REQUIRE_OK(before);
  CHECK(before->UnlawfulAt(day - absl::Seconds(1)).empty());
  CHECK(before->UnlawfulAt(day).size() == 1);
  CHECK_REASON(Options::Parse(world.config, day), Reason::kMalformed);
  world.config.clear_policy_pack();
  CHECK_OK(Options::Parse(world.config, day));
}

TEST_CASE("where the perspectives stand matters to the web PKI, and is checked here, too",
          "[MPIC-04][MPIC-05][MPIC-06]") {
  using Change = std::function<void(World&)>;
  const std::vector<std::pair<const char*, Change>> rows = {
      {"must stand in at least 2 regions",
       [](World& w) {
         for (auto& perspective : *w.config.mutable_perspectives()) perspective.set_rir("ARIN");
       }},
      {"us and br are",
       [](World& w) {
         *w.config.mutable_perspectives(4)->mutable_location() =
             w.config.perspectives(1).location();
       }},
      {"the location of eu must be told",
       [](World& w) { w.config.mutable_perspectives(2)->clear_location(); }},
      {"the resolver of eu stands in another region",
       [](World& w) {
         auto& resolver = *w.config.mutable_perspectives(2)->mutable_resolver();
         resolver.set_rir("APNIC");
         resolver.mutable_location()->set_latitude(60);
         resolver.mutable_location()->set_longitude(25);
       }},
  };
  for (const auto& [why, change] : rows) {
    INFO(why);
    World world;
    world.config.set_allow_software_keys(true);
    change(world);
    CHECK_OK(Options::Parse(world.config, kNow));
    world.UseWebPki();
    const absl::Status status = Options::Parse(world.config, kNow).status();
    CHECK_REASON(status, Reason::kMalformed);
    const std::string message(status.message().data(), status.message().size());
    CHECK(message.starts_with("perspectives: "));
    CHECK(message.find(why) != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::ca
