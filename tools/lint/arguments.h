#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "libs/lint/subject.h"

namespace cairn::lint_tool {

// What the command line asks for.
struct Arguments {
  bool help = false;
  bool list = false;
  bool json = false;
  policy::Pack pack = policy::Pack::kWebPki;
  std::optional<lint::Kind> kind;
  std::optional<absl::Time> at;  // nothing: when each object says it began
  std::optional<std::string> issuer;
  std::optional<std::string> precertificate;
  std::optional<std::string> public_suffixes;
  std::optional<std::string> key_blocklist;
  std::vector<std::string> allowed;  // names of warnings
  std::vector<std::string> files;

  // `words` without the program's name; `now` is what "--at now" means.
  // kMalformed says what is wrong with them.
  static absl::StatusOr<Arguments> Parse(const std::vector<std::string>& words, absl::Time now);
};

// The text of --help.
std::string Usage();

}  // namespace cairn::lint_tool
