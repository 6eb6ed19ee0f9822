#pragma once

#include <absl/time/time.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/temp_dir.h"
#include "tools/ceremony/fake_tokens.h"
#include "tools/ceremony/perform.h"
#include "tools/ceremony/plan.h"
#include "tools/ceremony/verify.h"

// The plans of testdata, carried out on tokens in memory.
namespace cairn::ceremony {

// Within the window of every plan of testdata.
inline const absl::Time kCeremonyTime = absl::FromUnixSeconds(1796119200);  // 2026-12-01 10:00

std::string TestFile(const std::string& name);
crypto::PrivateKey TestKey(const std::string& name);
// The plan of that name in testdata; with each `first` in its text replaced by
// `second` (which must be there).
std::string PlanText(const std::string& name,
                     const std::vector<std::pair<std::string, std::string>>& changes = {});

// One ceremony in a folder of its own.
class TestFolder {
 public:
  explicit TestFolder(const std::string& plan,
                      const std::vector<std::pair<std::string, std::string>>& changes = {});

  const Plan& plan() const { return plan_; }
  FakeTokens& tokens() { return tokens_; }
  testing::FakeClock& clock() { return clock_; }
  // Of the folder that the ceremony leaves.
  std::string path() const { return dir_.File("out"); }
  std::string File(const std::string& name) const;
  void Overwrite(const std::string& name, const std::string& content) const;
  void Remove(const std::string& name) const;

  // As `person` of testdata ("ann") signs it.
  std::string Approval(const std::string& person) const;
  // The ceremony, into path(). `lines`: after how many lines the power fails.
  absl::Status Run(Mode mode, const std::vector<std::string>& approvals, size_t lines = 1000);
  // With Ann's and Ben's approvals.
  absl::Status Run() { return Run(Mode::kRun, {Approval("ann"), Approval("ben")}); }
  // Signs what the transcript says now, in place of what was signed before.
  void Attest(const std::vector<std::string>& people = {"ann", "ben", "wim"}) const;

  VerifyReport Verify(const std::set<Accept>& accept = {}) const;
  // Every check that failed, a line each; empty if none did.
  std::string Failures(const std::set<Accept>& accept = {}) const;

 private:
  testing::TempDir dir_;
  Plan plan_;
  FakeTokens tokens_;
  testing::FakeClock clock_{kCeremonyTime};
};

}  // namespace cairn::ceremony
