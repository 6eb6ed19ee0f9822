#include "services/ra/core/subject.h"

#include <string>

#include "libs/policy/validation_methods.h"

namespace cairn::ra {

va::v1::Subject SubjectOf(const Options& options, const core::v1::Authorization& authorization,
                          std::string_view thumbprint, bool caa_only) {
  va::v1::Subject subject;
  *subject.mutable_identifier() = authorization.identifier();
  subject.set_wildcard(authorization.wildcard());
  subject.set_account_uri(options.AccountUri(authorization.account_id()));
  subject.set_account_thumbprint(std::string(thumbprint));
  subject.set_method(authorization.method());
  subject.set_caa_only(caa_only);
  const policy::ValidationMethod* method = policy::FindValidationMethod(authorization.method());
  if (!caa_only && method != nullptr && method->has_token) {
    subject.set_token(authorization.token());
  }
  return subject;
}

}  // namespace cairn::ra
