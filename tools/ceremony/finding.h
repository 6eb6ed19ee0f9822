#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cairn::ceremony {

// What a rule has to say. Errors stop the ceremony; warnings are printed.
struct Finding {
  enum class Severity { kWarning, kError };

  Severity severity = Severity::kError;
  std::string rule;   // the requirement: "PROF-53"
  std::string field;  // of the plan: "root.subject"; empty: the whole
  std::string what;   // and the clause, in brackets
};

inline bool HasErrors(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    if (finding.severity == Finding::Severity::kError) return true;
  }
  return false;
}

}  // namespace cairn::ceremony
