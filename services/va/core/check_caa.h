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
//
// A lookup that fails is a refusal, always. BR 4.2.2.1 would let it pass after a
// retry where the zone is proven to have no DNSSEC; but then whoever can drop our
// packets could switch CAA off for every unsigned zone, and for those alone CAA
// is all there is.
class CheckCaa {
 public:
  // `identities`: our issuer domain names, in lower case. `base_urls`: what the URLs
  // of this CA begin with, or began; an account's URI counts under each.
  explicit CheckCaa(std::vector<std::string> identities, std::vector<std::string> base_urls = {})
      : identities_(std::move(identities)), base_urls_(std::move(base_urls)) {}

  // The CAA questions for a DNS name: itself, its parent, ... its top-level
  // domain. The root is not asked (RFC 8659 section 3), nor are the parents of
  // an alias's target.
  static std::vector<dns::Question> Questions(std::string_view name);

  // Blocks at most until call.deadline. Every finding goes into the result.
  evidence::v1::Caa Run(const base::Call& call, dns::Resolver& resolver,
                        const v1::Subject& subject) const;

 private:
  // The URI that the subject names, and what it is under our other base URLs.
  std::vector<std::string> AccountUris(const std::string& uri) const;
  void Decide(const dns::Answer& relevant, const v1::Subject& subject,
              evidence::v1::Caa& caa) const;

  const std::vector<std::string> identities_;
  const std::vector<std::string> base_urls_;
};

}  // namespace cairn::va
