#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::ct {

// Reads the presentation language of TLS (RFC 8446 section 3) that RFC 6962 is
// written in: big-endian numbers, and vectors after their length. Every error is
// kMalformed. The values are views: the bytes must outlive them.
class TlsReader {
 public:
  explicit TlsReader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }
  // OK at the end of the bytes; else "trailing data".
  absl::Status Finish() const;

  // A number of 1 to 8 octets.
  absl::StatusOr<uint64_t> ReadNumber(int octets);
  absl::StatusOr<std::string_view> ReadFixed(size_t size);
  // opaque<0..2^(8*length_octets)-1>
  absl::StatusOr<std::string_view> ReadVector(int length_octets);

 private:
  std::string_view rest_;
};

// `value` must fit into so many octets.
std::string TlsNumber(uint64_t value, int octets);
// `content` must fit.
std::string TlsVector(std::string_view content, int length_octets);

}  // namespace cairn::ct
