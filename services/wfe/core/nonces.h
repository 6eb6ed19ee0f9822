#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/random.h"
#include "libs/crypto/digest.h"
#include "services/wfe/api/nonces.h"

namespace cairn::wfe {

// Makes nonces and redeems each once (RFC 8555 section 6.5). Thread-safe.
//
// A nonce is base64url(instance | boot | counter | tag): the replica that made it,
// 4 random octets of this start, a 6-octet counter, and 16 octets of an HMAC over
// the rest, which make it unpredictable. Which counters are used up is one bit
// each of the last 2^20: 128 KiB, whatever the load. Older ones are refused, as
// are those of an earlier start.
class NonceBook {
 public:
  static constexpr uint64_t kWindow = uint64_t{1} << 20;

  // `others` are the replicas by instance; they must outlive the book. `window` is
  // how many nonces back it remembers.
  NonceBook(std::string_view key, uint8_t instance, base::Random& random,
            std::map<uint8_t, Nonces*> others, uint64_t window = kWindow);

  std::string Make();

  // OK once for each nonce of this replica; kBadNonce for any other text. May ask
  // another replica; if that one can't be reached, kBadNonce too, as the client
  // can do no better than to try again with a fresh one.
  absl::Status Redeem(const base::Call& call, std::string_view nonce);

  // The same for nonces of this replica only: what the others ask.
  bool RedeemOwn(std::string_view nonce);

 private:
  std::string Tag(std::string_view head) const;
  bool UseUp(uint64_t counter);

  const crypto::HmacSha256 key_;
  const std::string prefix_;  // instance and boot
  const std::map<uint8_t, Nonces*> others_;

  std::mutex mutex_;
  uint64_t next_ = 0;
  std::vector<bool> used_;  // by counter modulo kWindow
};

}  // namespace cairn::wfe
