#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "protos/core/v1/core.pb.h"

namespace cairn::va {

// A finding, as it goes into receipts. Details are for people and printable.
inline core::v1::Problem MakeProblem(errors::Reason reason, std::string_view detail) {
  core::v1::Problem problem;
  problem.set_reason(static_cast<int>(reason));
  problem.set_detail(std::string(detail));
  return problem;
}

inline core::v1::Problem MakeProblem(const absl::Status& status) {
  return MakeProblem(errors::ReasonOf(status),
                     std::string_view(status.message().data(), status.message().size()));
}

// " (an alias of b.test)": where a chain of CNAMEs ends, for people; "" without one.
template <typename Names>
std::string AliasNote(const Names& aliases) {
  if (aliases.empty()) return "";
  return base::Cat(" (an alias of ", base::Escaped(*aliases.rbegin(), 253), ")");
}

}  // namespace cairn::va
