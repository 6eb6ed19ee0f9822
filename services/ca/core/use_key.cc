#include "services/ca/core/use_key.h"

#include <utility>

#include "libs/audit/event.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ca {

UseKey::UseKey(const Parts& parts)
    : parts_(parts),
      sign_seconds_(parts.metrics.Histogram("cairn_ca_sign_seconds",
                                            "Time that one use of an issuer's key takes")) {}

absl::StatusOr<std::string> UseKey::Sign(const Issuer& issuer, signing::Checked<signing::Tbs> tbs) {
  const absl::Time began = parts_.clock.Now();
  absl::StatusOr<std::string> signature = parts_.signer.Sign(std::move(tbs));
  sign_seconds_.Observe(parts_.clock.Now() - began);
  if (!signature.ok()) return errors::Annotate(signature.status(), issuer.name);
  return signature;
}

absl::Status UseKey::Stop(const base::Call& call, const Issuer& issuer,
                          const std::string& issuance_id, const std::string& why) {
  parts_.issuers.Stop(issuer.name);
  audit::v1::Event event = audit::EventOf(call);
  event.mutable_issuer_stopped()->set_issuer(issuer.name);
  event.mutable_issuer_stopped()->set_issuance_id(issuance_id);
  event.mutable_issuer_stopped()->set_why(why);
  const absl::Status written = parts_.audit.Write(event);
  return errors::Make(errors::Reason::kInternal,
                      base::Cat("issuer ", issuer.name, " is stopped: ", why,
                                written.ok() ? "" : " (and the audit log can't be written)"));
}

}  // namespace cairn::ca
