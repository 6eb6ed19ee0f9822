#include "libs/acme/account_id.h"

#include "libs/base/encoding.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::acme {
namespace {

// The terminating zero belongs to it.
constexpr std::string_view kContext("cairn account v1\0", 17);

}  // namespace

absl::StatusOr<AccountId> AccountId::Derive(std::string_view thumbprint, std::string_view salt) {
  if (thumbprint.size() != 32 || salt.size() != 16) {
    return errors::Make(errors::Reason::kMalformed,
                        "a thumbprint has 32 octets, an account's salt 16");
  }
  std::string input(kContext);
  input.append(thumbprint).append(salt);
  return AccountId(crypto::Sha256(input).substr(0, kSize));
}

std::optional<AccountId> AccountId::FromBytes(std::string_view bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  return AccountId(std::string(bytes));
}

std::optional<AccountId> AccountId::FromText(std::string_view text) {
  auto bytes = base::FromBase64Url(text);
  if (!bytes || bytes->size() != kSize) return std::nullopt;
  return AccountId(*std::move(bytes));
}

std::string AccountId::ToText() const { return base::ToBase64Url(bytes_); }

}  // namespace cairn::acme
