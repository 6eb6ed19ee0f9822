#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/crypto/public_key.h"
#include "libs/ct/signature.h"

namespace cairn::ct {

// What a log says about its whole tree (RFC 6962 section 3.5).
struct TreeHead {
  absl::Time time() const { return absl::FromUnixMillis(static_cast<int64_t>(timestamp)); }

  uint64_t timestamp = 0;  // milliseconds since 1970, below 2^63
  uint64_t size = 0;
  std::string root;  // 32 octets
  DigitallySigned signature;
};

// The octets that a tree head's signature is over.
std::string SignedOctets(const TreeHead& head);

// kIncorrectResponse unless the log with this key signed it.
absl::Status VerifyTreeHead(const TreeHead& head, const crypto::PublicKey& log_key);

// The checkpoint of a static-ct log (static-ct-api, "Checkpoints"; C2SP
// tlog-checkpoint and signed-note): a note of `origin` with an RFC 6962 signature
// of that name. Signatures of others, such as witnesses, are ignored. kMalformed
// for what isn't one, kIncorrectResponse for another origin and for a signature
// that isn't the log's.
absl::StatusOr<TreeHead> ReadCheckpoint(std::string_view note, std::string_view origin,
                                        const crypto::PublicKey& log_key);
// The same note, for a head that the log has signed.
std::string ComposeCheckpoint(const TreeHead& head, std::string_view origin,
                              const crypto::PublicKey& log_key);

}  // namespace cairn::ct
