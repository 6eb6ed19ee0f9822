#pragma once

#include <absl/status/status.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/dns/resolver.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/va/v1/va.pb.h"

namespace cairn::va {

// One way of proving control, as one perspective sees it. Thread-safe.
class Validator {
 public:
  virtual ~Validator() = default;

  // What will be looked up first, so that it can be looked up together with other
  // things.
  virtual std::vector<dns::Question> FirstQuestions(const v1::Subject& subject) const = 0;

  // `subject` has passed CheckSubject and its method is this one's. Blocks at most
  // until call.deadline. Every finding goes into the result.
  evidence::v1::Control Run(const base::Call& call, dns::Resolver& resolver,
                            const v1::Subject& subject) const;

 private:
  // OK if control is proven, else why not. What was seen goes into `control`.
  virtual absl::Status Look(const base::Call& call, dns::Resolver& resolver,
                            const v1::Subject& subject, evidence::v1::Control& control) const = 0;
};

// By the method's name in ACME. Those that are not there are not looked at.
using Validators = std::map<std::string, const Validator*, std::less<>>;

}  // namespace cairn::va
