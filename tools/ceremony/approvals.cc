#include "tools/ceremony/approvals.h"

#include <set>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "tools/ceremony/statement.h"

namespace cairn::ceremony {

absl::Status CheckApprovals(const Plan& plan, const std::vector<std::string>& approvals) {
  const auto refuse = [](std::string_view what) {
    return errors::Make(errors::Reason::kUnauthorized, what);
  };
  std::set<std::string> approved;
  for (const std::string& text : approvals) {
    ASSIGN_OR_RETURN(const Statement approval, Statement::FromFile(text));
    const std::string who = base::Cat("the approval of ", approval.name);
    if (approval.kind != Statement::Kind::kApproval) return refuse(who + " is an attestation");
    if (approval.plan_sha256 != plan.sha256) return refuse(who + " is for another plan");
    const Person* const person = FindByName(plan.operators, approval.name);
    if (person == nullptr) return refuse(who + ": nobody of that name is an operator");
    if (!approval.IsBy(*person)) return refuse(who + " is not signed with that operator's key");
    if (!approved.insert(person->name).second) return refuse(who + " is there twice");
  }
  if (approved.size() < plan.required) {
    return refuse(base::Cat(approved.size(), " of ", plan.operators.size(),
                            " operators approve the plan; it needs ", plan.required));
  }
  return absl::OkStatus();
}

}  // namespace cairn::ceremony
