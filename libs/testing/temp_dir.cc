#include "libs/testing/temp_dir.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "libs/base/invariant.h"

namespace cairn::testing {

TempDir::TempDir() {
  char name[] = "/tmp/cairn.XXXXXX";
  // No Catch2: benchmarks use it too.
  INVARIANT(mkdtemp(name) != nullptr, "/tmp is there, and has room");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;  // what is left behind under /tmp harms no test
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::Write(const std::string& name, const std::string& content) const {
  const std::string path = File(name);
  std::ofstream(path, std::ios::binary) << content;
  chmod(path.c_str(), 0600);
  return path;
}

}  // namespace cairn::testing
