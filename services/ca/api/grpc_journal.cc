#include "services/ca/api/grpc_journal.h"

#include <utility>

namespace cairn::ca {

GrpcJournal::GrpcJournal(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::Journal::NewStub(peer_->channel())) {}

absl::StatusOr<v1::ReadJournalResponse> GrpcJournal::ReadJournal(
    const base::Call& call, const v1::ReadJournalRequest& request) {
  return peer_->Invoke<v1::ReadJournalResponse>(call, "Journal/ReadJournal", *stub_,
                                                &v1::Journal::Stub::ReadJournal, request);
}

}  // namespace cairn::ca
