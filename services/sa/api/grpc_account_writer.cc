#include "services/sa/api/grpc_account_writer.h"

#include <utility>

namespace cairn::sa {

GrpcAccountWriter::GrpcAccountWriter(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::AccountWriter::NewStub(peer_->channel())) {}

absl::StatusOr<v1::CreateAccountResponse> GrpcAccountWriter::CreateAccount(
    const base::Call& call, const v1::CreateAccountRequest& request) {
  return peer_->Invoke<v1::CreateAccountResponse>(call, "AccountWriter/CreateAccount", *stub_,
                                                  &v1::AccountWriter::Stub::CreateAccount, request);
}

absl::StatusOr<v1::FindAccountResponse> GrpcAccountWriter::FindAccount(
    const base::Call& call, const v1::FindAccountRequest& request) {
  return peer_->Invoke<v1::FindAccountResponse>(call, "AccountWriter/FindAccount", *stub_,
                                                &v1::AccountWriter::Stub::FindAccount, request);
}

absl::StatusOr<v1::UpdateAccountResponse> GrpcAccountWriter::UpdateAccount(
    const base::Call& call, const v1::UpdateAccountRequest& request) {
  return peer_->Invoke<v1::UpdateAccountResponse>(call, "AccountWriter/UpdateAccount", *stub_,
                                                  &v1::AccountWriter::Stub::UpdateAccount, request);
}

}  // namespace cairn::sa
