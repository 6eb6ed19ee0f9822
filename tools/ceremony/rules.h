#pragma once

#include <string>
#include <vector>

#include "tools/ceremony/finding.h"
#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// What the plan breaks of the rules for its act: the Baseline Requirements and the
// root programs' under "webpki", RFC 5280 and good sense under "private". Pure: the
// plan's own window stands for the day. Every finding names its requirement.
std::vector<Finding> CheckPlan(const Plan& plan);

// "plan.yaml:12:3: error PROF-53: root.subject: ...", a line for each.
std::string FindingsText(const Plan& plan, const std::vector<Finding>& findings);

}  // namespace cairn::ceremony
