#include "libs/config/values.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::config {
namespace {

constexpr size_t kMaxSecretSize = 64 * 1024;
constexpr size_t kMaxReadSize = 16 * 1024 * 1024;

absl::Status Malformed(std::string_view what) {
  return errors::Make(errors::Reason::kMalformed, what);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::StatusOr<std::string> ReadAll(const std::string& path, size_t limit, bool secret) {
  if (path.empty()) return Malformed("no file is named");
  // Checked on the open file, so that it can't be another one a moment later.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
    return errors::Make(errors::Reason::kNotFound,
                        base::Cat(path, ": cannot be read: ", std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) return Malformed(base::Cat(path, ": is not a regular file"));
  if (secret && (info.st_mode & 077) != 0) {
    return Malformed(base::Cat(path, ": group or others may access this secret: chmod 600 ", path));
  }
  std::string content;
  char buffer[8192];
  while (true) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return errors::Make(errors::Reason::kNotFound,
                          base::Cat(path, ": cannot be read: ", std::strerror(errno)));
    }
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > limit) {
      return Malformed(base::Cat(path, ": larger than ", limit, " octets"));
    }
  }
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [unit_begin, error] = std::from_chars(text.data(), end, count);
  const std::string_view unit(unit_begin, static_cast<size_t>(end - unit_begin));
  const bool is_number = error == std::errc() && text.front() != '-';
  absl::Duration one = absl::ZeroDuration();
  if (unit == "ms") one = absl::Milliseconds(1);
  if (unit == "s") one = absl::Seconds(1);
  if (unit == "m") one = absl::Minutes(1);
  if (unit == "h") one = absl::Hours(1);
  if (unit == "d") one = absl::Hours(24);
  if (!is_number || one == absl::ZeroDuration()) {
    return Malformed(base::Cat("\"", base::Escaped(text, 40),
                               "\" is not a duration such as 250ms, 90s, 5m, 36h or 30d"));
  }
  const absl::Duration limit = absl::Hours(24 * 3653);
  if (count > limit / one) {
    return Malformed(base::Cat("\"", base::Escaped(text, 40), "\" is longer than ten years"));
  }
  return count * one;
}

std::string HostPort::ToText() const {
  if (host.find(':') != std::string::npos) return base::Cat("[", host, "]:", port);
  return base::Cat(host, ":", port);
}

absl::StatusOr<HostPort> ParseHostPort(std::string_view text) {
  const auto malformed = [&] {
    return Malformed(base::Cat("\"", base::Escaped(text, 80),
                               "\" is not an address and a port such as 127.0.0.1:4001"));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed();
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // An IPv6 address without brackets would swallow its last group as a port.
  if (host.empty() || bracketed != (host.find(':') != std::string_view::npos)) return malformed();
  const bool clean = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  });
  HostPort address{.host = std::string(host)};
  const char* const end = port_text.data() + port_text.size();
  const auto result = std::from_chars(port_text.data(), end, address.port);
  if (!clean || port_text.empty() || result.ec != std::errc() || result.ptr != end) {
    return malformed();
  }
  return address;
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  return ReadAll(path, kMaxSecretSize, /*secret=*/true);
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  return ReadAll(path, kMaxReadSize, /*secret=*/false);
}

}  // namespace cairn::config
