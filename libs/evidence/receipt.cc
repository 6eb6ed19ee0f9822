#include "libs/evidence/receipt.h"

#include <string>
#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::evidence {
namespace {

using errors::Reason;

// Keeps a signature of a receipt from ever being one of something else, even if
// the key were used for that by mistake. The terminating zero belongs to it.
constexpr std::string_view kContext("cairn receipt v1\0", 17);

std::string SigningInput(std::string_view receipt) {
  std::string input;
  input.reserve(kContext.size() + receipt.size());
  return input.append(kContext).append(receipt);
}

}  // namespace

absl::StatusOr<v1::SignedReceipt> SignReceipt(const crypto::PrivateKey& key,
                                              const v1::Receipt& receipt) {
  v1::SignedReceipt signed_receipt;
  receipt.SerializeToString(signed_receipt.mutable_receipt());
  ASSIGN_OR_RETURN(
      *signed_receipt.mutable_signature(),
      key.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, SigningInput(signed_receipt.receipt())));
  return signed_receipt;
}

absl::StatusOr<v1::Receipt> OpenReceipt(const crypto::PublicKey& key,
                                        const v1::SignedReceipt& signed_receipt) {
  if (!key.Verify(crypto::SignatureAlgorithm::kEcdsaSha256, SigningInput(signed_receipt.receipt()),
                  signed_receipt.signature())) {
    return errors::Make(Reason::kEvidenceForged, "a receipt's signature does not verify");
  }
  return PeekReceipt(signed_receipt);
}

absl::StatusOr<v1::Receipt> PeekReceipt(const v1::SignedReceipt& signed_receipt) {
  v1::Receipt receipt;
  if (!receipt.ParseFromString(signed_receipt.receipt()) || receipt.version() != 1) {
    return errors::Make(Reason::kEvidenceForged, "a receipt is not in the format of version 1");
  }
  return receipt;
}

}  // namespace cairn::evidence
