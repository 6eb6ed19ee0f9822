#pragma once

#include <absl/status/statusor.h>

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::acme {

// The account's name for ever, which certifies itself (design, section 3): 24
// octets of SHA-256 over the thumbprint of the account's first key and a random
// salt. Who knows both can check that the account belongs to that key, so no
// database row can bind it to another one.
class AccountId {
 public:
  static constexpr size_t kSize = 24;

  // `thumbprint` is 32 octets (RFC 7638 with SHA-256), `salt` 16; else kMalformed.
  static absl::StatusOr<AccountId> Derive(std::string_view thumbprint, std::string_view salt);
  static std::optional<AccountId> FromBytes(std::string_view bytes);
  // The form in URLs: 32 characters of base64url. Accepts what ToText writes.
  static std::optional<AccountId> FromText(std::string_view text);

  const std::string& bytes() const { return bytes_; }
  std::string ToText() const;

  friend auto operator<=>(const AccountId&, const AccountId&) = default;

 private:
  explicit AccountId(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

}  // namespace cairn::acme
