#pragma once

#include <string>

namespace cairn::testing {

// A folder under /tmp that goes with the object. Its path is short, so that a
// Unix socket fits in it (107 characters, where Bazel's own folders don't).
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // path() + "/" + name
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // Writes `content` to File(name) with mode 0600 and returns that path.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace cairn::testing
