#include "services/ra/core/finalize_request.h"

#include <absl/status/statusor.h>

#include <string>

#include "libs/acme/jwk.h"
#include "libs/acme/jws.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/policy/keys.h"
#include "libs/x509/csr.h"
#include "libs/x509/names.h"

namespace cairn::ra {
namespace {

using errors::Make;
using errors::Reason;

}  // namespace

absl::StatusOr<x509::Names> CheckFinalizeRequest(const Options& options,
                                                 const v1::FinalizeOrderRequest& request) {
  // Caught here, what would make the signer refuse the evidence later: a request
  // that a WFE mixed up, or one for another CA.
  ASSIGN_OR_RETURN(const acme::Jws jws, acme::Jws::Parse(request.finalize_jws()));
  if (options.OrderOfFinalizeUrl(jws.url()) != request.order_id()) {
    return Make(Reason::kMalformed, "the request is not one to finalize this order");
  }
  ASSIGN_OR_RETURN(const x509::Csr csr, x509::Csr::Parse(request.csr()));
  RETURN_IF_ERROR(
      policy::CheckKey(csr.public_key(), policy::KeyUse::kCertificate, options.KeyRules()));
  // RFC 8555 section 11.1: who holds the key of a web server must not thereby hold
  // the account.
  if (acme::Jwk::FromKey(csr.public_key()).thumbprint() == request.account().thumbprint()) {
    return Make(Reason::kBadCsr, "the key of the CSR is the account's own");
  }
  return csr.names();
}

}  // namespace cairn::ra
