#include "services/wfe/core/nonces.h"

#include <optional>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::wfe {
namespace {

constexpr size_t kPrefix = 1 + 4;
constexpr size_t kCounter = 6;
constexpr size_t kTag = 16;
constexpr size_t kSize = kPrefix + kCounter + kTag;

absl::Status Bad() {
  return errors::Make(errors::Reason::kBadNonce,
                      "the nonce is unknown, used or too old: use the one of this answer");
}

}  // namespace

NonceBook::NonceBook(std::string_view key, uint8_t instance, base::Random& random,
                     std::map<uint8_t, Nonces*> others, uint64_t window)
    : key_(key),
      prefix_(std::string(1, static_cast<char>(instance)) + random.Bytes(4)),
      others_(std::move(others)),
      used_(window) {}

std::string NonceBook::Make() {
  uint64_t counter;
  {
    std::lock_guard lock(mutex_);
    counter = next_++;
    used_[counter % used_.size()] = false;
  }
  std::string nonce = prefix_;
  for (int shift = 40; shift >= 0; shift -= 8) nonce += static_cast<char>(counter >> shift);
  nonce += Tag(nonce);
  return base::ToBase64Url(nonce);
}

std::string NonceBook::Tag(std::string_view head) const { return key_.Tag(head).substr(0, kTag); }

bool NonceBook::UseUp(uint64_t counter) {
  std::lock_guard lock(mutex_);
  if (counter >= next_ || next_ - counter > used_.size()) return false;
  if (used_[counter % used_.size()]) return false;
  used_[counter % used_.size()] = true;
  return true;
}

bool NonceBook::RedeemOwn(std::string_view nonce) {
  const auto octets = base::FromBase64Url(nonce);
  if (!octets || octets->size() != kSize || !octets->starts_with(prefix_)) return false;
  const std::string_view head = std::string_view(*octets).substr(0, kSize - kTag);
  if (!base::ConstantTimeEquals(Tag(head), std::string_view(*octets).substr(head.size()))) {
    return false;
  }
  uint64_t counter = 0;
  for (const char octet : head.substr(kPrefix))
    counter = counter << 8 | static_cast<uint8_t>(octet);
  return UseUp(counter);
}

absl::Status NonceBook::Redeem(const base::Call& call, std::string_view nonce) {
  if (RedeemOwn(nonce)) return absl::OkStatus();
  const auto octets = base::FromBase64Url(nonce);
  if (!octets || octets->size() != kSize) return Bad();
  const auto other = others_.find(static_cast<uint8_t>(octets->front()));
  if (other == others_.end()) return Bad();
  // Spares the others what nobody with the key has made.
  const std::string_view head = std::string_view(*octets).substr(0, kSize - kTag);
  if (!base::ConstantTimeEquals(Tag(head), std::string_view(*octets).substr(head.size()))) {
    return Bad();
  }
  v1::RedeemNonceRequest request;
  request.set_nonce(std::string(nonce));
  const auto response = other->second->RedeemNonce(call, request);
  return response.ok() && response->valid() ? absl::OkStatus() : Bad();
}

}  // namespace cairn::wfe
