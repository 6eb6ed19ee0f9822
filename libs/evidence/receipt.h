#pragma once

#include <absl/status/statusor.h>

#include "libs/crypto/private_key.h"
#include "libs/crypto/public_key.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::evidence {

// Serialises `receipt` once and signs those bytes with the perspective's key,
// which must be P-256.
absl::StatusOr<v1::SignedReceipt> SignReceipt(const crypto::PrivateKey& key,
                                              const v1::Receipt& receipt);

// The receipt, if `key` signed exactly these bytes; else kEvidenceForged. Says
// nothing about what the receipt claims.
absl::StatusOr<v1::Receipt> OpenReceipt(const crypto::PublicKey& key,
                                        const v1::SignedReceipt& signed_receipt);

// What a receipt says before its signature has been checked: for logs, and to
// find the key to check it with. kEvidenceForged if it is no receipt.
absl::StatusOr<v1::Receipt> PeekReceipt(const v1::SignedReceipt& signed_receipt);

}  // namespace cairn::evidence
