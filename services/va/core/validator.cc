#include "services/va/core/validator.h"

#include "services/va/core/problem.h"

namespace cairn::va {

evidence::v1::Control Validator::Run(const base::Call& call, dns::Resolver& resolver,
                                     const v1::Subject& subject) const {
  evidence::v1::Control control;
  control.set_method(subject.method());
  control.set_token(subject.token());
  const absl::Status status = Look(call, resolver, subject, control);
  control.set_corroborated(status.ok());
  if (!status.ok()) *control.mutable_problem() = MakeProblem(status);
  return control;
}

}  // namespace cairn::va
