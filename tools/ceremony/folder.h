#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/ceremony/perform.h"
#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// The folder that a ceremony leaves, all of it public:
//   plan/plan.yaml and the files beside it, approvals/01.json and so on,
//   transcript.jsonl, made/ (certificate.der and so on), attestations/.
inline constexpr char kPlanFile[] = "plan/plan.yaml";
inline constexpr char kTranscriptFile[] = "transcript.jsonl";

// Writes such a folder. Files are synced, and never overwritten.
class FolderWriter final : public Output {
 public:
  // Makes the folder, which must not exist (kConflict), and copies the plan, its
  // files and the approvals into it.
  static absl::StatusOr<std::unique_ptr<FolderWriter>> Create(
      const std::string& path, const Plan& plan, const std::vector<std::string>& approvals);

  absl::Status Write(const std::string& name, const std::string& content) override;

 private:
  explicit FolderWriter(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

// A new file, synced; kConflict if it exists.
absl::Status WriteNewFile(const std::string& path, const std::string& content);

// Every file of a folder by its path in it; kMalformed for links, for anything else
// that is no plain file, and for more than a ceremony leaves.
absl::StatusOr<std::map<std::string, std::string>> ReadFolder(const std::string& path);

}  // namespace cairn::ceremony
