#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::config {

// A whole number and one unit, "250ms", "90s", "5m", "36h" or "30d" (a day is 24
// hours), at most ten years. kMalformed for everything else, a sign included.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  uint16_t port = 0;

  // With the brackets again.
  std::string ToText() const;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// "127.0.0.1:4001", "[::1]:4001" or "name.example:4001". The port must be there;
// 0 is a port (any free one). Does not resolve names.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);

// The content of a file that holds a secret: a regular file of at most 64 KiB
// that neither group nor others may access (LOG-20: a secret that anyone can
// read isn't one). The error names the file and says what to do.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

// The content of a regular file of at most 16 MiB, for what is not secret.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace cairn::config
