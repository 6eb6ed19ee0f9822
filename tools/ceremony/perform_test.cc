#include "tools/ceremony/perform.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "libs/x509/crl.h"
#include "tools/ceremony/folder.h"
#include "tools/ceremony/statement.h"
#include "tools/ceremony/test_folder.h"
#include "tools/ceremony/transcript.h"

namespace cairn::ceremony {
namespace {

using errors::Reason;
using Texts = std::vector<std::string>;

const std::vector<std::string>& AllPlans() {
  static const auto& plans =
      *new std::vector<std::string>{"key",   "root",        "intermediate", "intermediate_given",
                                    "cross", "ocsp_signer", "crl",          "destroy"};
  return plans;
}

std::vector<Line> LinesOf(const TestFolder& folder) {
  ReadTranscript read = ParseTranscript(folder.File(kTranscriptFile));
  CHECK(read.problem.empty());
  return read.lines;
}

// The first line of that event.
Line LineOfEvent(const TestFolder& folder, const std::string& event) {
  for (Line& line : LinesOf(folder)) {
    if (line.event.name == event) return line;
  }
  FAIL("no line is " << event);
  return {};
}

x509::Certificate MadeCertificate(const TestFolder& folder) {
  absl::StatusOr<x509::Certificate> certificate =
      x509::Certificate::Parse(folder.File("made/certificate.der"));
  REQUIRE_OK(certificate);
  return *std::move(certificate);
}

TEST_CASE("every act is done, attested and verified",
          "[ROOT-03][ROOT-11][ROOT-12][ROOT-13][ROOT-14][ROOT-15][ROOT-16]") {
  for (const std::string& plan : AllPlans()) {
    INFO(plan);
    TestFolder folder(plan);
    REQUIRE_OK(folder.Run());
    CHECK(folder.Failures() != "");  // nobody has attested it yet
    folder.Attest();
    CHECK(folder.Failures() == "");
  }
}

TEST_CASE("every act is rehearsed without the keys that it expects, and is no ceremony then") {
  for (const std::string& plan : AllPlans()) {
    INFO(plan);
    TestFolder folder(plan);
    folder.tokens().Get("roots").keys.clear();
    // Rehearsals come before the day.
    folder.clock().Set(kCeremonyTime - absl::Hours(24 * 20));
    REQUIRE_OK(folder.Run(Mode::kRehearsal, {}));
    CHECK(folder.Failures({Accept::kRehearsal}) == "");
    CHECK(folder.Failures() == "a ceremony, not a rehearsal: a rehearsal on throw-away keys\n");
  }
}

TEST_CASE("a root signs itself, and the day its key was made is kept",
          "[ROOT-18][ROOT-22][PROF-63][PROF-64][PROF-67]") {
  TestFolder folder("root");
  REQUIRE_OK(folder.Run());
  CHECK(folder.tokens().done == Texts{"GenerateKeyPair r3", "Prove r3", "Sign r3"});
  const x509::Certificate root = MadeCertificate(folder);
  CHECK(root.VerifySignature(root.public_key()));
  CHECK_OK(crypto::judge::VerifyAuthority(root.der(), {root.der()}, kCeremonyTime));
  CHECK(LineOfEvent(folder, "key_generated").time == kCeremonyTime);
  const std::string disclosure = folder.File("made/disclosure.json");
  CHECK(disclosure.find("\"key_generated\": \"2026-12-01T10:00:00Z\"") != std::string::npos);
  CHECK(disclosure.find("\"disclose_by\": \"2026-12-08T10:00:00Z\"") != std::string::npos);
}

TEST_CASE("a key without a certificate is listed as parked", "[ROOT-17]") {
  TestFolder folder("key");
  REQUIRE_OK(folder.Run());
  const std::string disclosure = folder.File("made/disclosure.json");
  CHECK(disclosure.find("\"act\": \"key\"") != std::string::npos);
  CHECK(disclosure.find("certificate_sha256") == std::string::npos);
  CHECK(disclosure.find(LineOfEvent(folder, "key_generated").Fact("public_key_sha256")) !=
        std::string::npos);
}

TEST_CASE("an issuing CA's key is made on its own token and signed by the root's",
          "[ROOT-07][PROF-53]") {
  TestFolder folder("intermediate");
  REQUIRE_OK(folder.Run());
  CHECK(folder.tokens().done == Texts{"Prove r1", "GenerateKeyPair t2", "Prove t2", "Sign r1"});
  CHECK(folder.tokens().Get("issuers").keys.contains("t2"));
  CHECK_FALSE(folder.tokens().Get("roots").keys.contains("t2"));
  const x509::Certificate& root = folder.plan().signer->certificate;
  CHECK_OK(
      crypto::judge::VerifyAuthority(MadeCertificate(folder).der(), {root.der()}, kCeremonyTime));
}

TEST_CASE("a cross-certificate has the very name, key and key identifier of the CA",
          "[PROF-48][PROF-69][PROF-70]") {
  TestFolder folder("cross");
  REQUIRE_OK(folder.Run());
  const x509::Certificate cross = MadeCertificate(folder);
  const x509::Certificate& existing = *folder.plan().existing;
  CHECK(cross.tbs().subject_der == existing.tbs().subject_der);
  CHECK(cross.tbs().spki_der == existing.tbs().spki_der);
  CHECK(cross.tbs().subject_key_id == existing.tbs().subject_key_id);
  CHECK(cross.tbs().not_before == existing.tbs().not_before);
  CHECK(cross.VerifySignature(folder.plan().signer->certificate.public_key()));
}

TEST_CASE("an OCSP signer is issued by the very CA that it answers for", "[PROF-73]") {
  TestFolder folder("ocsp_signer");
  REQUIRE_OK(folder.Run());
  const x509::Certificate signer = MadeCertificate(folder);
  const x509::Certificate& ca = folder.plan().signer->certificate;
  CHECK(signer.tbs().issuer_der == ca.tbs().subject_der);
  CHECK(signer.tbs().authority_key_id == ca.tbs().subject_key_id);
  CHECK(signer.VerifySignature(ca.public_key()));
}

TEST_CASE("the root's CRL keeps what was revoked, and every entry has a reason",
          "[ROOT-23][CRL-05][CRL-16][CRL-24]") {
  TestFolder folder("crl");
  REQUIRE_OK(folder.Run());
  const absl::StatusOr<x509::Crl> crl = x509::Crl::Parse(folder.File("made/crl.der"));
  REQUIRE_OK(crl);
  CHECK(crl->content().number == "\x06");
  REQUIRE(crl->content().revoked.size() == 2);
  for (const x509::RevokedCertificate& revoked : crl->content().revoked) {
    CHECK(revoked.reason.has_value());
  }
  CHECK(crypto::judge::IsOnCrl(crl->der(), "\x4a\x01"));
  const absl::StatusOr<x509::Crl> from_pem = x509::Crl::FromPem(folder.File("made/crl.pem"));
  REQUIRE_OK(from_pem);
  CHECK(from_pem->der() == crl->der());
}

TEST_CASE("a first CRL follows none", "[CRL-18]") {
  const std::string text = PlanText("crl");
  const size_t from = text.find("  previous: ");
  TestFolder folder("crl", {{text.substr(from), "  first: true\n"}});
  REQUIRE_OK(folder.Run());
  folder.Attest();
  CHECK(folder.Failures() == "");
  CHECK(x509::Crl::Parse(folder.File("made/crl.der"))->content().revoked.empty());
}

TEST_CASE("a key that is destroyed is gone, and the record says why", "[ROOT-26]") {
  TestFolder folder("destroy");
  REQUIRE_OK(folder.Run());
  CHECK(folder.tokens().Get("roots").keys.empty());
  CHECK(LineOfEvent(folder, "destroying").Fact("other_copies") ==
        "backup cards 1 to 3 are shredded on the same day");
}

TEST_CASE("the same plan gives the same octets but for keys and signatures", "[ROOT-10]") {
  for (const char* plan : {"cross", "intermediate_given"}) {
    INFO(plan);
    TestFolder one(plan);
    TestFolder two(plan);
    two.clock().Advance(absl::Hours(3));
    REQUIRE_OK(one.Run());
    REQUIRE_OK(two.Run());
    CHECK(MadeCertificate(one).tbs_der() == MadeCertificate(two).tbs_der());
    CHECK(LineOfEvent(one, "to_be_signed").Fact("sha256") ==
          LineOfEvent(two, "to_be_signed").Fact("sha256"));
    CHECK(LinesOf(one).size() == LinesOf(two).size());
  }
}

TEST_CASE("without enough operators no token is opened", "[ROOT-03][ROOT-06]") {
  TestFolder folder("root");
  const TestFolder other("key");
  Statement stranger{
      .kind = Statement::Kind::kApproval, .name = "Ben Bek", .plan_sha256 = folder.plan().sha256};
  REQUIRE_OK(stranger.Sign(crypto::PrivateKey::Generate(crypto::KeyType::kEcP384)));
  std::string changed = folder.Approval("ben");
  changed.replace(changed.find("signature\":\"") + 20, 1,
                  changed[changed.find("signature\":\"") + 20] == 'A' ? "B" : "A");
  const std::string ann = folder.Approval("ann");
  const std::vector<std::pair<const char*, Texts>> wrong = {
      {"none", {}},
      {"one", {ann}},
      {"the same operator twice", {ann, ann}},
      {"a witness", {ann, folder.Approval("wim")}},
      {"for another plan", {ann, other.Approval("ben")}},
      {"another's key", {ann, stranger.ToFile()}},
      {"a changed signature", {ann, changed}},
      {"a blank more", {ann, folder.Approval("ben") + " "}},
      {"two right and one wrong", {ann, folder.Approval("cem"), changed}},
  };
  for (const auto& [why, approvals] : wrong) {
    INFO(why);
    TestFolder fresh("root");
    const absl::Status status = fresh.Run(Mode::kRun, approvals);
    CHECK_FALSE(status.ok());
    CHECK(fresh.tokens().opened == 0);
    CHECK(LinesOf(fresh).back().event.name == "aborted");
    CHECK(fresh.Failures() != "");
  }
  CHECK_OK(folder.Run(Mode::kRun, {folder.Approval("cem"), ann, folder.Approval("ben")}));
}

TEST_CASE("outside the window of the plan nothing is done", "[PROF-50][PROF-64][PROF-78]") {
  for (const absl::Duration offset : {absl::Hours(-1) - absl::Seconds(1),
                                      absl::Hours(7) + absl::Seconds(1), absl::Hours(24 * 365)}) {
    TestFolder folder("intermediate");
    folder.clock().Advance(offset);
    CHECK_REASON(folder.Run(), Reason::kInternal);
    CHECK(folder.tokens().opened == 0);
  }
  for (const absl::Duration offset : {absl::Hours(-1), absl::Hours(7)}) {
    TestFolder folder("intermediate");
    folder.clock().Advance(offset);
    CHECK_OK(folder.Run());
  }
}

// A ceremony that must end before a CA's signature is made.
void CheckStops(const char* why, const std::string& plan,
                const std::vector<std::pair<std::string, std::string>>& changes,
                const std::function<void(FakeTokens&)>& spoil) {
  INFO(why);
  TestFolder folder(plan, changes);
  spoil(folder.tokens());
  CHECK_FALSE(folder.Run().ok());
  for (const std::string& done : folder.tokens().done) {
    CHECK_FALSE(done.starts_with("Sign "));
    CHECK_FALSE(done.starts_with("DestroyKeyPair "));
  }
  CHECK(LinesOf(folder).back().event.name == "aborted");
  folder.Attest();
  CHECK(folder.Failures() != "");
}

TEST_CASE("a token that is not as it should be ends the ceremony before it signs",
          "[ROOT-04][ROOT-12][ROOT-13][ROOT-14][ROOT-15][KEY-21]") {
  CheckStops("another serial number", "root",
             {{"label: roots", "label: roots\n  serial: \"0002\""}}, [](FakeTokens&) {});
  CheckStops("no such token", "root", {{"label: roots", "label: rooms"}}, [](FakeTokens&) {});
  CheckStops("a software token", "root", {},
             [](FakeTokens& tokens) { tokens.Get("roots").facts.hardware = false; });
  CheckStops("the issuers' is a software token", "intermediate", {},
             [](FakeTokens& tokens) { tokens.Get("issuers").facts.hardware = false; });
  CheckStops("a stuck random source", "root", {},
             [](FakeTokens& tokens) { tokens.Get("roots").stuck = 2; });
  CheckStops("the label exists", "root", {}, [](FakeTokens& tokens) {
    tokens.Get("roots").keys.emplace("r3", crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  });
  CheckStops("another public key than was made", "root", {},
             [](FakeTokens& tokens) { tokens.Get("roots").shows_other_key = true; });
  CheckStops("a smaller RSA key", "root", {{"type: p384", "type: rsa, rsa_bits: 4096"}},
             [](FakeTokens& tokens) { tokens.Get("roots").rsa_bits = 2048; });
  CheckStops("another key of the root's label", "intermediate", {}, [](FakeTokens& tokens) {
    auto& keys = tokens.Get("roots").keys;
    keys.clear();
    keys.emplace("r1", crypto::PrivateKey::Generate(crypto::KeyType::kEcP384));
  });
  CheckStops("no key of the root's label", "crl", {},
             [](FakeTokens& tokens) { tokens.Get("roots").keys.clear(); });
  CheckStops("another key to destroy", "destroy", {}, [](FakeTokens& tokens) {
    auto& keys = tokens.Get("roots").keys;
    keys.clear();
    keys.emplace("r1", crypto::PrivateKey::Generate(crypto::KeyType::kEcP384));
  });
  for (const char* call :
       {"Info", "ListKeyLabels", "GenerateRandom", "GenerateKeyPair", "ReadAttributes", "Sign"}) {
    CheckStops(call, "root", {}, [call](FakeTokens& tokens) { tokens.Get("roots").fails = call; });
  }
  CheckStops("the answer of a generation is lost", "root", {}, [](FakeTokens& tokens) {
    tokens.Get("roots").fails = "GenerateKeyPair";
    tokens.Get("roots").fails_afterwards = true;
  });
}

TEST_CASE("a private key that could leave the token, or do more than sign, is refused",
          "[ROOT-12]") {
  const std::vector<bool KeyFacts::*> attributes = {
      &KeyFacts::token,       &KeyFacts::private_object,
      &KeyFacts::sensitive,   &KeyFacts::always_sensitive,
      &KeyFacts::extractable, &KeyFacts::never_extractable,
      &KeyFacts::local,       &KeyFacts::sign,
      &KeyFacts::decrypt,     &KeyFacts::unwrap,
      &KeyFacts::derive,      &KeyFacts::modifiable};
  for (size_t i = 0; i < attributes.size(); ++i) {
    INFO(i);
    for (const char* plan : {"root", "crl"}) {
      CheckStops(plan, plan, {}, [&](FakeTokens& tokens) {
        KeyFacts& facts = tokens.Get("roots").attributes;
        facts.*attributes[i] = !(facts.*attributes[i]);
      });
    }
  }
}

TEST_CASE("one bad sample of a random source is noted and not held against it", "[ROOT-14]") {
  TestFolder folder("root");
  folder.tokens().Get("roots").stuck = 1;
  REQUIRE_OK(folder.Run());
  CHECK(LineOfEvent(folder, "random").Fact("good") == "false");
  folder.Attest();
  CHECK(folder.Failures() == "");
}

TEST_CASE("a signature of something else makes no certificate", "[ROOT-10]") {
  TestFolder folder("cross");
  folder.tokens().Get("roots").signs_other_message = true;
  CHECK_FALSE(folder.Run().ok());
  const auto files = ReadFolder(folder.path());
  REQUIRE_OK(files);
  CHECK_FALSE(files->contains("made/certificate.der"));
  // What was signed is known all the same.
  CHECK(LinesOf(folder).back().event.name == "aborted");
  CHECK_FALSE(LineOfEvent(folder, "signed").Fact("signature").empty());
}

TEST_CASE("a key that a token only says it destroyed is noticed", "[ROOT-26]") {
  TestFolder folder("destroy");
  folder.tokens().Get("roots").keeps_keys = true;
  CHECK_FALSE(folder.Run().ok());
  CHECK(LinesOf(folder).back().event.name == "aborted");
}

TEST_CASE("software tokens serve the private policy, and a local stack") {
  TestFolder local("root", {{"policy_pack: webpki", "policy_pack: webpki\nlocal_stack: true"},
                            {"organization: Example CA", "organization: Cairn local stack"}});
  local.tokens().Get("roots").facts.hardware = false;
  REQUIRE_OK(local.Run());
  local.Attest();
  CHECK(local.Failures({Accept::kLocalStack}) == "");
  CHECK(local.Failures() ==
        "a CA's ceremony, not a local stack's: keys of a local stack: no one may trust them\n");

  TestFolder own("root", {{"policy_pack: webpki", "policy_pack: private"}});
  own.tokens().Get("roots").facts.hardware = false;
  REQUIRE_OK(own.Run());
  own.Attest();
  CHECK(own.Failures() == "");
}

TEST_CASE("a ceremony that ends at any line is seen to have ended there") {
  for (const char* plan : {"intermediate", "destroy"}) {
    size_t all = 0;
    {
      TestFolder folder(plan);
      REQUIRE_OK(folder.Run());
      all = LinesOf(folder).size();
    }
    for (size_t lines = 0; lines < all; ++lines) {
      INFO(plan << " after " << lines << " lines");
      TestFolder folder(plan);
      CHECK_FALSE(
          folder.Run(Mode::kRun, {folder.Approval("ann"), folder.Approval("ben")}, lines).ok());
      CHECK(LinesOf(folder).size() == lines);
      folder.Attest();
      CHECK(folder.Failures().find("the transcript's chain: it ends early") != std::string::npos);
    }
  }
}

TEST_CASE("a folder that exists is never written to") {
  TestFolder folder("key");
  REQUIRE_OK(folder.Run());
  const std::string transcript = folder.File(kTranscriptFile);
  CHECK_REASON(folder.Run(), Reason::kConflict);
  CHECK(folder.File(kTranscriptFile) == transcript);
}

}  // namespace
}  // namespace cairn::ceremony
