#include "libs/ct/tls.h"

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::ct {

absl::Status TlsReader::Finish() const {
  if (AtEnd()) return absl::OkStatus();
  return errors::Make(errors::Reason::kMalformed, "trailing data after a TLS structure");
}

absl::StatusOr<uint64_t> TlsReader::ReadNumber(int octets) {
  ASSIGN_OR_RETURN(const std::string_view bytes, ReadFixed(static_cast<size_t>(octets)));
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

absl::StatusOr<std::string_view> TlsReader::ReadFixed(size_t size) {
  if (size > rest_.size()) {
    return errors::Make(errors::Reason::kMalformed, "a TLS structure is cut short");
  }
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

absl::StatusOr<std::string_view> TlsReader::ReadVector(int length_octets) {
  ASSIGN_OR_RETURN(const uint64_t size, ReadNumber(length_octets));
  return ReadFixed(size);
}

std::string TlsNumber(uint64_t value, int octets) {
  INVARIANT(octets == 8 || value >> (8 * octets) == 0, "callers bound their numbers");
  std::string bytes(static_cast<size_t>(octets), '\0');
  for (auto octet = bytes.rbegin(); octet != bytes.rend(); ++octet) {
    *octet = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes;
}

std::string TlsVector(std::string_view content, int length_octets) {
  return TlsNumber(content.size(), length_octets).append(content);
}

}  // namespace cairn::ct
