#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/ca/v1/ca.grpc.pb.h"
#include "services/ca/api/signer.h"

namespace cairn::ca {

// Signer over gRPC. Errors are those of the service and of service::Peer.
class GrpcSigner final : public Signer {
 public:
  explicit GrpcSigner(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::SignPrecertificateResponse> SignPrecertificate(
      const base::Call& call, const v1::SignPrecertificateRequest& request) override;
  absl::StatusOr<v1::SignCertificateResponse> SignCertificate(
      const base::Call& call, const v1::SignCertificateRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::Signer::Stub> stub_;
};

}  // namespace cairn::ca
