#pragma once

#include <absl/status/statusor.h>

#include <set>
#include <string>
#include <vector>

namespace cairn::ceremony {

// What a verifier may be told to expect, and refuses otherwise.
enum class Accept { kRehearsal, kLocalStack };

struct Check {
  bool ok = false;
  std::string what;             // "the approvals"
  std::string detail;           // numbers and hashes; or what is wrong
  bool is_attestation = false;  // one of those that come last
};

struct VerifyReport {
  std::vector<Check> checks;
  bool ok() const;
};

// Checks all that a ceremony left, from public parts alone: the plan and its rules,
// the approvals, the chain of the transcript, every step of it once more (see
// Perform), every file octet by octet, the signatures of certificates and CRLs with
// OpenSSL too, and the attestations of enough operators and of all witnesses. Reads
// the folder, and neither the network nor the time of day. An error only if the
// folder can't be read.
absl::StatusOr<VerifyReport> Verify(const std::string& folder, const std::set<Accept>& accept);

}  // namespace cairn::ceremony
