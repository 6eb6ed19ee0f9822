#include "tools/ceremony/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/values.h"
#include "libs/errors/errors.h"

namespace cairn::ceremony {
namespace {

// A ceremony leaves some dozens.
constexpr size_t kMaxFiles = 500;

absl::Status IoError(const std::string& path) {
  return errors::Make(errno == EEXIST ? errors::Reason::kConflict : errors::Reason::kInternal,
                      errno == EEXIST
                          ? base::Cat(path, " exists: nothing of a ceremony is overwritten")
                          : base::Cat(path, ": ", std::strerror(errno)));
}

absl::Status MakeFolder(const std::string& path) {
  return mkdir(path.c_str(), 0755) == 0 ? absl::OkStatus() : IoError(path);
}

}  // namespace

absl::Status WriteNewFile(const std::string& path, const std::string& content) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return IoError(path);
  size_t done = 0;
  bool failed = false;
  while (done < content.size() && !failed) {
    const ssize_t count = write(file, content.data() + done, content.size() - done);
    if (count < 0 && errno == EINTR) continue;
    failed = count <= 0;
    if (!failed) done += static_cast<size_t>(count);
  }
  failed = failed || fsync(file) != 0;
  const absl::Status status = failed ? IoError(path) : absl::OkStatus();
  close(file);
  return status;
}

absl::StatusOr<std::unique_ptr<FolderWriter>> FolderWriter::Create(
    const std::string& path, const Plan& plan, const std::vector<std::string>& approvals) {
  RETURN_IF_ERROR(MakeFolder(path));
  for (const char* name : {"/plan", "/approvals", "/made", "/attestations"}) {
    RETURN_IF_ERROR(MakeFolder(path + name));
  }
  RETURN_IF_ERROR(WriteNewFile(base::Cat(path, "/", kPlanFile), plan.text));
  for (const InputFile& input : plan.inputs) {
    RETURN_IF_ERROR(WriteNewFile(base::Cat(path, "/plan/", input.name), input.content));
  }
  for (size_t i = 0; i < approvals.size(); ++i) {
    // Two digits: their order is that of their names.
    const std::string name = base::Cat("/approvals/", i < 9 ? "0" : "", i + 1, ".json");
    RETURN_IF_ERROR(WriteNewFile(path + name, approvals[i]));
  }
  return std::unique_ptr<FolderWriter>(new FolderWriter(path));
}

absl::Status FolderWriter::Write(const std::string& name, const std::string& content) {
  return WriteNewFile(base::Cat(path_, "/made/", name), content);
}

absl::StatusOr<std::map<std::string, std::string>> ReadFolder(const std::string& path) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator at(path, error);
  if (error) {
    return errors::Make(errors::Reason::kNotFound, base::Cat(path, ": ", error.message()));
  }
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at.depth() > 2 || files.size() > kMaxFiles) {
      return errors::Make(errors::Reason::kMalformed, base::Cat(path, " has too much in it"));
    }
    const std::string name = fs::path(at->path()).lexically_relative(path).string();
    const fs::file_status status = at->symlink_status(error);
    if (fs::is_directory(status)) continue;
    if (error || !fs::is_regular_file(status)) {
      return errors::Make(errors::Reason::kMalformed, base::Cat(name, " is not a plain file"));
    }
    ASSIGN_OR_RETURN(files[name], config::ReadFile(at->path().string()));
  }
  if (error) {
    return errors::Make(errors::Reason::kInternal, base::Cat(path, ": ", error.message()));
  }
  return files;
}

}  // namespace cairn::ceremony
