#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/dns/resolver.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/va/v1/va.pb.h"

namespace cairn::va {

// Whether CAA permits this CA, account and method (RFC 8659 section 3, RFC 8657),
// as one perspective sees it. Thread-safe.
class CheckCaa {
 public:
  // `identities`: our issuer domain names, in lower case.
  explicit CheckCaa(std::vector<std::string> identities) : identities_(std::move(identities)) {}

  // The CAA questions for a DNS name: itself, its parent, ... its top-level
  // domain. The root is not asked (RFC 8659 section 3), nor are the parents of
  // an alias's target.
  static std::vector<dns::Question> Questions(std::string_view name);

  // Blocks at most until call.deadline. Every finding goes into the result.
  evidence::v1::Caa Run(const base::Call& call, dns::Resolver& resolver,
                        const v1::Subject& subject) const;

 private:
  const std::vector<std::string> identities_;
};

}  // namespace cairn::va
