#include "tools/ceremony/plan.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "tools/ceremony/describe.h"
#include "tools/ceremony/read_plan.h"
#include "tools/ceremony/rules.h"
#include "tools/ceremony/test_folder.h"
#include "tools/ceremony/text.h"

namespace cairn::ceremony {
namespace {

using errors::Reason;
using Changes = std::vector<std::pair<std::string, std::string>>;

// Reads a changed plan beside the files of testdata.
absl::StatusOr<Plan> Read(const std::string& name, const Changes& changes) {
  const testing::TempDir dir;
  for (const char* file :
       {"root.pem", "other-root.pem", "issuer.pem", "issuer-key.pem", "previous-crl.pem"}) {
    dir.Write(file, TestFile(file));
  }
  return ReadPlan(dir.Write("plan.yaml", PlanText(name, changes)));
}

TEST_CASE("each act's plan is shown as it was agreed", "[ROOT-01][ROOT-11]") {
  const std::string name = GENERATE(as<std::string>(), "key", "root", "intermediate",
                                    "intermediate_given", "cross", "ocsp_signer", "crl", "destroy");
  INFO(name);
  const absl::StatusOr<Plan> plan = Read(name, {});
  REQUIRE_OK(plan);
  CHECK(FindingsText(*plan, CheckPlan(*plan)) == "");
  CHECK(base::Cat(RowsText(DescribePlan(*plan)), "\n", ScriptOf(*plan)) ==
        TestFile(base::Cat("golden/", name, ".txt")));
}

struct Broken {
  std::string rule;
  std::string plan;
  Changes changes;
};

TEST_CASE("a plan that breaks a rule is refused with the rule's name",
          "[ROOT-01][ROOT-03][ROOT-04][ROOT-07][ROOT-08][ROOT-12][ROOT-15][ROOT-26][KEY-18][KEY-21]"
          "[PROF-50][PROF-52][PROF-53][PROF-54][PROF-55][PROF-57][PROF-60][PROF-62][PROF-64]"
          "[PROF-69][PROF-70][PROF-72][PROF-78][PROF-79][CRL-04][CRL-05][CRL-09][CRL-14][CRL-19]"
          "[CRL-24]") {
  const std::vector<Broken> broken = {
      {"ROOT-03", "root", {{"required: 2", "required: 1"}}},
      {"ROOT-03", "root", {{"required: 2", "required: 4"}}},
      {"ROOT-03", "root", {{"Ben Bek", "Ann Abt"}}},
      {"ROOT-03", "root", {{"Wim Wit", "Ann Abt"}}},
      {"ROOT-01", "root", {{", qualified_auditor: true", ""}}},
      {"ROOT-01", "key", {{", qualified_auditor: true", ""}}},
      {"ROOT-04", "root", {{"  validation: FIPS 140-3 level 3, certificate 0000\n", ""}}},
      {"ROOT-04", "intermediate", {{", validation: \"FIPS 140-3 level 3, certificate 0000\"", ""}}},
      {"ROOT-04", "root", {{"policy_pack: webpki", "policy_pack: webpki\nlocal_stack: true"}}},
      {"ROOT-06", "key", {{"end: 2026-12-01T17", "end: 2026-12-01T08"}}},
      {"ROOT-06", "key", {{"end: 2026-12-01T17", "end: 2026-12-08T17"}}},
      {"ROOT-12", "ocsp_signer", {{"label: r1-ocsp", "label: r1"}}},
      {"KEY-21", "root", {{"type: p384", "type: rsa, rsa_bits: 3072"}}},
      {"KEY-21", "root", {{"type: p384", "type: p256"}}},
      {"KEY-21", "root", {{"type: p384", "type: p521"}}},
      {"KEY-21", "intermediate", {{"type: p256", "type: rsa\n      rsa_bits: 1024"}}},
      {"KEY-21", "intermediate", {{"type: p256", "type: rsa\n      rsa_bits: 2056"}}},
      {"PROF-64", "root", {{"not_after: 2041-11-30", "not_after: 2034-11-29"}}},
      {"PROF-64", "root", {{"not_after: 2041-11-30", "not_after: 2051-12-02"}}},
      {"PROF-64", "root", {{"not_before: 2026-12-01T08:30", "not_before: 2026-12-01T09:01"}}},
      {"PROF-64", "root", {{"not_before: 2026-12-01T08:30", "not_before: 2026-11-30T16:59"}}},
      {"PROF-50",
       "intermediate",
       {{"not_before: 2026-12-01T08:30", "not_before: 2026-12-01T09:01"}}},
      {"PROF-50",
       "intermediate",
       {{"not_before: 2026-12-01T08:30", "not_before: 2026-11-30T16:59"}}},
      {"PROF-78",
       "ocsp_signer",
       {{"not_before: 2026-12-01T08:30", "not_before: 2026-11-30T16:59"}}},
      {"PROF-53", "intermediate", {{"not_after: 2029-11-30", "not_after: 2041-11-30"}}},
      {"PROF-52", "intermediate", {{"Example TLS 2", "Example Root R1"}}},
      {"PROF-54", "intermediate", {{"[2.23.140.1.2.1]", "[2.5.29.32.0]"}}},
      {"PROF-54", "intermediate", {{"[2.23.140.1.2.1]", "[2.23.140.1.2.1, 2.23.140.1.2.2]"}}},
      {"PROF-54", "intermediate", {{"  policies: [2.23.140.1.2.1]\n", ""}}},
      {"PROF-55", "intermediate", {{"  crl_url: http://ca.example/r1.crl\n", ""}}},
      {"PROF-57", "intermediate", {{"  extended_key_usage: [1.3.6.1.5.5.7.3.1]\n", ""}}},
      {"PROF-57",
       "intermediate",
       {{"[1.3.6.1.5.5.7.3.1]", "[1.3.6.1.5.5.7.3.1, 1.3.6.1.5.5.7.3.2]"}}},
      {"PROF-57", "intermediate", {{"[1.3.6.1.5.5.7.3.1]", "[2.5.29.37.0]"}}},
      {"PROF-79",
       "intermediate",
       {{"[1.3.6.1.5.5.7.3.1]", "[1.3.6.1.5.5.7.3.1, 1.3.6.1.5.5.7.3.9]"}}},
      {"PROF-70",
       "cross",
       {{"not_before: 2026-06-01T00:00:00Z", "not_before: 2026-05-31T23:59:59Z"}}},
      {"PROF-70",
       "cross",
       {{"not_before: 2026-06-01T00:00:00Z", "not_before: 2026-12-01T09:00:01Z"}}},
      {"CRL-04", "crl", {{"next_update: 2027-11-30", "next_update: 2027-12-02"}}},
      {"CRL-05", "crl", {{"this_update: 2026-12-01T08:30", "this_update: 2026-11-30T16:30"}}},
      {"CRL-09", "crl", {{"number: 6", "number: 5"}}},
      {"CRL-14", "crl", {{"revoked_at: 2026-12-01T08:00", "revoked_at: 2026-12-01T08:31"}}},
      {"CRL-19", "crl", {{"5b1d20f8e6a94c37b2d05e8f1a7c6934", "4a01"}}},
      {"CRL-24", "crl", {{"serial: 4a01", "serial: 4a02"}}},
      {"CRL-24", "crl", {{"revoked_at: 2026-10-01", "revoked_at: 2026-10-02"}}},
      {"ROOT-26", "destroy", {{"nothing_left_to_revoke: true", "nothing_left_to_revoke: false"}}},
  };
  for (const Broken& row : broken) {
    INFO(row.rule << " in " << row.plan << ": " << row.changes[0].second);
    const absl::StatusOr<Plan> plan = Read(row.plan, row.changes);
    REQUIRE_OK(plan);
    const std::vector<Finding> findings = CheckPlan(*plan);
    CHECK(HasErrors(findings));
    CHECK(FindingsText(*plan, findings).find("error " + row.rule + ": ") != std::string::npos);
  }
}

// The hash that a plan must have for a file, as the refusal of a wrong one says it.
std::string HashOfFile(const std::string& plan, const std::string& from, const std::string& file) {
  const absl::StatusOr<Plan> read = Read(plan, {{from, file}});
  REQUIRE_FALSE(read.ok());
  const std::string detail = errors::PayloadOf(read.status()).detail();
  const std::string before = "is not that of the file, which is ";
  REQUIRE(detail.find(before) != std::string::npos);
  return detail.substr(detail.find(before) + before.size(), 64);
}

// Puts another file in the place of one, with its right hash.
Changes OtherFile(const std::string& plan, const std::string& from, const std::string& to) {
  const std::string text = PlanText(plan);
  const std::string start = base::Cat("file: ", from, ", sha256: ");
  const size_t at = text.find(start);
  REQUIRE(at != std::string::npos);
  const std::string old_hash = text.substr(at + start.size(), 64);
  return {{start + old_hash, base::Cat("file: ", to, ", sha256: ",
                                       HashOfFile(plan, "file: " + from, "file: " + to))}};
}

TEST_CASE("what signs must be a CA that may, and a key that is certified another's",
          "[ROOT-07][ROOT-08][PROF-53][PROF-69][KEY-18]") {
  const auto rules_of = [](const std::string& name, const Changes& changes) {
    const absl::StatusOr<Plan> plan = Read(name, changes);
    REQUIRE_OK(plan);
    return FindingsText(*plan, CheckPlan(*plan));
  };
  // issuer.pem has path length 0.
  CHECK(rules_of("intermediate", OtherFile("intermediate", "root.pem", "issuer.pem"))
            .find("error PROF-53: intermediate.signer.certificate: has path length 0") !=
        std::string::npos);
  // A root cannot be certified by itself under its own name.
  CHECK(rules_of("cross", OtherFile("cross", "other-root.pem", "root.pem")).find("error PROF-69") !=
        std::string::npos);
  // The key of the existing certificate is the signer's.
  CHECK(rules_of("cross", OtherFile("cross", "other-root.pem", "root.pem")).find("error KEY-18") !=
        std::string::npos);
  // A cross-certificate of an issuing CA keeps its purposes.
  Changes issuing = OtherFile("cross", "other-root.pem", "issuer.pem");
  issuing.push_back({"not_before: 2026-06-01", "not_before: 2026-02-01"});
  CHECK(rules_of("cross", issuing) == "");
  issuing.push_back({"[1.3.6.1.5.5.7.3.1]", "[1.3.6.1.5.5.7.3.2]"});
  CHECK(rules_of("cross", issuing).find("error PROF-60") != std::string::npos);
  // The previous CRL is of another CA.
  CHECK(rules_of("crl", OtherFile("crl", "root.pem", "other-root.pem")).find("error CRL-24") !=
        std::string::npos);
}

TEST_CASE("advice is given and does not stop a ceremony", "[ROOT-02][PROF-51][PROF-58][PROF-67]") {
  const std::vector<Broken> advised = {
      {"ROOT-02", "intermediate", {{", qualified_auditor: true", ""}}},
      {"PROF-51", "intermediate", {{"not_after: 2029-11-30", "not_after: 2031-11-30"}}},
      {"PROF-58", "intermediate", {{"  ca_issuers_url: http://ca.example/r1.cer\n", ""}}},
      {"PROF-53", "intermediate", {{"  path_length: 0\n", ""}}},
      {"PROF-67", "root", {{"not_after: 2041-11-30", "not_after: 2045-11-30"}}},
  };
  for (const Broken& row : advised) {
    INFO(row.rule);
    const absl::StatusOr<Plan> plan = Read(row.plan, row.changes);
    REQUIRE_OK(plan);
    const std::vector<Finding> findings = CheckPlan(*plan);
    CHECK_FALSE(HasErrors(findings));
    CHECK(FindingsText(*plan, findings).find("warning " + row.rule + ": ") != std::string::npos);
  }
}

TEST_CASE("under the private policy what the web PKI alone asks is free") {
  const Changes looser = {{"policy_pack: webpki", "policy_pack: private"},
                          {", qualified_auditor: true", ""},
                          {"  validation: FIPS 140-3 level 3, certificate 0000\n", ""},
                          {"  crl_url: http://ca.example/r1.crl\n", ""},
                          {"  policies: [2.23.140.1.2.1]\n", ""},
                          {"  extended_key_usage: [1.3.6.1.5.5.7.3.1]\n", ""}};
  const absl::StatusOr<Plan> plan = Read("intermediate", looser);
  REQUIRE_OK(plan);
  CHECK(FindingsText(*plan, CheckPlan(*plan)) == "");
}

TEST_CASE("a plan that can't be read says where", "[ROOT-08]") {
  struct Unread {
    std::string plan;
    Changes changes;
    std::string says;
  };
  const std::vector<Unread> unread = {
      // A leaf has no act of its own, and a root no extension to make it one.
      {"root", {{"\nroot:", "\nleaf:"}}, "unknown field \"leaf\" in Ceremony"},
      {"root",
       {{"serial: ", "extended_key_usage: []\n  serial: "}},
       "unknown field \"extended_key_usage\" in RootAct"},
      {"root", {{"serial: ", "subject_alternative_name: a.test\n  serial: "}}, "unknown field"},
      {"root", {{"\nroot:", "\nkey: {}\nroot:"}}, "excludes another key"},
      {"root", {{"title: Root R3", "title: \"\""}}, "plan.yaml:2:1: title: is required"},
      {"root", {{"policy_pack: webpki", "policy_pack: web"}}, "policy_pack: is \"webpki\""},
      {"root", {{"2026-12-01T09:00:00Z", "2026-12-01 09:00"}}, "window.begin: is an instant"},
      {"root", {{"2026-12-01T09:00:00Z", "2026-13-01T09:00:00Z"}}, "window.begin: is an instant"},
      {"root", {{"2026-12-01T09:00:00Z", "2026-12-01T09:00:00+00:00"}}, "window.begin"},
      {"root", {{"module: /opt", "module: opt"}}, "token.module: is required"},
      {"root", {{"label: roots", "label: all roots"}}, "token.label: is required"},
      {"root", {{"type: p384", "type: ed25519"}}, "root.key.type: is rsa, p256, p384 or p521"},
      {"root", {{"type: p384", "type: p384, rsa_bits: 4096"}}, "is for RSA keys only"},
      {"root", {{"type: p384", "type: rsa"}}, "is required for an RSA key"},
      {"root", {{"country: XX", "country: xx"}}, "root.subject: country is two upper-case letters"},
      {"root", {{"organization: Example CA, ", ""}}, "organization is missing"},
      {"root", {{", common_name: Example Root R3", ""}}, "common_name is missing"},
      {"root", {{"serial: 3f", "serial: 8f"}}, "root.serial: is 32 to 40"},
      {"root", {{"serial: 3f0c5a1e77", "serial: "}}, "root.serial: is 32 to 40"},
      {"root", {{"serial: 3f", "serial: 3F"}}, "root.serial: is 32 to 40"},
      {"root", {{"not_after: 2041", "not_after: 2021"}}, "root.validity: ends before it begins"},
      {"intermediate", {{"file: root.pem", "file: ../root.pem"}}, "the name of a file beside"},
      {"intermediate", {{"file: root.pem", "file: none.pem"}}, "signer.certificate.file: "},
      {"intermediate", {{"file: root.pem", "file: issuer.pem"}}, "is not that of the file"},
      {"intermediate", {{"file: root.pem", "file: previous-crl.pem"}}, "no CERTIFICATE block"},
      {"intermediate",
       {{"http://ca.example/r1.crl", "https://ca.example/r1.crl"}},
       "intermediate.crl_url: is not a plain http:// URL"},
      {"intermediate",
       {{"[1.3.6.1.5.5.7.3.1]", "[serverAuth]"}},
       "intermediate.extended_key_usage[0]: is not an object identifier"},
      {"intermediate", {{"[1.3.6.1.5.5.7.3.1]", "[1.40.1]"}}, "is not an object identifier"},
      {"intermediate_given", {{"file: issuer-key.pem", "file: root.pem"}}, "key.public_key.file"},
      {"crl",
       {{"reason: superseded", "reason: cACompromise"}},
       "crl.revoked[0].reason: is required"},
      {"crl",
       {{"reason: superseded", "reason: unspecified"}},
       "crl.revoked[0].reason: is required"},
      {"crl", {{", reason: superseded", ""}}, "crl.revoked[0].reason: is required"},
      {"crl", {{"  number: 6", "  number: 6\n  first: true"}}, "crl.previous: is required, or"},
      {"destroy",
       {{"other_copies: backup cards 1 to 3 are shredded on the same day", "other_copies: \"\""}},
       "destroy.other_copies: is required"},
  };
  for (const Unread& row : unread) {
    INFO(row.plan << ": " << row.changes[0].second);
    const absl::StatusOr<Plan> plan = Read(row.plan, row.changes);
    REQUIRE_FALSE(plan.ok());
    const std::string detail = errors::PayloadOf(plan.status()).detail();
    INFO(detail);
    CHECK(detail.starts_with("plan.yaml:"));
    CHECK(detail.find(row.says) != std::string::npos);
  }
  CHECK_REASON(ReadPlan("no/such/plan.yaml"), Reason::kNotFound);
}

TEST_CASE("an operator's key is one that can sign here") {
  const std::string ann = PlanText("root").substr(PlanText("root").find("public_key: ") + 12, 40);
  const absl::StatusOr<Plan> plan = Read("root", {{ann, "AAAA"}});
  REQUIRE_FALSE(plan.ok());
  CHECK(errors::PayloadOf(plan.status()).detail().find("operators.people[0].public_key") !=
        std::string::npos);
}

TEST_CASE("instants have one spelling") {
  REQUIRE(ParseInstant("2026-12-01T09:00:00Z").has_value());
  CHECK(InstantText(*ParseInstant("2049-12-31T23:59:59Z")) == "2049-12-31T23:59:59Z");
  for (const char* wrong : {"", "2026-12-01", "2026-12-01T09:00Z", "2026-12-01T09:00:00.5Z",
                            " 2026-12-01T09:00:00Z", "2026-12-01t09:00:00z", "1949-12-31T00:00:00Z",
                            "10000-01-01T00:00:00Z", "2026-02-29T00:00:00Z"}) {
    INFO(wrong);
    CHECK_FALSE(ParseInstant(wrong).has_value());
  }
}

TEST_CASE("a hash to be read aloud stands in groups of four") {
  CHECK(SpokenHash(std::string(32, '\x1f')) ==
        "1f1f 1f1f 1f1f 1f1f 1f1f 1f1f 1f1f 1f1f\n1f1f 1f1f 1f1f 1f1f 1f1f 1f1f 1f1f 1f1f");
}

}  // namespace
}  // namespace cairn::ceremony
