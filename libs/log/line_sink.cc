#include "libs/log/line_sink.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::log {

absl::Status LineSink::Write(std::string_view line) {
  std::lock_guard lock(mutex_);
  while (!line.empty()) {
    const ssize_t written = ::write(fd_, line.data(), line.size());
    if (written >= 0) {
      line.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      // Someone who shares the file made it non-blocking.
      pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return errors::Make(errors::Reason::kUnavailable,
                          base::Cat("cannot write a line: ", std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

}  // namespace cairn::log
