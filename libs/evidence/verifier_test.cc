#include "libs/evidence/verifier.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>
#include <functional>

#include "libs/errors/errors.h"
#include "libs/evidence/test_evidence.h"
#include "libs/testing/status_matchers.h"

namespace cairn::evidence {
namespace {

using errors::Reason;

constexpr char kBase[] = "https://acme.test";
constexpr uint64_t kOrder = 0x1122334455667788;
constexpr char kName[] = "www.example.test";

struct World {
  explicit World(int remotes = 5) : perspectives(remotes), subscriber(kBase) {
    auto created = Verifier::Create(Options());
    REQUIRE_OK(created);
    verifier.emplace(*std::move(created));
  }

  Verifier::Options Options() const {
    return {.pack = policy::Pack::kWebPki,
            .perspectives = perspectives.perspectives(),
            .base_urls = {kBase, "https://old.acme.test"},
            .caa_identities = {testing::kTestCaaIdentity},
            .methods = {"http-01", "dns-01", "dns-persist-01"}};
  }

  v1::Evidence Evidence() const { return EvidenceFor(subscriber); }
  v1::Evidence EvidenceFor(const testing::TestSubscriber& whose) const {
    v1::Evidence evidence;
    evidence.set_finalize_jws(whose.FinalizeJws(kOrder, "the CSR"));
    evidence.mutable_account()->set_salt(whose.salt());
    evidence.mutable_account()->set_jwk(whose.jwk());
    *evidence.add_attempts() = perspectives.Attempt(whose, kName, now - absl::Hours(1));
    return evidence;
  }

  // Makes receipt `index` of the first attempt anew, after `change`.
  void Change(v1::Evidence& evidence, size_t index,
              const std::function<void(v1::Receipt&)>& change) const {
    v1::SignedReceipt& slot =
        *evidence.mutable_attempts(0)->mutable_receipts(static_cast<int>(index));
    v1::Receipt receipt;
    REQUIRE(receipt.ParseFromString(slot.receipt()));
    change(receipt);
    slot = perspectives.Sign(index, receipt);
  }

  absl::Time now = absl::FromCivil(absl::CivilDay(2026, 11, 23), absl::UTCTimeZone());
  testing::TestPerspectives perspectives;
  testing::TestSubscriber subscriber;
  std::optional<Verifier> verifier;
};

TEST_CASE("genuine evidence proves the account, the request and the name",
          "[VAL-01][MPIC-01][CAA-01]") {
  const World world;
  const auto proof = world.verifier->Verify(world.Evidence(), world.now);
  REQUIRE_OK(proof);
  CHECK(proof->account_uri == world.subscriber.account_uri());
  CHECK(proof->account_key == world.subscriber.key().public_key());
  CHECK(proof->finalize_url == world.subscriber.FinalizeUrl(kOrder));
  CHECK(proof->csr_der == "the CSR");
  CHECK(proof->request_digest.size() == 32);
  REQUIRE(proof->names.size() == 1);
  CHECK(proof->names[0].identifier.value() == kName);
  CHECK(proof->names[0].method == "http-01");
  CHECK(proof->names[0].control_observed == world.now - absl::Hours(1));
}

TEST_CASE("a receipt that says anything else is refused", "[VAL-18][MPIC-08]") {
  struct Row {
    const char* why;
    std::function<void(v1::Receipt&)> change;
    Reason reason;
  };
  const Row row = GENERATE(values<Row>({
      {"another account", [](auto& r) { r.set_account_uri("https://acme.test/acme/account/x"); },
       Reason::kEvidenceMismatch},
      {"another key", [](auto& r) { r.set_account_thumbprint(std::string(32, 'x')); },
       Reason::kEvidenceMismatch},
      {"another name", [](auto& r) { r.mutable_identifier()->set_value("other.test"); },
       Reason::kEvidenceMismatch},
      {"a wildcard", [](auto& r) { r.set_wildcard(true); }, Reason::kEvidenceMismatch},
      {"another attempt", [](auto& r) { r.set_attempt_id(std::string(16, 'x')); },
       Reason::kEvidenceMismatch},
      {"no attempt", [](auto& r) { r.clear_attempt_id(); }, Reason::kEvidenceMismatch},
      {"another token", [](auto& r) { r.mutable_control()->set_token(std::string(16, 'x')); },
       Reason::kEvidenceMismatch},
      {"another method", [](auto& r) { r.mutable_control()->set_method("dns-01"); },
       Reason::kEvidenceMismatch},
      {"no control", [](auto& r) { r.clear_control(); }, Reason::kEvidenceMismatch},
      {"another RIR", [](auto& r) { r.set_rir(v1::Receipt::RIR_LACNIC); },
       Reason::kEvidenceMismatch},
      {"another CA", [](auto& r) { r.mutable_caa()->set_identities(0, "other.test"); },
       Reason::kEvidenceMismatch},
      {"another CAA method", [](auto& r) { r.mutable_caa()->set_method("dns-01"); },
       Reason::kEvidenceMismatch},
      {"the future", [](auto& r) { r.set_observed_at(r.observed_at() + 2 * 3600); },
       Reason::kEvidenceMismatch},
  }));
  INFO(row.why);
  const World world;
  v1::Evidence evidence = world.Evidence();
  world.Change(evidence, 1, row.change);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), row.reason);
}

TEST_CASE("one remote that doesn't corroborate is tolerated, two are not, the primary never",
          "[MPIC-03][MPIC-10]") {
  const World world;
  const bool caa = GENERATE(false, true);
  const auto deny = [&](v1::Receipt& receipt) {
    if (caa) {
      receipt.mutable_caa()->set_permits(false);
    } else {
      receipt.mutable_control()->set_corroborated(false);
    }
  };
  v1::Evidence evidence = world.Evidence();
  world.Change(evidence, 2, deny);
  CHECK_OK(world.verifier->Verify(evidence, world.now));
  world.Change(evidence, 4, deny);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);

  evidence = world.Evidence();
  world.Change(evidence, 0, deny);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);
}

TEST_CASE("a receipt that is left out counts as one that doesn't corroborate", "[MPIC-03]") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  evidence.mutable_attempts(0)->mutable_receipts()->DeleteSubrange(1, 1);
  CHECK_OK(world.verifier->Verify(evidence, world.now));
  evidence.mutable_attempts(0)->mutable_receipts()->DeleteSubrange(1, 1);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);
}

TEST_CASE("a receipt that no perspective of ours signed counts for nothing, and stalls nothing") {
  const World world;
  const auto change = GENERATE(
      as<std::function<void(v1::SignedReceipt&)>>(),
      [](v1::SignedReceipt& r) { (*r.mutable_receipt())[5] ^= 1; },
      [](v1::SignedReceipt& r) { r.set_signature("x"); },
      [](v1::SignedReceipt& r) { r.set_receipt("no protobuf"); },
      [](v1::SignedReceipt& r) {
        v1::Receipt receipt;
        REQUIRE(receipt.ParseFromString(r.receipt()));
        receipt.set_perspective_id("nobody");
        r.set_receipt(receipt.SerializeAsString());
      });
  v1::Evidence evidence = world.Evidence();
  v1::Attempt& attempt = *evidence.mutable_attempts(0);
  change(*attempt.mutable_receipts(2));
  const auto proof = world.verifier->Verify(evidence, world.now);
  REQUIRE_OK(proof);
  CHECK(proof->forged_receipts == 1);

  change(*attempt.mutable_receipts(3));
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceForged);
  for (v1::SignedReceipt& receipt : *attempt.mutable_receipts()) change(receipt);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceForged);
}

TEST_CASE("a perspective can't sign for another one") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  for (const size_t index : {1, 2}) {
    world.Change(evidence, index, [](v1::Receipt& r) { r.set_perspective_id("remote-5"); });
  }
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceForged);
}

TEST_CASE("a receipt that comes twice is refused") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  *evidence.mutable_attempts(0)->add_receipts() = evidence.attempts(0).receipts(1);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceMismatch);
}

TEST_CASE("corroborations of two attempts are never added up", "[MPIC-11]") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  *evidence.add_attempts() =
      world.perspectives.Attempt(world.subscriber, kName, world.now - absl::Minutes(1));
  // Remotes 1 and 2 are missing from the first, 3 and 4 from the second.
  evidence.mutable_attempts(0)->mutable_receipts()->DeleteSubrange(1, 2);
  evidence.mutable_attempts(1)->mutable_receipts()->DeleteSubrange(3, 2);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);
}

TEST_CASE("CAA holds for 8 hours, and a recheck renews it", "[CAA-05]") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  const absl::Time observed = world.now - absl::Hours(1);
  CHECK_OK(world.verifier->Verify(evidence, observed + absl::Hours(8)));
  const absl::Time late = observed + absl::Hours(8) + absl::Seconds(1);
  CHECK_REASON(world.verifier->Verify(evidence, late), Reason::kEvidenceStale);

  *evidence.add_attempts() =
      world.perspectives.Attempt(world.subscriber, kName, late, /*control=*/false);
  const auto proof = world.verifier->Verify(evidence, late);
  REQUIRE_OK(proof);
  CHECK(proof->names.size() == 1);
  CHECK(proof->names[0].caa_observed == late);
  CHECK(proof->names[0].control_observed == observed);
}

TEST_CASE("CAA counts up to 8 hours to the second, whatever the TTL of its records was",
          "[CAA-05]") {
  // BR 4.2.2.1 would let a longer TTL have its way; a shorter one it does not heed
  // either. We take the 8 hours as they stand, so that no zone decides for us.
  const World world;
  const auto [ttl, age, fresh] = GENERATE(table<int64_t, absl::Duration, bool>({
      {300, absl::Hours(8) - absl::Seconds(1), true},
      {300, absl::Hours(8) + absl::Seconds(1), false},
      {0, absl::Hours(8) - absl::Seconds(1), true},
      {24 * 3600, absl::Hours(8) - absl::Seconds(1), true},
      {24 * 3600, absl::Hours(8) + absl::Seconds(1), false},
  }));
  INFO(ttl << " " << absl::FormatDuration(age));
  v1::Evidence evidence = world.Evidence();
  for (size_t i = 0; i < 6; ++i) {
    world.Change(evidence, i, [&, ttl = ttl](v1::Receipt& receipt) {
      receipt.mutable_caa()->set_ttl_seconds(ttl);
    });
  }
  const auto proof = world.verifier->Verify(evidence, world.now - absl::Hours(1) + age);
  if (fresh) {
    CHECK_OK(proof);
  } else {
    CHECK_REASON(proof, Reason::kEvidenceStale);
  }
}

TEST_CASE("one receipt whose CAA is too old is tolerated where a quorum is left", "[CAA-05]") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  const absl::Time now = world.now + absl::Hours(7);  // 8 h after what was observed
  CHECK_OK(world.verifier->Verify(evidence, now));
  const auto older = [](v1::Receipt& receipt) {
    receipt.set_observed_at(receipt.observed_at() - 1);
  };
  world.Change(evidence, 3, older);
  CHECK_OK(world.verifier->Verify(evidence, now));
  world.Change(evidence, 4, older);
  CHECK_REASON(world.verifier->Verify(evidence, now), Reason::kEvidenceStale);
  // The primary's counts always.
  v1::Evidence primary = world.Evidence();
  world.Change(primary, 0, older);
  CHECK_REASON(world.verifier->Verify(primary, now), Reason::kEvidenceStale);
}

TEST_CASE("control holds as long as the calendar says", "[VAL-07][VAL-08]") {
  World world;
  // So late that all that follows lies after 2027-03-15, when 100 days apply.
  world.now = absl::FromCivil(absl::CivilDay(2027, 2, 1), absl::UTCTimeZone());
  const absl::Time observed = world.now - absl::Hours(1);
  const auto at = [&](absl::Time now) {
    v1::Evidence evidence = world.Evidence();
    *evidence.add_attempts() =
        world.perspectives.Attempt(world.subscriber, kName, now, /*control=*/false);
    return world.verifier->Verify(evidence, now).status();
  };
  const absl::Duration days_100 = absl::Hours(24 * 100);
  CHECK_OK(at(observed + days_100));
  CHECK_REASON(at(observed + days_100 + absl::Seconds(1)), Reason::kEvidenceStale);
}

// Evidence about kName as another kind of subject: each receipt after `change`.
v1::Evidence Changed(const World& world, const std::function<void(v1::Receipt&)>& change) {
  v1::Evidence evidence = world.Evidence();
  for (int i = 0; i < evidence.attempts(0).receipts_size(); ++i) {
    world.Change(evidence, static_cast<size_t>(i), change);
  }
  return evidence;
}

TEST_CASE("a method proves only what it can", "[VAL-01][VAL-04][VAL-35][VAL-45]") {
  const World world;
  const auto by = [](const char* method, bool wildcard) {
    return [=](v1::Receipt& receipt) {
      receipt.mutable_control()->set_method(method);
      receipt.mutable_caa()->set_method(method);
      receipt.set_wildcard(wildcard);
    };
  };
  const auto proof = world.verifier->Verify(Changed(world, by("dns-01", true)), world.now);
  REQUIRE_OK(proof);
  CHECK(proof->names.at(0).wildcard);
  CHECK(proof->names.at(0).method == "dns-01");
  CHECK_REASON(world.verifier->Verify(Changed(world, by("http-01", true)), world.now),
               Reason::kEvidenceMismatch);
  // Known, but not one that this signer takes.
  CHECK_REASON(world.verifier->Verify(Changed(world, by("tls-alpn-01", false)), world.now),
               Reason::kEvidenceMismatch);
}

TEST_CASE("an address is proven without CAA, and by no DNS method", "[CAA-01][VAL-45]") {
  const World world;
  const auto address = [](const char* method) {
    return [=](v1::Receipt& receipt) {
      receipt.mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
      receipt.mutable_identifier()->set_value("93.184.216.34");
      receipt.mutable_control()->set_method(method);
      receipt.clear_caa();
    };
  };
  const auto proof = world.verifier->Verify(Changed(world, address("http-01")), world.now);
  REQUIRE_OK(proof);
  CHECK(proof->names.at(0).identifier.value() == "93.184.216.34");
  CHECK_REASON(world.verifier->Verify(Changed(world, address("dns-01")), world.now),
               Reason::kEvidenceMismatch);
  // A name needs CAA still.
  CHECK_REASON(world.verifier->Verify(
                   Changed(world, [](v1::Receipt& receipt) { receipt.clear_caa(); }), world.now),
               Reason::kEvidenceInsufficient);
}

TEST_CASE("a record that stays proves as long as its TTL, and has no token", "[VAL-63]") {
  const World world;
  const absl::Time observed = world.now - absl::Hours(1);
  const auto persistent = [](int64_t ttl) {
    return [=](v1::Receipt& receipt) {
      receipt.mutable_control()->set_method("dns-persist-01");
      receipt.mutable_control()->clear_token();
      receipt.mutable_control()->mutable_lookup()->set_ttl_seconds(ttl);
      receipt.mutable_caa()->set_method("dns-persist-01");
    };
  };
  const v1::Evidence two_hours = Changed(world, persistent(7200));
  CHECK_OK(world.verifier->Verify(two_hours, observed + absl::Hours(2)));
  CHECK_REASON(world.verifier->Verify(two_hours, observed + absl::Hours(2) + absl::Seconds(1)),
               Reason::kEvidenceStale);
  v1::Evidence long_ttl = Changed(world, persistent(86400 * 30));
  const absl::Time last = observed + absl::Hours(240);
  const auto rechecked = [&](absl::Time at) {
    v1::Evidence evidence = long_ttl;
    v1::Attempt caa = world.perspectives.Attempt(world.subscriber, kName, at, /*control=*/false);
    for (int i = 0; i < caa.receipts_size(); ++i) {
      v1::Receipt receipt;
      REQUIRE(receipt.ParseFromString(caa.receipts(i).receipt()));
      receipt.mutable_caa()->set_method("dns-persist-01");
      *caa.mutable_receipts(i) = world.perspectives.Sign(static_cast<size_t>(i), receipt);
    }
    *evidence.add_attempts() = caa;
    return world.verifier->Verify(evidence, at).status();
  };
  CHECK_OK(rechecked(last));
  CHECK_REASON(rechecked(last + absl::Seconds(1)), Reason::kEvidenceStale);
  CHECK_REASON(
      world.verifier->Verify(Changed(world,
                                     [&](v1::Receipt& receipt) {
                                       persistent(7200)(receipt);
                                       receipt.mutable_control()->set_token(std::string(16, 't'));
                                     }),
                             world.now),
      Reason::kEvidenceMismatch);
}

TEST_CASE("a CAA recheck alone proves no control", "[VAL-01]") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  *evidence.mutable_attempts(0) =
      world.perspectives.Attempt(world.subscriber, kName, world.now, /*control=*/false);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);
}

TEST_CASE("control alone does not show that CAA permits", "[CAA-01]") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  for (size_t i = 0; i < 6; ++i) {
    world.Change(evidence, i, [](v1::Receipt& receipt) { receipt.clear_caa(); });
  }
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);
}

TEST_CASE("the request must be the account's own, to a finalize URL of this CA", "[ACME-043]") {
  const World world;
  const testing::TestSubscriber other(kBase);
  const std::string csr = R"({"csr":"AAAA"})";
  const std::string url = world.subscriber.FinalizeUrl(kOrder);
  struct Row {
    const char* why;
    std::string jws;
    Reason reason;
  };
  const std::vector<Row> rows = {
      {"signed by another key", other.Jws(world.subscriber.account_uri(), url, csr),
       Reason::kEvidenceForged},
      {"another account", world.subscriber.Jws(other.account_uri(), url, csr),
       Reason::kEvidenceMismatch},
      {"a staging server's URL",
       world.subscriber.Jws(world.subscriber.account_uri(),
                            "https://staging.test/acme/order/1122334455667788/finalize", csr),
       Reason::kEvidenceMismatch},
      {"another resource",
       world.subscriber.Jws(world.subscriber.account_uri(), "https://acme.test/acme/new-order",
                            csr),
       Reason::kEvidenceMismatch},
      {"no CSR", world.subscriber.Jws(world.subscriber.account_uri(), url, "{}"),
       Reason::kEvidenceForged},
      {"no JWS", "{}", Reason::kEvidenceForged},
      {"empty", "", Reason::kEvidenceForged},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    v1::Evidence evidence = world.Evidence();
    evidence.set_finalize_jws(row.jws);
    CHECK_REASON(world.verifier->Verify(evidence, world.now), row.reason);
  }
}

TEST_CASE("an older base URL of this CA names the same account and the same order", "[CAA-23]") {
  const World world;
  const testing::TestSubscriber elsewhere("https://old.acme.test");
  v1::Evidence evidence = world.EvidenceFor(elsewhere);
  const auto proof = world.verifier->Verify(evidence, world.now);
  REQUIRE_OK(proof);
  CHECK(proof->finalize_url == world.subscriber.FinalizeUrl(kOrder));
  CHECK(proof->account_uri == kBase + elsewhere.account_uri().substr(elsewhere.base_url().size()));
}

TEST_CASE("no salt binds an account's URI to another key", "[ACCT-18]") {
  const World world;
  const testing::TestSubscriber attacker(kBase);
  // The attacker signs, naming the victim's account, whose salt is no secret.
  v1::Evidence evidence = world.Evidence();
  evidence.set_finalize_jws(attacker.Jws(
      world.subscriber.account_uri(), world.subscriber.FinalizeUrl(kOrder), R"({"csr":"AAAA"})"));
  evidence.mutable_account()->set_jwk(attacker.jwk());
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceMismatch);
  evidence.mutable_account()->set_salt(attacker.salt());
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceMismatch);
  evidence.mutable_account()->set_salt("short");
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceForged);
}

TEST_CASE("fewer remotes than the date demands prove nothing", "[MPIC-02]") {
  const absl::Time day = absl::FromCivil(absl::CivilDay(2026, 12, 15), absl::UTCTimeZone());
  World world(/*remotes=*/4);
  world.now = day - absl::Seconds(1);
  CHECK_OK(world.verifier->Verify(world.Evidence(), world.now));
  world.now = day;
  CHECK_REASON(world.verifier->Verify(world.Evidence(), world.now), Reason::kEvidenceInsufficient);
}

TEST_CASE("evidence about nothing, or about far too much, is refused") {
  const World world;
  v1::Evidence evidence = world.Evidence();
  evidence.clear_attempts();
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);
  evidence.add_attempts();
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceInsufficient);
  evidence = world.Evidence();
  for (int i = 0; i < 400; ++i) *evidence.add_attempts() = evidence.attempts(0);
  CHECK_REASON(world.verifier->Verify(evidence, world.now), Reason::kEvidenceForged);
}

TEST_CASE("a verifier needs sound options") {
  const World world;
  struct Row {
    const char* why;
    std::function<void(Verifier::Options&)> change;
  };
  const Row row = GENERATE(values<Row>({
      {"no primary", [](auto& o) { o.perspectives[0].primary = false; }},
      {"two primaries", [](auto& o) { o.perspectives[1].primary = true; }},
      {"one id twice", [](auto& o) { o.perspectives[1].id = o.perspectives[2].id; }},
      {"one key twice", [](auto& o) { o.perspectives[1].key = o.perspectives[2].key; }},
      {"no RIR", [](auto& o) { o.perspectives[1].rir = v1::Receipt::RIR_UNSPECIFIED; }},
      {"a key that is not P-256",
       [](auto& o) {
         o.perspectives[1].key =
             crypto::PrivateKey::Generate(crypto::KeyType::kEcP384).public_key();
       }},
      {"no base URL", [](auto& o) { o.base_urls.clear(); }},
      {"no CAA identity", [](auto& o) { o.caa_identities.clear(); }},
      {"no method", [](auto& o) { o.methods.clear(); }},
  }));
  INFO(row.why);
  Verifier::Options options = world.Options();
  row.change(options);
  CHECK_REASON(Verifier::Create(options), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::evidence
