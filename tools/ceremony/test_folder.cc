#include "tools/ceremony/test_folder.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/values.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "tools/ceremony/folder.h"
#include "tools/ceremony/read_plan.h"
#include "tools/ceremony/statement.h"
#include "tools/ceremony/transcript.h"

namespace cairn::ceremony {
namespace {

constexpr char kTestData[] = "tools/ceremony/testdata/";

// Passes so many lines on, and then no more: the power fails.
class Torn final : public Recorder {
 public:
  Torn(Recorder& file, size_t lines) : file_(file), lines_(lines) {}
  absl::StatusOr<absl::Time> Add(const Event& event) override {
    if (lines_ == 0) return errors::Make(errors::Reason::kInternal, "the power failed");
    --lines_;
    return file_.Add(event);
  }

 private:
  Recorder& file_;
  size_t lines_;
};

std::string NameOfPerson(const std::string& person) {
  if (person == "ann") return "Ann Abt";
  if (person == "ben") return "Ben Bek";
  return person == "cem" ? "Cem Can" : "Wim Wit";
}

}  // namespace

std::string TestFile(const std::string& name) {
  const absl::StatusOr<std::string> content = config::ReadFile(kTestData + name);
  REQUIRE_OK(content);
  return *content;
}

crypto::PrivateKey TestKey(const std::string& name) {
  absl::StatusOr<crypto::PrivateKey> key = crypto::PrivateKey::FromPem(TestFile(name + ".key"));
  REQUIRE_OK(key);
  return *std::move(key);
}

std::string PlanText(const std::string& name,
                     const std::vector<std::pair<std::string, std::string>>& changes) {
  std::string text = TestFile(name + ".yaml");
  for (const auto& [from, to] : changes) {
    INFO(name << ": " << from);
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  return text;
}

TestFolder::TestFolder(const std::string& plan,
                       const std::vector<std::pair<std::string, std::string>>& changes) {
  for (const char* name :
       {"root.pem", "other-root.pem", "issuer.pem", "issuer-key.pem", "previous-crl.pem"}) {
    dir_.Write(name, TestFile(name));
  }
  absl::StatusOr<Plan> read = ReadPlan(dir_.Write("plan.yaml", PlanText(plan, changes)));
  REQUIRE_OK(read);
  plan_ = *std::move(read);
  tokens_.Add("roots").keys.emplace("r1", TestKey("root"));
  tokens_.Add("issuers");
  if (plan_.act == Act::kRoot || plan_.act == Act::kKey) tokens_.Get("roots").keys.clear();
}

std::string TestFolder::File(const std::string& name) const {
  const absl::StatusOr<std::string> content = config::ReadFile(path() + "/" + name);
  REQUIRE_OK(content);
  return *content;
}

void TestFolder::Overwrite(const std::string& name, const std::string& content) const {
  std::ofstream file(path() + "/" + name, std::ios::binary);
  file << content;
  file.close();
  REQUIRE(file);
}

void TestFolder::Remove(const std::string& name) const {
  REQUIRE(std::filesystem::remove(path() + "/" + name));
}

std::string TestFolder::Approval(const std::string& person) const {
  Statement approval{.kind = Statement::Kind::kApproval,
                     .name = NameOfPerson(person),
                     .plan_sha256 = plan_.sha256};
  REQUIRE_OK(approval.Sign(TestKey(person)));
  return approval.ToFile();
}

absl::Status TestFolder::Run(Mode mode, const std::vector<std::string>& approvals, size_t lines) {
  const Setting setting{.mode = mode,
                        .approvals = approvals,
                        .program = "ceremony test",
                        .program_sha256 = std::string(64, '0')};
  ASSIGN_OR_RETURN(const std::unique_ptr<FolderWriter> output,
                   FolderWriter::Create(path(), plan_, approvals));
  ASSIGN_OR_RETURN(const std::unique_ptr<FileRecorder> recorder,
                   FileRecorder::Create(path() + "/" + kTranscriptFile, clock_));
  Torn torn(*recorder, lines);
  return Perform(plan_, setting, {torn, tokens_, *output});
}

void TestFolder::Attest(const std::vector<std::string>& people) const {
  const std::string head = HeadOf(ParseTranscript(File(kTranscriptFile)).lines);
  for (const std::string& person : people) {
    Statement attestation{.kind = Statement::Kind::kAttestation,
                          .name = NameOfPerson(person),
                          .plan_sha256 = plan_.sha256,
                          .transcript_sha256 = head};
    REQUIRE_OK(attestation.Sign(TestKey(person)));
    const std::string file = person == "wim"   ? "witness-1"
                             : person == "ann" ? "operator-1"
                             : person == "ben" ? "operator-2"
                                               : "operator-3";
    Overwrite(base::Cat("attestations/", file, ".json"), attestation.ToFile());
  }
}

VerifyReport TestFolder::Verify(const std::set<Accept>& accept) const {
  absl::StatusOr<VerifyReport> report = ceremony::Verify(path(), accept);
  REQUIRE_OK(report);
  return *std::move(report);
}

std::string TestFolder::Failures(const std::set<Accept>& accept) const {
  std::string text;
  for (const Check& check : Verify(accept).checks) {
    if (!check.ok) text += base::Cat(check.what, ": ", check.detail, "\n");
  }
  return text;
}

}  // namespace cairn::ceremony
