#include "services/publisher/core/check_inclusion.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/ct/merkle_tree.h"
#include "libs/ct/tiles.h"
#include "libs/errors/errors.h"
#include "services/publisher/core/chain.h"

namespace cairn::publisher {
namespace {

using errors::Reason;
using Response = v1::CheckInclusionResponse;

absl::StatusOr<ct::Entry> EntryOf(const v1::CheckInclusionRequest& request) {
  ASSIGN_OR_RETURN(const Chain chain, Chain::Parse(request.chain()));
  switch (request.entry()) {
    case v1::CheckInclusionRequest::ENTRY_PRECERTIFICATE:
      return chain.PrecertificateEntry();
    case v1::CheckInclusionRequest::ENTRY_CERTIFICATE:
      return chain.CertificateEntry();
    default:
      return errors::Make(Reason::kMalformed, "the kind of the entry isn't said");
  }
}

}  // namespace

// OK if it is proven; kNotFound if the entry isn't in the tree.
absl::Status CheckInclusion::Prove(const base::Call& call, const ct::Log& log,
                                   const ct::SignedCertificateTimestamp& sct,
                                   const ct::Entry& entry, Response& response) const {
  ASSIGN_OR_RETURN(const ct::TreeHead head, client_.GetTreeHead(call, log));
  const std::string leaf = ct::LeafHash(ct::MerkleTreeLeaf(sct.timestamp, entry, sct.extensions));
  const auto not_found = [](std::string_view why) { return errors::Make(Reason::kNotFound, why); };
  LogClient::Proof proof;
  if (log.kind == ct::LogKind::kStatic) {
    const auto index = sct.LeafIndex();
    if (!index.ok() || !index->has_value()) {
      return errors::Make(Reason::kMalformed, "the SCT of a static-ct log has no leaf index");
    }
    proof.leaf_index = **index;
    if (proof.leaf_index >= head.size) return not_found("the tree isn't that big yet");
    auto path = ct::InclusionProof(proof.leaf_index, head.size,
                                   ct::NodesOfTiles(head.size, [&](const ct::Tile& tile) {
                                     return client_.GetTile(call, log, tile);
                                   }));
    RETURN_IF_ERROR(path.status());
    proof.path = *std::move(path);
  } else {
    if (head.size == 0) return not_found("the tree is empty");
    auto found = client_.GetProof(call, log, leaf, head.size);
    if (!found.ok() && errors::ReasonOf(found.status()) == Reason::kRejectedIdentifier) {
      return not_found("the log knows no such entry");
    }
    RETURN_IF_ERROR(found.status());
    proof = *std::move(found);
  }
  RETURN_IF_ERROR(ct::VerifyInclusion(leaf, proof.leaf_index, head.size, proof.path, head.root));
  response.set_tree_size(head.size);
  response.set_leaf_index(proof.leaf_index);
  return absl::OkStatus();
}

absl::StatusOr<Response> CheckInclusion::Run(const base::Call& call,
                                             const v1::CheckInclusionRequest& request) const {
  ASSIGN_OR_RETURN(const auto sct, ct::SignedCertificateTimestamp::Parse(request.sct()));
  ASSIGN_OR_RETURN(const ct::Entry entry, EntryOf(request));
  const std::shared_ptr<const ct::LogList> list = logs_();
  const ct::Log* log = list->Find(sct.log_id);
  if (log == nullptr) return errors::Make(Reason::kNotFound, "the SCT's log isn't in the list");
  if (!ct::VerifySct(sct, log->key, entry).ok()) {
    return errors::Make(Reason::kMalformed, "the SCT is not of this log and this entry");
  }
  Response response;
  response.set_log(log->description);
  const absl::Status status = Prove(call, *log, sct, entry, response);
  if (status.ok()) {
    response.set_outcome(Response::OUTCOME_INCLUDED);
    return response;
  }
  const Reason reason = errors::ReasonOf(status);
  if (reason == Reason::kUnavailable) return status;
  response.set_detail(status.message().data(), status.message().size());
  // A wrong proof is wrong at once; an entry may be missing until the delay is over.
  const bool missing = reason == Reason::kNotFound || reason == Reason::kRejectedIdentifier;
  const bool in_time = clock_.Now() <= sct.time() + log->mmd;
  response.set_outcome(missing && in_time ? Response::OUTCOME_NOT_YET : Response::OUTCOME_FAILED);
  return response;
}

}  // namespace cairn::publisher
