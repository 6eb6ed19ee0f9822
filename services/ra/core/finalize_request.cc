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

x509::Names NamesOf(const core::v1::Order& order) {
  x509::Names names;
  for (const core::v1::Authorization& authorization : order.authorizations()) {
    const std::string& value = authorization.identifier().value();
    names.dns.push_back(authorization.wildcard() ? "*." + value : value);
  }
  names.Normalize();
  return names;
}

}  // namespace

absl::Status CheckFinalizeRequest(const Options& options,
                                  const sa::v1::GetIssuanceResponse& issuance,
                                  const v1::FinalizeOrderRequest& request) {
  // Caught here, what would make the signer refuse the evidence later: a request
  // that a WFE mixed up, or one for another CA.
  ASSIGN_OR_RETURN(const acme::Jws jws, acme::Jws::Parse(request.finalize_jws()));
  if (options.OrderOfFinalizeUrl(jws.url()) != request.order_id()) {
    return Make(Reason::kMalformed, "the request is not one to finalize this order");
  }
  ASSIGN_OR_RETURN(const x509::Csr csr, x509::Csr::Parse(request.csr()));
  // ACME-109: neither more nor fewer.
  if (csr.names() != NamesOf(issuance.order())) {
    return Make(Reason::kBadCsr, "the names of the CSR are not those of the order");
  }
  RETURN_IF_ERROR(
      policy::CheckKey(csr.public_key(), policy::KeyUse::kCertificate, options.KeyRules()));
  // RFC 8555 section 11.1: who holds the key of a web server must not thereby hold
  // the account.
  ASSIGN_OR_RETURN(const acme::Jwk account_key, acme::Jwk::Parse(issuance.account().jwk()));
  if (csr.public_key() == account_key.key()) {
    return Make(Reason::kBadCsr, "the key of the CSR is the account's own");
  }
  return absl::OkStatus();
}

}  // namespace cairn::ra
