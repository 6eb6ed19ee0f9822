#include "tools/cairn_admin/seen.h"

#include <absl/status/statusor.h>

#include <utility>

#include "libs/evidence/receipt.h"

namespace cairn::admin {

std::string_view NameOf(Signature signature) {
  switch (signature) {
    case Signature::kNotVerified:
      return "not verified";
    case Signature::kVerified:
      return "verified";
    case Signature::kForged:
      return "FORGED";
  }
  return "";
}

std::vector<Seen> Open(const evidence::v1::Attempt& attempt, const PerspectiveKeys& keys) {
  std::vector<Seen> seen;
  for (const evidence::v1::SignedReceipt& signed_receipt : attempt.receipts()) {
    Seen& one = seen.emplace_back();
    absl::StatusOr<evidence::v1::Receipt> receipt = evidence::PeekReceipt(signed_receipt);
    if (!receipt.ok()) continue;
    one.readable = true;
    one.receipt = *std::move(receipt);
    const auto key = keys.find(one.receipt.perspective_id());
    if (key == keys.end()) continue;
    one.signature = evidence::OpenReceipt(key->second, signed_receipt).ok() ? Signature::kVerified
                                                                            : Signature::kForged;
  }
  return seen;
}

}  // namespace cairn::admin
