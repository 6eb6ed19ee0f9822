#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"

namespace cairn::policy {

// Public keys that nobody may use, because their private halves are known or
// guessable (BR 6.1.1.3). Immutable and thread-safe; 34 octets of memory a key.
//
// A text file with a line for each key: the SHA-256 of its SubjectPublicKeyInfo
// in lower-case hexadecimal, then a word for where it comes from, then anything
// (a date, say). Empty lines and lines that begin with # are skipped.
class KeyBlocklist {
 public:
  KeyBlocklist() = default;

  // kMalformed names the line; a list that was cut off or is in another format
  // must not pass for a short one.
  static absl::StatusOr<KeyBlocklist> FromText(std::string_view text);
  // As FromText, with the path in front; kInternal if it can't be read.
  static absl::StatusOr<KeyBlocklist> FromFile(const std::string& path);

  // Where the key's entry comes from; nothing if it has none.
  std::optional<std::string_view> SourceOf(const crypto::PublicKey& key) const;
  std::optional<std::string_view> SourceOfSpki(std::string_view spki_der) const;

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::array<char, 32> digest;
    uint16_t source;  // index of sources_
  };

  std::vector<Entry> entries_;  // sorted by digest
  std::vector<std::string> sources_;
};

}  // namespace cairn::policy
