#include "services/ca/core/issue_certificate.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "libs/base/call.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "services/ca/api/journal.h"
#include "services/ca/api/signer.h"
#include "services/ca/api/signer_contract.h"
#include "services/ca/core/read_journal.h"
#include "services/ca/core/world.h"

namespace cairn::ca {
namespace {

using cairn::testing::CsrParts;
using cairn::testing::MakeCsr;
using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;
using testing::FaultySigner;
using testing::World;

using Response = absl::StatusOr<v1::SignCertificateResponse>;

// The certificate of an answer, after OpenSSL has verified it up to the root.
x509::Certificate Verified(const World& world, const Response& response) {
  REQUIRE_OK(response);
  std::vector<std::string> chain(response->chain().begin(), response->chain().end());
  CHECK_OK(crypto::judge::VerifyChain(response->certificate(), chain,
                                      {world.root.certificate_der()}, world.clock.Now()));
  absl::StatusOr<x509::Certificate> certificate = x509::Certificate::Parse(response->certificate());
  REQUIRE_OK(certificate);
  CHECK(certificate->tbs().serial == response->serial());
  return *std::move(certificate);
}

// The real use cases behind the interfaces of the callers.
class RealSigner final : public Signer, public Journal {
 public:
  explicit RealSigner(World& world) : world_(world) {}

  absl::StatusOr<v1::SignPrecertificateResponse> SignPrecertificate(
      const base::Call&, const v1::SignPrecertificateRequest&) override {
    return errors::Make(Reason::kMalformed, "these tests have no CT");
  }
  absl::StatusOr<v1::SignCertificateResponse> SignCertificate(
      const base::Call&, const v1::SignCertificateRequest& request) override {
    return world_.Run(request);
  }
  absl::StatusOr<v1::ReadJournalResponse> ReadJournal(
      const base::Call& call, const v1::ReadJournalRequest& request) override {
    return ca::ReadJournal(*world_.journal).Run(call, request);
  }

 private:
  World& world_;
};

TEST_CASE("the real signer keeps the contract that the fake keeps") {
  World world;
  RealSigner signer(world);
  testing::SignerContract(signer, signer, world.subscriber, world.perspectives,
                          world.root.certificate_der(), world.clock.Now())
      .Run();
}

TEST_CASE("a key of each kind gets a certificate that OpenSSL verifies",
          "[PROF-04][PROF-05][PROF-43]") {
  const KeyType issuer = GENERATE(KeyType::kRsa, KeyType::kEcP256);
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384);
  World world({issuer});
  const PrivateKey key = PrivateKey::Generate(type);
  const x509::Certificate certificate = Verified(
      world,
      world.Run(world.Request(1, MakeCsr(key, std::vector<std::string>{"a.test"}), {"a.test"})));
  CHECK(certificate.public_key() == key.public_key());
  CHECK(certificate.tbs().names == x509::Names{{"a.test"}, {}});
  CHECK(crypto::judge::MatchesHost(certificate.der(), "a.test"));
}

TEST_CASE("a key is signed by the issuer of its kind") {
  World world({KeyType::kRsa, KeyType::kEcP256});
  const auto [type, issuer] = GENERATE(table<KeyType, const char*>({
      {KeyType::kRsa, "issuer-1"},
      {KeyType::kEcP256, "issuer-2"},
      {KeyType::kEcP384, "issuer-2"},
  }));
  const PrivateKey key = PrivateKey::Generate(type);
  const Response response =
      world.Run(world.Request(1, MakeCsr(key, std::vector<std::string>{"a.test"}), {"a.test"}));
  Verified(world, response);
  CHECK(response->issuer() == issuer);
}

TEST_CASE("the certificate says what profile and evidence say",
          "[PROF-02][PROF-06][PROF-07][PROF-08][ACME-111]") {
  World world;
  const x509::Certificate certificate = Verified(world, world.Run(world.Request()));
  const x509::TbsCertificate& tbs = certificate.tbs();
  CHECK(tbs.serial.size() == 16);
  CHECK(tbs.serial[0] == 7);
  CHECK(tbs.not_before == world.clock.Now() - absl::Hours(1));
  CHECK(tbs.not_after - tbs.not_before + absl::Seconds(1) == absl::Hours(144));
  CHECK_FALSE(tbs.common_name.has_value());
  CHECK(tbs.names == x509::Names{{"a.example.test", "b.example.test"}, {}});
}

TEST_CASE("a certificate is not older than an issuer that was made a minute ago") {
  World world;
  const cairn::testing::TestIssuer ca("issuer-1", KeyType::kEcP256,
                                      world.clock.Now() - absl::Minutes(1),
                                      world.clock.Now() + absl::Hours(1000), &world.root);
  const x509::Certificate issuer = x509::Certificate::Parse(ca.certificate_der()).value();
  world.configure = [&issuer](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers = {{.name = "issuer-1",
                .certificate = issuer,
                .chain = {issuer.der()},
                .ca_issuers_url = "http://ca.test/issuer-1.der"}};
  };
  world.Restart();
  // Its key is another one, so the signature that is made is found to be wrong;
  // but the times were journaled before.
  CHECK_REASON(world.Run(world.Request()), Reason::kInternal);
  REQUIRE(world.Intents().size() == 1);
  const x509::TbsCertificate tbs = x509::TbsCertificate::Parse(world.Intents()[0].tbs()).value();
  CHECK(tbs.not_before == issuer.tbs().not_before);
  CHECK(tbs.not_after - tbs.not_before + absl::Seconds(1) == absl::Hours(144));
}

TEST_CASE("wildcards and addresses are names of their own kind", "[ACME-109]") {
  World world;
  CsrParts parts;
  parts.names = {{"*.a.test"}, {std::string("\x08\x08\x04\x04", 4)}};
  v1::SignCertificateRequest request = world.Request(1, MakeCsr(world.key, parts), {});
  const auto add = [&](const std::string& name, bool wildcard, core::v1::Identifier::Type type) {
    evidence::v1::Attempt& attempt = *request.mutable_evidence()->add_attempts();
    for (size_t i = 0; i < 6; ++i) {
      evidence::v1::Receipt receipt =
          world.perspectives.Receipt(i, world.subscriber, name, world.clock.Now());
      receipt.set_wildcard(wildcard);
      if (wildcard) {
        receipt.mutable_control()->set_method("dns-01");
        receipt.mutable_caa()->set_method("dns-01");
      }
      receipt.mutable_identifier()->set_type(type);
      *attempt.add_receipts() = world.perspectives.Sign(i, receipt);
    }
  };
  add("a.test", true, core::v1::Identifier::TYPE_DNS);
  add("8.8.4.4", false, core::v1::Identifier::TYPE_IP);
  const x509::Certificate certificate = Verified(world, world.Run(request));
  CHECK(certificate.tbs().names == parts.names);
  CHECK(crypto::judge::MatchesHost(certificate.der(), "b.a.test"));
  CHECK_FALSE(crypto::judge::MatchesHost(certificate.der(), "a.test"));
  CHECK(crypto::judge::MatchesAddress(certificate.der(), "8.8.4.4"));
}

TEST_CASE("a profile with common names takes the request's, or the first that fits", "[PROF-13]") {
  World world;
  world.configure = [](IssueCertificate::Rules& rules, std::vector<Issuer>&) {
    rules.profiles[0].include_common_name = true;
  };
  // BR 7.1.2.7.2 advises against it: somebody must have decided so.
  CHECK_REASON(
      [&] {
        world.Restart();
        return world.Run(world.Request(9));
      }(),
      Reason::kInternal);
  world.allowed =
      lint::AllowList::Create({"w_sct_list_missing", "w_ct_sct_policy_count_unsatisfied",
                               "w_subject_common_name_included"},
                              {"e_dnsname_not_valid_tld", "e_dnsname_contains_bare_iana_suffix",
                               "e_dnsname_wildcard_left_of_public_suffix"})
          .value();
  world.Restart();
  const std::string long_name = std::string(60, 'a') + ".example.test";
  CsrParts parts;
  parts.names.dns = {long_name, "b.example.test", "c.example.test"};
  const std::vector<std::string> names = parts.names.dns;
  CHECK(Verified(world, world.Run(world.Request(1, MakeCsr(world.key, parts), names)))
            .tbs()
            .common_name == "b.example.test");
  parts.common_name = "c.example.test";
  CHECK(Verified(world, world.Run(world.Request(2, MakeCsr(world.key, parts), names)))
            .tbs()
            .common_name == "c.example.test");
}

TEST_CASE("the intent is journaled and audited before the key is used, the certificate after") {
  World world;
  Verified(world, world.Run(world.Request()));
  CHECK(world.happenings.list() == std::vector<std::string>{"intent", "audit certificate_signing",
                                                            "sign", "signed",
                                                            "audit certificate_signed"});
  const std::vector<v1::JournalRecord> records = world.Records();
  REQUIRE(records.size() == 2);  // two syncs for a certificate
  CHECK(records[1].signed_().intent_index() == 0);
  CHECK(records[1].signed_().serial() == records[0].intent().serial());
  CHECK(records[0].intent().finalize_url() == world.subscriber.FinalizeUrl(1));
  CHECK(records[0].intent().issuer() == "issuer-1");
  CHECK(records[0].recorded_at_ms() == absl::ToUnixMillis(world.clock.Now()));
  CHECK(x509::Certificate::Parse(records[1].signed_().certificate())->tbs_der() ==
        records[0].intent().tbs());
}

TEST_CASE("the same issuance gets the same certificate, for ever", "[ACME-115]") {
  World world;
  const v1::SignCertificateRequest request = world.Request();
  const Response first = world.Run(request);
  REQUIRE_OK(first);
  if (GENERATE(false, true)) world.Restart();
  // Also when the evidence is too old by now for a new certificate.
  world.clock.Advance(GENERATE(absl::ZeroDuration(), absl::Hours(24 * 300)));
  const Response second = world.Run(request);
  REQUIRE_OK(second);
  CHECK(second->SerializeAsString() == first->SerializeAsString());
  CHECK(world.happenings.Count("sign") == 1);
}

TEST_CASE("one request gives one certificate", "[ACME-115]") {
  World world;
  REQUIRE_OK(world.Run(world.Request(1)));
  if (GENERATE(false, true)) world.Restart();
  v1::SignCertificateRequest request = world.Request(1);
  SECTION("under another issuance id") { request.set_issuance_id(std::string(16, 'x')); }
  SECTION("with another CSR for the same order") {
    request = world.Request(
        1, MakeCsr(PrivateKey::Generate(KeyType::kEcP256), std::vector<std::string>{"a.test"}),
        {"a.test"});
    request.set_issuance_id(std::string(16, 'x'));
  }
  SECTION("the same issuance id for another order") {
    const std::string id = request.issuance_id();
    request = world.Request(2);
    request.set_issuance_id(id);
  }
  CHECK_REASON(world.Run(request), Reason::kReplayed);
  CHECK(world.happenings.Count("sign") == 1);
  CHECK(world.Audited("signing_refused") == 1);
}

TEST_CASE("what is wrong is refused: unsigned, not journaled, and audited",
          "[KEY-02][KEY-03][KEY-16][KEY-18][ACME-109][ACME-110]") {
  struct Row {
    const char* why;
    Reason reason;
    std::function<v1::SignCertificateRequest(World&)> request;
  };
  const std::vector<std::string> one = {"a.test"};
  const auto with_key = [one](const PrivateKey& key) {
    return [&key, one](World& world) { return world.Request(1, MakeCsr(key, one), one); };
  };
  const PrivateKey small = PrivateKey::Generate(KeyType::kRsa, 1024);
  const PrivateKey p521 = PrivateKey::Generate(KeyType::kEcP521);
  const PrivateKey ed25519 = PrivateKey::Generate(KeyType::kEd25519);
  const std::vector<Row> rows = {
      {"a name that was not proven", Reason::kEvidenceMismatch,
       [](World& w) {
         return w.Request(1, MakeCsr(w.key, std::vector<std::string>{"a.test", "evil.test"}),
                          {"a.test"});
       }},
      {"a proven name that is not asked for", Reason::kEvidenceMismatch,
       [](World& w) {
         return w.Request(1, MakeCsr(w.key, std::vector<std::string>{"a.test"}),
                          {"a.test", "b.test"});
       }},
      {"another name", Reason::kEvidenceMismatch,
       [](World& w) {
         return w.Request(1, MakeCsr(w.key, std::vector<std::string>{"evil.test"}), {"a.test"});
       }},
      {"a wildcard for a plain name", Reason::kEvidenceMismatch,
       [](World& w) {
         return w.Request(1, MakeCsr(w.key, std::vector<std::string>{"*.a.test"}), {"a.test"});
       }},
      {"a name in the common name only", Reason::kEvidenceMismatch,
       [one](World& w) {
         CsrParts parts;
         parts.names.dns = one;
         parts.common_name = "evil.test";
         return w.Request(1, MakeCsr(w.key, parts), one);
       }},
      {"no CSR", Reason::kBadCsr, [one](World& w) { return w.Request(1, "no CSR", one); }},
      {"the account's key", Reason::kBadCsr,
       [one](World& w) { return w.Request(1, MakeCsr(w.subscriber.key(), one), one); }},
      {"the issuer's key", Reason::kBadCsr,
       [one](World& w) { return w.Request(1, MakeCsr(w.cas[0]->key(), one), one); }},
      {"a small RSA key", Reason::kBadCsr, with_key(small)},
      {"a P-521 key", Reason::kBadCsr, with_key(p521)},
      {"an Ed25519 key", Reason::kBadCsr, with_key(ed25519)},
      {"an unknown profile", Reason::kInvalidProfile,
       [](World& w) {
         v1::SignCertificateRequest request = w.Request();
         request.set_profile("other");
         return request;
       }},
      {"no issuance id", Reason::kMalformed,
       [](World& w) {
         v1::SignCertificateRequest request = w.Request();
         request.clear_issuance_id();
         return request;
       }},
      {"no request", Reason::kEvidenceForged,
       [](World& w) {
         v1::SignCertificateRequest request = w.Request();
         request.mutable_evidence()->set_finalize_jws("{}");
         return request;
       }},
      {"more changed receipts than a quorum can do without", Reason::kEvidenceForged,
       [](World& w) {
         v1::SignCertificateRequest request = w.Request();
         for (const int i : {1, 2}) {
           evidence::v1::SignedReceipt& receipt =
               *request.mutable_evidence()->mutable_attempts(0)->mutable_receipts(i);
           receipt.mutable_signature()->back() ^= 1;
         }
         return request;
       }},
      {"evidence for one name only", Reason::kEvidenceMismatch,
       [](World& w) {
         v1::SignCertificateRequest request = w.Request();
         request.mutable_evidence()->mutable_attempts()->RemoveLast();
         return request;
       }},
      {"no evidence", Reason::kEvidenceInsufficient,
       [](World& w) {
         v1::SignCertificateRequest request = w.Request();
         request.mutable_evidence()->clear_attempts();
         return request;
       }},
      {"CAA seen 9 hours ago", Reason::kEvidenceStale,
       [](World& w) {
         v1::SignCertificateRequest request = w.Request();
         w.clock.Advance(absl::Hours(9));
         return request;
       }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    CHECK_REASON(world.Run(row.request(world)), row.reason);
    CHECK(world.happenings.list() == std::vector<std::string>{"audit signing_refused"});
    CHECK(world.audit.events()[0].signing_refused().reason() == errors::MappingOf(row.reason).name);
    CHECK(world.audit.events()[0].peer() == "ra");
    CHECK(world.metrics.Text().find(std::string("cairn_ca_refusals_total{reason=\"") +
                                    std::string(errors::MappingOf(row.reason).name) + "\"} 1") !=
          std::string::npos);
  }
}

TEST_CASE("a refused request can be repaired and tried again", "[ACME-112]") {
  World world;
  CHECK_REASON(world.Run(world.Request(1, "no CSR", {"a.test"})), Reason::kBadCsr);
  Verified(world, world.Run(world.Request(1)));
}

// One failure at one step. `restart`: the process dies of it.
struct Fault {
  const char* where;
  std::function<void(World&)> order;
};

const std::vector<Fault>& Faults() {
  static const std::vector<Fault> faults = {
      {"(7) the intent is not written",
       [](World& w) { w.faulty_log.FailNext(journal::FaultyLog::Fault::kNotDone); }},
      {"(7) the intent is written, but nobody knows",
       [](World& w) { w.faulty_log.FailNext(journal::FaultyLog::Fault::kAnswerLost); }},
      {"(7) the audit log is full", [](World& w) { w.audit.SetFailing(true); }},
      {"(8) the key is not used",
       [](World& w) { w.signer->FailNext(FaultySigner::Fault::kNotDone); }},
      {"(8) the key is used, but the signature is lost",
       [](World& w) { w.signer->FailNext(FaultySigner::Fault::kAnswerLost); }},
  };
  return faults;
}

TEST_CASE("after a failure or a crash at any step the same issuance ends with one serial",
          "[ACME-114]") {
  const bool crash = GENERATE(false, true);
  for (const Fault& fault : Faults()) {
    INFO(fault.where << (crash ? ", and a crash" : ""));
    World world;
    const v1::SignCertificateRequest request = world.Request();
    fault.order(world);
    CHECK_REASON(world.Run(request), Reason::kUnavailable);
    world.audit.SetFailing(false);
    if (crash) world.Restart();
    // As time passes, but before anything is stale.
    world.clock.Advance(absl::Minutes(3));

    const x509::Certificate certificate = Verified(world, world.Run(request));
    const std::vector<v1::SigningIntent> intents = world.Intents();
    REQUIRE(intents.size() == 1);
    CHECK(intents[0].serial() == certificate.tbs().serial);
    CHECK(intents[0].tbs() == certificate.tbs_der());
    CHECK(world.happenings.Count("signed") == 1);
  }
}

TEST_CASE("a signature that is journaled but was not answered is found again") {
  // The second append fails: order it between the two.
  const auto fault =
      GENERATE(journal::FaultyLog::Fault::kNotDone, journal::FaultyLog::Fault::kAnswerLost);
  const bool crash = GENERATE(false, true);
  World world;
  const v1::SignCertificateRequest request = world.Request();
  world.signer->FailNext(FaultySigner::Fault::kNotDone);
  CHECK_REASON(world.Run(request), Reason::kUnavailable);  // the intent stands
  world.faulty_log.FailNext(fault);
  CHECK_REASON(world.Run(request), Reason::kUnavailable);
  CHECK_REASON(world.journal->Writable(), Reason::kUnavailable);
  CHECK(world.happenings.Count("sign") == 1);
  if (crash) world.Restart();
  const x509::Certificate certificate = Verified(world, world.Run(request));
  CHECK(world.Intents().size() == 1);
  CHECK(world.Intents()[0].serial() == certificate.tbs().serial);
  // What was written is not signed again; what was lost is, with the same serial.
  CHECK(world.happenings.Count("sign") == (fault == journal::FaultyLog::Fault::kNotDone ? 2 : 1));
  int certificates = 0;
  for (const v1::JournalRecord& record : world.Records()) certificates += record.has_signed_();
  CHECK(certificates == 1);
}

TEST_CASE("an issuance that was begun goes on with its own profile, times and issuer") {
  World world({KeyType::kEcP256, KeyType::kEcP384});
  const v1::SignCertificateRequest request = world.Request();
  world.signer->FailNext(FaultySigner::Fault::kAnswerLost);
  CHECK_REASON(world.Run(request), Reason::kUnavailable);
  const std::string began = world.Intents()[0].issuer();
  world.configure = [began](IssueCertificate::Rules& rules, std::vector<Issuer>& issuers) {
    rules.profiles[0].validity = absl::Hours(100);
    for (Issuer& issuer : issuers) {
      if (issuer.name == began) issuer.state = IssuerState::kDraining;
    }
  };
  world.Restart();
  world.clock.Advance(absl::Hours(1));
  const Response response = world.Run(request);
  const x509::Certificate certificate = Verified(world, response);
  CHECK(response->issuer() == began);
  CHECK(certificate.tbs().not_after - certificate.tbs().not_before + absl::Seconds(1) ==
        absl::Hours(144));
  CHECK(certificate.tbs_der() == world.Intents()[0].tbs());
}

TEST_CASE("an issuance ends with the issuer that it began with, or not at all") {
  const auto [state, ends] = GENERATE(table<IssuerState, bool>({
      {IssuerState::kPlanned, false},
      {IssuerState::kStandby, true},
      {IssuerState::kActive, true},
      {IssuerState::kDraining, true},
      {IssuerState::kCrlOnly, false},
  }));
  World world({KeyType::kEcP256});
  const v1::SignCertificateRequest request = world.Request();
  world.signer->FailNext(FaultySigner::Fault::kNotDone);
  CHECK_REASON(world.Run(request), Reason::kUnavailable);
  world.configure = [state = state](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers[0].state = state;
  };
  world.Restart();
  const Response response = world.Run(request);
  INFO(NameOf(state) << ": " << response.status());
  CHECK(response.ok() == ends);
  if (!ends) CHECK_REASON(response, Reason::kUnavailable);
  CHECK(world.Intents().size() == 1);
  CHECK(world.Run(world.Request(2)).ok() == MayBeginCertificates(state));
}

TEST_CASE("issuers of one kind share the work") {
  World world({KeyType::kEcP256, KeyType::kEcP384});
  std::set<std::string> issuers;
  // Both were drawn after 200, but for one chance in 2^199.
  for (uint64_t order = 1; order <= 200 && issuers.size() < 2; ++order) {
    const Response response = world.Run(world.Request(order));
    Verified(world, response);
    issuers.insert(response->issuer());
  }
  CHECK(issuers == std::set<std::string>{"issuer-1", "issuer-2"});
}

TEST_CASE("an intent is not signed more than 48 hours after its notBefore", "[PROF-06]") {
  World world;
  v1::SignCertificateRequest request = world.Request();
  world.signer->FailNext(FaultySigner::Fault::kNotDone);
  CHECK_REASON(world.Run(request), Reason::kUnavailable);
  world.clock.Advance(absl::Hours(47) + absl::Seconds(1));
  // Fresh evidence for the very same request.
  const std::string jws = request.evidence().finalize_jws();
  request = world.Request();
  request.mutable_evidence()->set_finalize_jws(jws);
  CHECK_REASON(world.Run(request), Reason::kInternal);
  CHECK(world.happenings.Count("sign") == 0);
}

TEST_CASE("a wrong signature stops its issuer until the next start") {
  World world({KeyType::kEcP256, KeyType::kEcP384});
  const v1::SignCertificateRequest request = world.Request(1);
  world.signer->FailNext(FaultySigner::Fault::kWrong);
  CHECK_REASON(world.Run(request), Reason::kInternal);
  CHECK(world.Audited("issuer_stopped") == 1);
  const std::string stopped = world.Intents()[0].issuer();
  CHECK(world.issuers->IsStopped(stopped));
  CHECK(world.happenings.Count("signed") == 0);
  // The issuance was begun with that issuer, and doesn't change it.
  CHECK_REASON(world.Run(request), Reason::kUnavailable);
  const Response other = world.Run(world.Request(2));
  Verified(world, other);
  CHECK(other->issuer() != stopped);
}

TEST_CASE("an issuance whose issuer is stopped waits") {
  World world;
  const v1::SignCertificateRequest request = world.Request();
  world.signer->FailNext(FaultySigner::Fault::kWrong);
  CHECK_REASON(world.Run(request), Reason::kInternal);
  CHECK_REASON(world.Run(request), Reason::kUnavailable);
  world.Restart();
  Verified(world, world.Run(request));
  CHECK(world.Intents().size() == 1);
}

TEST_CASE("nothing is signed that outlives its issuer", "[PROF-11]") {
  World world;
  world.clock.Advance(absl::Hours(20000 - 143) + absl::Seconds(1));
  CHECK_REASON(world.Run(world.Request()), Reason::kUnavailable);
  CHECK(world.Records().empty());
}

TEST_CASE("many calls for one issuance sign once", "[ACME-115]") {
  World world;
  const v1::SignCertificateRequest request = world.Request();
  std::vector<std::string> answers(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& answer : answers) {
      threads.emplace_back([&world, &request, &answer] {
        const Response response = world.Run(request);
        if (response.ok()) answer = response->certificate();
      });
    }
  }
  CHECK_FALSE(answers[0].empty());
  CHECK(std::set<std::string>(answers.begin(), answers.end()).size() == 1);
  CHECK(world.happenings.Count("sign") == 1);
}

TEST_CASE("many issuances of one finalize URL sign once", "[ACME-115]") {
  World world;
  std::vector<v1::SignCertificateRequest> requests(8, world.Request());
  for (size_t i = 0; i < requests.size(); ++i) {
    requests[i].set_issuance_id(std::string(16, static_cast<char>('a' + i)));
  }
  std::vector<absl::Status> results(requests.size());
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < requests.size(); ++i) {
      threads.emplace_back([&, i] { results[i] = world.Run(requests[i]).status(); });
    }
  }
  int signatures = 0;
  for (const absl::Status& status : results) {
    signatures += status.ok();
    if (!status.ok()) CHECK_REASON(status, Reason::kReplayed);
  }
  CHECK(signatures == 1);
  CHECK(world.happenings.Count("sign") == 1);
  CHECK(world.Intents().size() == 1);
}

TEST_CASE("before every signature there is one intent and its audit event, whatever fails",
          "[LOG-19]") {
  // A walk over random failures: the property holds at every moment of it.
  World world;
  std::mt19937_64 numbers(20261123);
  std::vector<v1::SignCertificateRequest> requests;
  for (uint64_t order_id = 1; order_id <= 12; ++order_id) {
    requests.push_back(world.Request(order_id));
  }
  for (int i = 0; i < 60; ++i) {
    const v1::SignCertificateRequest& request = requests[numbers() % requests.size()];
    const size_t fault = numbers() % (Faults().size() + 3);
    if (fault < Faults().size() && world.faulty_log.pending() == 0) Faults()[fault].order(world);
    (void)world.Run(request);
    world.audit.SetFailing(false);
    if (numbers() % 4 == 0) world.Restart();
  }
  int ready = 0;
  for (const std::string& what : world.happenings.list()) {
    if (what == "audit certificate_signing") ready = 1;
    if (what == "sign") CHECK(ready-- == 1);
  }
  std::set<std::string> urls, serials, signed_serials;
  for (const v1::JournalRecord& record : world.Records()) {
    if (record.has_intent()) {
      CHECK(urls.insert(record.intent().finalize_url()).second);
      CHECK(serials.insert(record.intent().serial()).second);
    } else {
      CHECK(signed_serials.insert(record.signed_().serial()).second);
      CHECK(serials.contains(record.signed_().serial()));
    }
  }
  CHECK(signed_serials.size() >= 6);
}

}  // namespace
}  // namespace cairn::ca
