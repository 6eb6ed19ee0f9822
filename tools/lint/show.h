#pragma once

#include <absl/time/time.h>

#include <string>

#include "libs/lint/lint.h"

namespace cairn::lint_tool {

// One object that was judged.
struct Judged {
  std::string file;
  size_t number = 1;  // within the file
  absl::Time at;
  policy::Pack pack = policy::Pack::kWebPki;
  lint::Report report;
};

// A heading, and a line for each finding, in columns.
std::string Table(const Judged& judged);
// One object on one line.
std::string Json(const Judged& judged);

// Every lint: name, severity, requirement, clause, kinds, dates.
std::string ListTable();
std::string ListJson();

}  // namespace cairn::lint_tool
