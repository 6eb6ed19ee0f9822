#include "services/ca/core/refusals.h"

#include "libs/audit/event.h"
#include "libs/base/strings.h"

namespace cairn::ca {

Refusals::Refusals(audit::Log& audit, metrics::Registry& metrics) : audit_(audit) {
  for (const errors::Reason reason : errors::AllReasons()) {
    counters_.emplace(reason, metrics.Counter("cairn_ca_refusals_total", "Requests not signed",
                                              {{"reason", std::string(MappingOf(reason).name)}}));
  }
}

void Refusals::Add(const base::Call& call, const std::string& issuance_id,
                   const absl::Status& status) {
  const errors::Reason reason = errors::ReasonOf(status);
  counters_.at(reason).Add();
  audit::v1::Event event = audit::EventOf(call);
  event.mutable_signing_refused()->set_issuance_id(issuance_id);
  event.mutable_signing_refused()->set_reason(std::string(MappingOf(reason).name));
  event.mutable_signing_refused()->set_detail(
      base::Escaped({status.message().data(), status.message().size()}, 512));
  (void)audit_.Write(event);
}

}  // namespace cairn::ca
