#include "services/ca/core/complete_certificate.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "libs/crypto/judge.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/sct.h"
#include "libs/ct/test_log.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "services/ca/core/world.h"

namespace cairn::ca {
namespace {

using errors::Reason;
using testing::FaultySigner;
using testing::World;

// A world with CT, and one precertificate in it.
struct Fixture {
  explicit Fixture(crypto::KeyType issuer = crypto::KeyType::kEcP256) : world({issuer}) {
    world.configure = [this](IssueCertificate::Rules& rules, std::vector<Issuer>& issuers) {
      rules.with_ct = true;
      if (configure) configure(issuers);
    };
    world.Restart();
    request = world.Request();
    const auto response = world.Run(request);
    REQUIRE_OK(response);
    precertificate = response->certificate();
    serial = response->serial();
  }
  v1::SignCertificateRequest With(const std::vector<size_t>& logs) const {
    return world.Promised(request, precertificate, logs);
  }
  int CertificatesSigned() const {
    int count = 0;
    for (const v1::Signed& done : world.Signatures()) {
      count += done.signable() == v1::SIGNABLE_CERTIFICATE ? 1 : 0;
    }
    return count;
  }

  World world;
  std::function<void(std::vector<Issuer>&)> configure;
  v1::SignCertificateRequest request;
  std::string precertificate;
  std::string serial;
};

TEST_CASE("the evidence gives a precertificate, and its SCTs the certificate",
          "[PROF-35][PROF-36][CT-12][CT-14][CT-15]") {
  const auto type =
      GENERATE(crypto::KeyType::kEcP256, crypto::KeyType::kEcP384, crypto::KeyType::kRsa);
  Fixture f(type);
  const auto before = x509::Certificate::Parse(f.precertificate);
  REQUIRE_OK(before);
  CHECK(before->tbs().Find(ct::kPoisonOid)->critical);
  CHECK(f.world.Run(f.request)->certificate() == f.precertificate);

  const auto response = f.world.Complete(f.With({0, 1}));
  REQUIRE_OK(response);
  CHECK(response->serial() == f.serial);
  const auto after = x509::Certificate::Parse(response->certificate());
  REQUIRE_OK(after);
  CHECK_OK(ct::ProveSame(before->tbs_der(), after->tbs_der()));
  CHECK(ct::SctsOf(after->tbs_der())->size() == 2);
  CHECK_OK(crypto::judge::VerifyChain(response->certificate(),
                                      {response->chain().begin(), response->chain().end()},
                                      {f.world.root.certificate_der()}, f.world.clock.Now()));
  // A static log counts beside one that is not.
  CHECK(f.CertificatesSigned() == 1);
}

TEST_CASE("each signature of an issuance has its intent, lints and audit before it",
          "[LINT-08][CT-16]") {
  Fixture f;
  REQUIRE_OK(f.world.Complete(f.With({1, 2})));
  CHECK(f.world.happenings.list() ==
        std::vector<std::string>{"intent", "audit certificate_signing", "sign", "signed",
                                 "audit certificate_signed", "intent", "audit certificate_signing",
                                 "sign", "signed", "audit certificate_signed"});
  const std::vector<v1::SigningIntent> intents = f.world.Intents();
  REQUIRE(intents.size() == 2);
  CHECK(intents[0].signable() == v1::SIGNABLE_PRECERTIFICATE);
  CHECK(intents[1].signable() == v1::SIGNABLE_CERTIFICATE);
  for (const v1::SigningIntent& intent : intents) {
    CHECK(intent.serial() == f.serial);
    CHECK_FALSE(intent.lint_version().empty());
    CHECK_FALSE(intent.lint_digest().empty());
    CHECK(intent.finalize_url() == intents[0].finalize_url());
    CHECK(intent.request_digest() == intents[0].request_digest());
  }
  CHECK(f.world.Records().at(intents[1].precertificate_index()).signed_().certificate() ==
        f.precertificate);
}

TEST_CASE("one precertificate becomes one certificate, whatever SCTs come later",
          "[PROF-39][CT-17]") {
  Fixture f;
  CHECK_FALSE(f.world.FindSigned(f.request.issuance_id()).has_value());
  const auto first = f.world.Complete(f.With({0, 1}));
  REQUIRE_OK(first);
  CHECK(f.world.FindSigned(f.request.issuance_id()) == first->certificate());
  CHECK_FALSE(f.world.FindSigned(std::string(16, 'x')).has_value());
  CHECK(f.world.Complete(f.With({1, 2}))->certificate() == first->certificate());
  v1::SignCertificateRequest none;
  none.set_issuance_id(f.request.issuance_id());
  CHECK(f.world.Complete(none)->certificate() == first->certificate());
  f.world.Restart();
  CHECK(f.world.FindSigned(f.request.issuance_id()) == first->certificate());
  CHECK(f.world.Complete(f.With({0, 2}))->certificate() == first->certificate());
  CHECK(f.CertificatesSigned() == 1);
}

TEST_CASE("SCTs that no client would accept give no certificate",
          "[CT-03][CT-04][CT-07][CT-08][CT-10]") {
  struct Row {
    const char* why;
    std::vector<size_t> by;
    std::function<void(Fixture&)> change;
    Reason reason;
  };
  const std::vector<Row> rows = {
      {"none", {}, [](Fixture&) {}, Reason::kEvidenceInsufficient},
      {"one", {0}, [](Fixture&) {}, Reason::kEvidenceInsufficient},
      {"two of one log", {0, 0}, [](Fixture&) {}, Reason::kEvidenceInsufficient},
      {"two of one operator",
       {0, 1},
       [](Fixture& f) { f.world.logs[1].operator_name = f.world.logs[0].operator_name; },
       Reason::kEvidenceInsufficient},
      {"static logs only",
       {0, 2},
       [](Fixture& f) { f.world.logs[0].kind = ct::LogKind::kStatic; },
       Reason::kEvidenceInsufficient},
      {"a retired log",
       {0, 1},
       [](Fixture& f) { f.world.logs[1].state = ct::LogState::kRetired; },
       Reason::kEvidenceInsufficient},
      {"a pending log",
       {0, 1},
       [](Fixture& f) { f.world.logs[1].state = ct::LogState::kPending; },
       Reason::kEvidenceInsufficient},
      {"a log for tests",
       {0, 1},
       [](Fixture& f) { f.world.logs[1].production = false; },
       Reason::kEvidenceInsufficient},
      {"another shard",
       {0, 1},
       [](Fixture& f) {
         const absl::Time now = f.world.clock.Now();
         f.world.logs[1].interval = {{.start = now - absl::Hours(48), .end = now}};
       },
       Reason::kEvidenceInsufficient},
      {"a log that is not in the list",
       {0, 1},
       [](Fixture& f) { f.world.logs.pop_back(); },
       Reason::kEvidenceForged},
      {"an old list",
       {0, 1},
       [](Fixture& f) { f.world.log_list_at = f.world.clock.Now() - absl::Hours(24 * 71); },
       Reason::kUnavailable},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Fixture f;
    v1::SignCertificateRequest request = f.With(row.by);
    if (std::string(row.why) == "a log that is not in the list") {
      f.world.logs.erase(f.world.logs.begin() + 1);
    } else {
      row.change(f);
    }
    CHECK_REASON(f.world.Complete(request), row.reason);
    CHECK(f.CertificatesSigned() == 0);
    CHECK(f.world.Audited("signing_refused") == 1);
  }
}

TEST_CASE("SCTs of static logs alone are enough only where the signer's own policy says so",
          "[CT-04][LINT-88]") {
  const bool accepted = GENERATE(false, true);
  Fixture f;
  f.world.logs[1].kind = ct::LogKind::kStatic;
  f.world.ct_policy.require_rfc6962 = !accepted;
  f.world.Restart();
  CHECK(f.world.Complete(f.With({1, 2})).ok() == accepted);
  CHECK(f.CertificatesSigned() == (accepted ? 1 : 0));
  // One that is not static is fine with either.
  CHECK_OK(f.world.Complete(f.With({0, 2})));
}

TEST_CASE("a publisher that was taken over can't forge an SCT", "[CT-12][CT-13][CT-20]") {
  struct Row {
    const char* why;
    std::function<void(Fixture&, v1::SignCertificateRequest&)> change;
  };
  const auto edit = [](std::function<void(ct::SignedCertificateTimestamp&)> change) {
    return [change](Fixture&, v1::SignCertificateRequest& request) {
      auto sct = ct::SignedCertificateTimestamp::Parse(request.scts(1)).value();
      change(sct);
      request.set_scts(1, sct.Encode());
    };
  };
  const std::vector<Row> rows = {
      {"no SCT at all", [](Fixture&, auto& request) { request.set_scts(1, "sct"); }},
      {"octets after it",
       [](Fixture&, auto& request) { request.mutable_scts(1)->push_back('\0'); }},
      {"another time", edit([](auto& sct) { ++sct.timestamp; })},
      {"extensions added", edit([](auto& sct) { sct.extensions = ct::LeafIndexExtensions(1); })},
      {"another log's name",
       [](Fixture& f, auto& request) {
         auto sct = ct::SignedCertificateTimestamp::Parse(request.scts(1)).value();
         sct.log_id = f.world.logs[2].id;
         request.set_scts(1, sct.Encode());
       }},
      {"a bit of the signature",
       [](Fixture&, auto& request) { request.mutable_scts(1)->back() ^= 1; }},
      {"of another precertificate",
       [](Fixture& f, auto& request) {
         const v1::SignCertificateRequest other = f.world.Request(2);
         const auto precertificate = f.world.Run(other);
         REQUIRE_OK(precertificate);
         request.set_scts(1, f.world.Promised(other, precertificate->certificate(), {1}).scts(0));
       }},
      {"by a log of the attacker",
       [](Fixture& f, auto& request) {
         const cairn::testing::TestLog mine;
         const auto parsed = x509::Certificate::Parse(f.precertificate).value();
         request.set_scts(
             1, mine.Promise(ct::Entry::Precertificate(f.world.cas[0]->key().public_key(),
                                                       ct::RemovePoison(parsed.tbs_der()).value()),
                             f.world.clock.Now())
                    .Encode());
       }},
      {"from before the precertificate",
       [](Fixture& f, auto& request) {
         f.world.clock.Advance(-absl::Hours(3));
         request = f.With({0, 1});
         f.world.clock.Advance(absl::Hours(3));
       }},
      {"from tomorrow",
       [](Fixture& f, auto& request) {
         f.world.clock.Advance(absl::Hours(24));
         request = f.With({0, 1});
         f.world.clock.Advance(-absl::Hours(24));
       }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Fixture f;
    v1::SignCertificateRequest request = f.With({0, 1});
    row.change(f, request);
    CHECK_REASON(f.world.Complete(request), Reason::kEvidenceForged);
    CHECK(f.CertificatesSigned() == 0);
    // And good ones still do.
    CHECK_OK(f.world.Complete(f.With({0, 1})));
  }
}

TEST_CASE("an issuance without a precertificate can't be completed", "[PROF-38][CT-01]") {
  Fixture f;
  v1::SignCertificateRequest request = f.With({0, 1});
  request.set_issuance_id(std::string(16, 'x'));
  CHECK_REASON(f.world.Complete(request), Reason::kEvidenceInsufficient);
  request.set_issuance_id("short");
  CHECK_REASON(f.world.Complete(request), Reason::kMalformed);
  request = f.With({0, 1});
  for (int i = 0; i < 7; ++i) *request.add_scts() = request.scts(0);
  CHECK_REASON(f.world.Complete(request), Reason::kMalformed);
}

TEST_CASE("a precertificate that is too old stays one", "[CT-16][CT-17]") {
  Fixture f;
  f.world.clock.Advance(absl::Hours(8));
  f.world.log_list_at = f.world.clock.Now();
  const v1::SignCertificateRequest late = f.With({0, 1});
  f.world.clock.Advance(absl::Seconds(1));
  CHECK_REASON(f.world.Complete(late), Reason::kEvidenceStale);
  f.world.clock.Advance(-absl::Seconds(1));
  CHECK_OK(f.world.Complete(late));
}

TEST_CASE("killed at any step, a certificate is signed once", "[PROF-39][CT-16]") {
  Fixture f;
  const v1::SignCertificateRequest request = f.With({0, 1});
  SECTION("the key fails") {
    f.world.signer->FailNext(FaultySigner::Fault::kNotDone);
    CHECK_REASON(f.world.Complete(request), Reason::kUnavailable);
    f.world.Restart();
    // Its TBS is in the journal: other SCTs don't change it any more.
    const auto done = f.world.Complete(f.With({1, 2}));
    REQUIRE_OK(done);
    const auto parsed = x509::Certificate::Parse(done->certificate()).value();
    CHECK(ct::SctsOf(parsed.tbs_der())->front().log_id == f.world.logs[0].id);
    CHECK(f.world.Intents().size() == 2);
  }
  SECTION("a wrong signature stops the issuer") {
    f.world.signer->FailNext(FaultySigner::Fault::kWrong);
    CHECK_REASON(f.world.Complete(request), Reason::kInternal);
    CHECK_REASON(f.world.Complete(request), Reason::kUnavailable);
    CHECK(f.world.Audited("issuer_stopped") == 1);
    f.world.Restart();
    CHECK_OK(f.world.Complete(request));
  }
  CHECK(f.CertificatesSigned() == 1);
}

TEST_CASE(
    "a precertificate is completed by an issuer that is draining, but not by one without more") {
  const auto [state, ends] = GENERATE(table<IssuerState, bool>({
      {IssuerState::kDraining, true},
      {IssuerState::kCrlOnly, false},
      {IssuerState::kPlanned, false},
  }));
  Fixture f;
  const v1::SignCertificateRequest request = f.With({0, 1});
  f.configure = [state = state](std::vector<Issuer>& issuers) { issuers[0].state = state; };
  f.world.Restart();
  const auto done = f.world.Complete(request);
  CHECK(done.ok() == ends);
  if (!ends) CHECK_REASON(done, Reason::kUnavailable);
  CHECK(f.CertificatesSigned() == (ends ? 1 : 0));
}

TEST_CASE("a signer that turns CT off signs no second certificate for a precertificate",
          "[PROF-39]") {
  Fixture f;
  f.world.configure = nullptr;
  f.world.Restart();
  CHECK_REASON(f.world.Run(f.request), Reason::kReplayed);
  CHECK(f.CertificatesSigned() == 0);
}

}  // namespace
}  // namespace cairn::ca
