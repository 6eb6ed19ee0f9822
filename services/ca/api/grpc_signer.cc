#include "services/ca/api/grpc_signer.h"

#include <utility>

namespace cairn::ca {

GrpcSigner::GrpcSigner(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::Signer::NewStub(peer_->channel())) {}

absl::StatusOr<v1::SignPrecertificateResponse> GrpcSigner::SignPrecertificate(
    const base::Call& call, const v1::SignPrecertificateRequest& request) {
  return peer_->Invoke<v1::SignPrecertificateResponse>(
      call, "Signer/SignPrecertificate", *stub_, &v1::Signer::Stub::SignPrecertificate, request);
}

absl::StatusOr<v1::SignCertificateResponse> GrpcSigner::SignCertificate(
    const base::Call& call, const v1::SignCertificateRequest& request) {
  return peer_->Invoke<v1::SignCertificateResponse>(call, "Signer/SignCertificate", *stub_,
                                                    &v1::Signer::Stub::SignCertificate, request);
}

}  // namespace cairn::ca
