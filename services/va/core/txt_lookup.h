#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/dns/resolver.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::va {

// The TXT records of `name`, at the end of its chain of aliases, each with its
// strings joined (RFC 1035 section 3.3.14). At least one; kDns and kUnauthorized
// say why there is none, and that `expected` should be there. What was seen goes
// into `seen` in either case.
absl::StatusOr<std::vector<std::string>> LookUpTxt(const base::Call& call, dns::Resolver& resolver,
                                                   const std::string& name,
                                                   std::string_view expected,
                                                   evidence::v1::Lookup& seen);

// For people: what was expected where, and the first few of `texts`, which were
// found there, escaped and cut.
std::string NotAmong(const std::vector<std::string>& texts, std::string_view expected,
                     const evidence::v1::Lookup& seen);

}  // namespace cairn::va
