#include "services/sa/api/grpc_account_reader.h"

#include <utility>

namespace cairn::sa {

GrpcAccountReader::GrpcAccountReader(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::AccountReader::NewStub(peer_->channel())) {}

absl::StatusOr<v1::GetAccountResponse> GrpcAccountReader::GetAccount(
    const base::Call& call, const v1::GetAccountRequest& request) {
  return peer_->Invoke<v1::GetAccountResponse>(call, "AccountReader/GetAccount", *stub_,
                                               &v1::AccountReader::Stub::GetAccount, request);
}

}  // namespace cairn::sa
