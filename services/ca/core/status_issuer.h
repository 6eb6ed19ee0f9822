#pragma once

#include <absl/status/status.h>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/ca/core/issuer.h"

namespace cairn::ca {

// kUnavailable where the issuer signs neither CRLs nor OCSP responses now.
inline absl::Status CheckSignsStatus(const Issuers& issuers, const Issuer& issuer) {
  if (!MaySignStatus(issuer.state)) {
    return errors::Make(errors::Reason::kUnavailable,
                        base::Cat("issuer ", issuer.name, " is only planned"));
  }
  if (issuers.IsStopped(issuer.name)) {
    return errors::Make(errors::Reason::kUnavailable,
                        base::Cat("issuer ", issuer.name, " is stopped"));
  }
  return absl::OkStatus();
}

}  // namespace cairn::ca
