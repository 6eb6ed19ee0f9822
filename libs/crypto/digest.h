#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cairn::crypto {

// FIPS 180-4. Raw octets, not hex. Thread-safe; cannot fail.
std::string Sha256(std::string_view data);
std::string Sha384(std::string_view data);
std::string Sha512(std::string_view data);
// Broken as a hash: only for the names that RFC 6960 and RFC 5019 give to issuers
// and responders, where nothing rests on collisions.
std::string Sha1(std::string_view data);

// RFC 2104 with SHA-256, for a key that is used again and again: it is made ready
// once. Thread-safe; cannot fail.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;

  // 32 octets. Compare tags with base::ConstantTimeEquals.
  std::string Tag(std::string_view data) const;

 private:
  struct Impl;
  const std::unique_ptr<const Impl> impl_;
};

}  // namespace cairn::crypto
