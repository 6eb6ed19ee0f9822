#include "services/publisher/core/submit_certificate.h"

#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/publisher/core/candidates.h"
#include "services/publisher/core/chain.h"

namespace cairn::publisher {

absl::StatusOr<v1::SubmitCertificateResponse> SubmitCertificate::Run(
    const base::Call& call, const v1::SubmitCertificateRequest& request) const {
  ASSIGN_OR_RETURN(const Chain chain, Chain::Parse(request.chain()));
  ASSIGN_OR_RETURN(const ct::Entry entry, chain.CertificateEntry());
  const std::shared_ptr<const ct::LogList> list = environment_.logs();
  absl::Status last =
      errors::Make(errors::Reason::kUnavailable, "no log takes the certificate now");
  for (const ct::Log* log :
       Candidates(*list, chain.leaf().tbs().not_after, environment_.health, environment_.random)) {
    if (call.Left(environment_.clock) <= absl::ZeroDuration()) break;
    const auto sct = environment_.submit.Run(call.Within(environment_.clock, timeout_), *log, chain,
                                             entry, nullptr);
    if (!sct.ok()) {
      last = errors::Make(
          errors::Reason::kUnavailable,
          std::string_view(sct.status().message().data(), sct.status().message().size()));
      continue;
    }
    v1::SubmitCertificateResponse response;
    response.mutable_sct()->set_encoded(sct->Encode());
    response.mutable_sct()->set_log(log->description);
    return response;
  }
  return last;
}

}  // namespace cairn::publisher
