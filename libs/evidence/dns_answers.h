#pragma once

#include <map>

#include "libs/dns/resolver.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::evidence {

// Writes down in `receipt` what the resolver said to each question of a look, the
// first 64: more than any look has.
void AddDnsAnswers(const std::map<dns::Question, dns::Answer>& answers, v1::Receipt& receipt);

}  // namespace cairn::evidence
