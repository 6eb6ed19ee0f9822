#include "services/ca/ca_service.h"

#include <optional>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::ca {

namespace {

template <typename Response>
void Answer(const Issued& issued, Response& response) {
  response.set_serial(issued.serial);
  for (const std::string& der : issued.issuer->chain) response.add_chain(der);
  response.set_issuer(issued.issuer->name);
}

}  // namespace

grpc::ServerUnaryReactor* SignerService::SignPrecertificate(
    grpc::CallbackServerContext* context, const v1::SignPrecertificateRequest* request,
    v1::SignPrecertificateResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    if (complete_ == nullptr) {
      return errors::Make(errors::Reason::kMalformed, "this signer makes no precertificates");
    }
    ASSIGN_OR_RETURN(Issued issued, issue_.Run(call, {.issuance_id = request->issuance_id(),
                                                      .profile = request->profile(),
                                                      .evidence = request->evidence()}));
    ASSIGN_OR_RETURN(std::optional<std::string> certificate,
                     complete_->FindSigned(request->issuance_id()));
    if (certificate.has_value()) response->set_certificate(*std::move(certificate));
    response->set_precertificate(std::move(issued.der));
    Answer(issued, *response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SignerService::SignCertificate(grpc::CallbackServerContext* context,
                                                         const v1::SignCertificateRequest* request,
                                                         v1::SignCertificateResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(Issued issued, complete_ != nullptr
                                        ? complete_->Run(call, *request)
                                        : issue_.Run(call, {.issuance_id = request->issuance_id(),
                                                            .profile = request->profile(),
                                                            .evidence = request->evidence()}));
    response->set_certificate(std::move(issued.der));
    Answer(issued, *response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* StatusSignerService::Revoke(grpc::CallbackServerContext* context,
                                                      const v1::RevokeRequest* request,
                                                      v1::RevokeResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, revoke_.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* StatusSignerService::SignCrl(grpc::CallbackServerContext* context,
                                                       const v1::SignCrlRequest* request,
                                                       v1::SignCrlResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, crl_.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* StatusSignerService::SignOcspResponses(
    grpc::CallbackServerContext* context, const v1::SignOcspResponsesRequest* request,
    v1::SignOcspResponsesResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, ocsp_.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* JournalService::ReadJournal(grpc::CallbackServerContext* context,
                                                      const v1::ReadJournalRequest* request,
                                                      v1::ReadJournalResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, read_.Run(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::ca
