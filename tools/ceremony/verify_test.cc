#include "tools/ceremony/verify.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "tools/ceremony/compose.h"
#include "tools/ceremony/facts.h"
#include "tools/ceremony/folder.h"
#include "tools/ceremony/statement.h"
#include "tools/ceremony/test_folder.h"
#include "tools/ceremony/transcript.h"

namespace cairn::ceremony {
namespace {

using errors::Reason;

// Lines again, with a chain that is right.
std::string Chained(const std::vector<Line>& lines) {
  std::string text;
  std::string previous = crypto::Sha256("");
  size_t number = 0;
  for (const Line& line : lines) {
    const std::string whole = LineOf(line.event, ++number, previous, line.time) + "\n";
    previous = crypto::Sha256(whole);
    text += whole;
  }
  return text;
}

std::vector<Line> LinesOf(const TestFolder& folder) {
  return ParseTranscript(folder.File(kTranscriptFile)).lines;
}

TEST_CASE("an octet that is changed anywhere in the folder is noticed", "[ROOT-10][ROOT-16]") {
  const std::string plan = GENERATE(as<std::string>(), "intermediate", "crl");
  TestFolder folder(plan);
  REQUIRE_OK(folder.Run());
  folder.Attest({"ann", "ben", "cem", "wim"});
  REQUIRE(folder.Failures() == "");
  const auto files = ReadFolder(folder.path());
  REQUIRE_OK(files);
  CHECK(files->size() >= 12);
  size_t changes = 0;
  for (const auto& [name, content] : *files) {
    // Every line of every file, and every so many octets of long lines.
    for (size_t at = 0; at < content.size(); at += at % 61 == 0 ? 1 : 60) {
      INFO(name << " at " << at);
      std::string changed = content;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      folder.Overwrite(name, changed);
      CHECK(folder.Failures() != "");
      ++changes;
    }
    folder.Overwrite(name, content + "\n");
    INFO(name << " with a line more");
    CHECK(folder.Failures() != "");
    folder.Overwrite(name, content.substr(0, content.size() - 1));
    CHECK(folder.Failures() != "");
    folder.Overwrite(name, content);
  }
  CHECK(changes > 200);
  CHECK(folder.Failures() == "");
}

TEST_CASE("a file that is missing or too many is noticed") {
  TestFolder folder("intermediate");
  REQUIRE_OK(folder.Run());
  folder.Attest();
  const auto files = ReadFolder(folder.path());
  REQUIRE_OK(files);
  for (const auto& [name, content] : *files) {
    INFO(name);
    folder.Remove(name);
    CHECK(folder.Failures() != "");
    folder.Overwrite(name, content);
  }
  for (const char* name : {"made/other.pem", "plan/other.pem", "approvals/03.json",
                           "attestations/operator-4.json", "note.txt"}) {
    INFO(name);
    folder.Overwrite(name, files->at("made/certificate.pem"));
    CHECK(folder.Failures() != "");
    folder.Remove(name);
  }
  CHECK(folder.Failures() == "");
  std::filesystem::create_symlink("/etc/hostname", folder.path() + "/link");
  CHECK_REASON(Verify(folder.path(), {}), Reason::kMalformed);
  CHECK_REASON(Verify(folder.path() + "/no-such-folder", {}), Reason::kNotFound);
}

TEST_CASE("a line that is taken out, doubled or moved is noticed, with a new chain too") {
  TestFolder folder("crl");
  REQUIRE_OK(folder.Run());
  const std::vector<Line> lines = LinesOf(folder);
  for (size_t i = 0; i < lines.size(); ++i) {
    INFO("line " << i + 1 << ", " << lines[i].event.name);
    std::vector<Line> less = lines;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    std::vector<Line> more = lines;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    std::vector<std::vector<Line>> wrong = {less, more};
    if (i > 0) {
      std::vector<Line> moved = lines;
      std::swap(moved[i], moved[i - 1]);
      wrong.push_back(moved);
    }
    for (const std::vector<Line>& changed : wrong) {
      folder.Overwrite(kTranscriptFile, Chained(changed));
      // Even where all who were there sign it.
      folder.Attest();
      CHECK(folder.Failures() != "");
    }
  }
}

TEST_CASE("facts that follow from the plan and the keys can't be forged by everybody together") {
  TestFolder folder("intermediate");
  REQUIRE_OK(folder.Run());
  const std::vector<Line> lines = LinesOf(folder);
  size_t facts = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t j = 0; j < lines[i].event.facts.size(); ++j) {
      const auto& [name, value] = lines[i].event.facts[j];
      // What only those who were there can know: which program and lints ran, what a token
      // said of itself, its random numbers, which other keys it had.
      if (lines[i].event.name == "token" || lines[i].event.name == "random" || name == "program" ||
          name == "program_sha256" || name == "lints" || name == "labels" || name == "id") {
        continue;
      }
      INFO("line " << i + 1 << ", " << lines[i].event.name << ", " << name);
      std::vector<Line> changed = lines;
      std::string& text = changed[i].event.facts[j].second;
      if (text.empty()) {
        text = "x";
      } else {
        text[0] = text[0] == '1' ? '2' : '1';
      }
      folder.Overwrite(kTranscriptFile, Chained(changed));
      folder.Attest();
      CHECK(folder.Failures() != "");
      ++facts;
    }
  }
  CHECK(facts > 60);
  folder.Overwrite(kTranscriptFile, Chained(lines));
  folder.Attest();
  CHECK(folder.Failures() == "");
}

TEST_CASE("a plan that is changed after its approval is noticed", "[ROOT-10]") {
  TestFolder folder("cross");
  REQUIRE_OK(folder.Run());
  folder.Attest();
  const std::string text = folder.File(kPlanFile);
  folder.Overwrite(kPlanFile, text + "# a remark\n");
  const std::string failures = folder.Failures();
  CHECK(failures.find("the approvals: the approval of Ann Abt is for another plan") !=
        std::string::npos);
  CHECK(failures.find("the transcript is of this plan") != std::string::npos);
}

TEST_CASE("another certificate that the same key signed is noticed", "[ROOT-10]") {
  TestFolder folder("cross");
  TestFolder other("cross", {{"serial: 1d7f", "serial: 1d8f"}});
  REQUIRE_OK(folder.Run());
  REQUIRE_OK(other.Run());
  folder.Attest();
  for (const char* name : {"made/certificate.der", "made/certificate.pem"}) {
    folder.Overwrite(name, other.File(name));
  }
  const std::string failures = folder.Failures();
  CHECK(failures.find("the certificate is that of the plan, octet by octet") != std::string::npos);
  CHECK(failures.find("made/certificate.der is not what the ceremony made") != std::string::npos);
  // Its signature is right: that alone says nothing.
  CHECK(failures.find("the certificate's signature") == std::string::npos);
}

TEST_CASE("a certificate with a changed signature is noticed by all who look") {
  TestFolder folder("cross");
  REQUIRE_OK(folder.Run());
  folder.Attest();
  std::string der = folder.File("made/certificate.der");
  der.back() = static_cast<char>(der.back() ^ 1);
  folder.Overwrite("made/certificate.der", der);
  const std::string failures = folder.Failures();
  CHECK(failures.find("the certificate's signature") != std::string::npos);
  CHECK(failures.find("OpenSSL reads and verifies") != std::string::npos);
}

TEST_CASE("attestations are by enough operators and all witnesses, of this very transcript",
          "[ROOT-01][ROOT-03]") {
  TestFolder folder("root");
  REQUIRE_OK(folder.Run());
  folder.Attest({"ann", "wim"});
  CHECK(folder.Failures() == "enough operators attest the transcript: 1 of 3, 2 must\n");
  folder.Attest({"cem"});
  CHECK(folder.Failures() == "");
  folder.Remove("attestations/witness-1.json");
  CHECK(folder.Failures() == "the attestation of the witness Wim Wit: is missing\n");
  // One operator's under another's name.
  folder.Attest();
  folder.Overwrite("attestations/operator-2.json", folder.File("attestations/operator-1.json"));
  CHECK(folder.Failures() ==
        "the attestation of Ben Bek: is not signed with the key of that person\n");
  folder.Overwrite("attestations/operator-2.json", folder.Approval("ben"));
  CHECK(folder.Failures() == "the attestation of Ben Bek: is an approval\n");
  TestFolder other("root");
  REQUIRE_OK(other.Run());
  other.Attest();
  folder.Overwrite("attestations/operator-2.json", other.File("attestations/operator-2.json"));
  CHECK(folder.Failures() == "the attestation of Ben Bek: is about another transcript\n");
}

TEST_CASE("what was done outside the plan's window is noticed") {
  TestFolder folder("crl");
  REQUIRE_OK(folder.Run());
  std::vector<Line> lines = LinesOf(folder);
  for (Line& line : lines) line.time += absl::Hours(24);
  folder.Overwrite(kTranscriptFile, Chained(lines));
  folder.Attest();
  CHECK(folder.Failures().find("the clock is outside its window") != std::string::npos);
}

TEST_CASE("a plan that breaks a rule is a failure, whatever else is right") {
  TestFolder folder("crl");
  REQUIRE_OK(folder.Run());
  folder.Attest();
  std::string text = folder.File(kPlanFile);
  const std::string serial = "5b1d20f8e6a94c37b2d05e8f1a7c6934";
  text.replace(text.find(serial), serial.size(), "4a01");
  folder.Overwrite(kPlanFile, text);
  CHECK(folder.Failures().find("CRL-19") != std::string::npos);
}

TEST_CASE("a rehearsal with a stand-in of another type is noticed") {
  TestFolder folder("crl");
  folder.tokens().Get("roots").keys.clear();
  REQUIRE_OK(folder.Run(Mode::kRehearsal, {}));
  std::vector<Line> lines = LinesOf(folder);
  for (Line& line : lines) {
    if (line.event.name != "stand_in_key") continue;
    line.event = KeyEvent("stand_in_key", "r1",
                          crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).public_key());
  }
  folder.Overwrite(kTranscriptFile, Chained(lines));
  CHECK(folder.Failures({Accept::kRehearsal}).find("a key of another type") != std::string::npos);
}

TEST_CASE("an empty folder verifies nothing") {
  const testing::TempDir dir;
  const absl::StatusOr<VerifyReport> report = Verify(dir.path(), {});
  REQUIRE_OK(report);
  CHECK_FALSE(report->ok());
}

}  // namespace
}  // namespace cairn::ceremony
