#include "services/va/reports/smtp.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::va {
namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kMaxReplyLine = 1000;  // RFC 5321 section 4.5.3.1.5 asks for 512 at most
constexpr int kMaxReplyLines = 100;
constexpr size_t kShown = 100;

absl::Status Failure(std::string_view what) {
  return errors::Make(errors::Reason::kConnection, what);
}

// A line at a time, each step until one and the same moment.
class Connection {
 public:
  Connection(int fd, int cancel_fd, Steady::time_point until)
      : fd_(fd), cancel_fd_(cancel_fd), until_(until) {}
  ~Connection() {
    if (fd_ >= 0) close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::Status Connect(const base::IpAddress& address, uint16_t port) {
    sockaddr_storage storage{};
    socklen_t size;
    if (address.is_v6()) {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      std::memcpy(&v6->sin6_addr, address.bytes().data(), 16);
      size = sizeof *v6;
    } else {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
      std::memcpy(&v4->sin_addr, address.bytes().data(), 4);
      size = sizeof *v4;
    }
    if (connect(fd_, reinterpret_cast<sockaddr*>(&storage), size) == 0) return absl::OkStatus();
    if (errno != EINPROGRESS) return Failure("can't connect");
    RETURN_IF_ERROR(Wait(POLLOUT));
    int error = 0;
    socklen_t error_size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &error_size);
    return error == 0 ? absl::OkStatus() : Failure("can't connect");
  }

  absl::Status Write(std::string_view data) {
    while (!data.empty()) {
      const ssize_t written = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (written >= 0) {
        data.remove_prefix(static_cast<size_t>(written));
      } else if (errno == EAGAIN) {
        RETURN_IF_ERROR(Wait(POLLOUT));
      } else if (errno != EINTR) {
        return Failure("the connection broke");
      }
    }
    return absl::OkStatus();
  }

  // Reads a whole reply; anything but `expected` is a failure.
  absl::Status Expect(int expected, std::string_view after) {
    for (int lines = 0; lines < kMaxReplyLines; ++lines) {
      std::string line;
      RETURN_IF_ERROR(ReadLine(line));
      const auto reply = ParseSmtpReply(line);
      if (!reply) return Failure(base::Cat("after ", after, ": this is no SMTP reply"));
      if (!reply->last) continue;
      // 251: the server takes it, and will forward it.
      if (reply->code == expected || (expected == 250 && reply->code == 251)) {
        return absl::OkStatus();
      }
      return Failure(base::Cat("after ", after, ": ", base::Escaped(line, kShown)));
    }
    return Failure(base::Cat("after ", after, ": a reply of too many lines"));
  }

  absl::Status Command(const std::string& command, int expected) {
    RETURN_IF_ERROR(Write(base::Cat(command, "\r\n")));
    return Expect(expected, std::string_view(command).substr(0, command.find_first_of(" :")));
  }

 private:
  absl::Status Wait(short events) const {
    // poll ignores a negative descriptor.
    pollfd wait[] = {{.fd = fd_, .events = events}, {.fd = cancel_fd_, .events = POLLIN}};
    while (true) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until_ - Steady::now()).count();
      if (left <= 0) return Failure("timed out");
      const int ready = poll(wait, 2, static_cast<int>(std::min<int64_t>(left, 1 << 30)));
      if (ready > 0) return wait[1].revents == 0 ? absl::OkStatus() : Failure("given up");
      if (ready < 0 && errno != EINTR) return Failure("can't wait");
    }
  }

  // Without the line's end.
  absl::Status ReadLine(std::string& line) {
    while (true) {
      const size_t end = held_.find("\r\n");
      if (end != held_.npos) {
        line = held_.substr(0, end);
        held_.erase(0, end + 2);
        return absl::OkStatus();
      }
      if (held_.size() > kMaxReplyLine) return Failure("a reply's line is too long");
      RETURN_IF_ERROR(Wait(POLLIN));
      char buffer[1024];
      const ssize_t size = recv(fd_, buffer, sizeof buffer, 0);
      if (size == 0) return Failure("the server closed the connection");
      if (size > 0) {
        held_.append(buffer, static_cast<size_t>(size));
      } else if (errno != EAGAIN && errno != EINTR) {
        return Failure("the connection broke");
      }
    }
  }

  const int fd_;
  const int cancel_fd_;
  const Steady::time_point until_;
  std::string held_;
};

// A line that begins with a dot gets another one (RFC 5321 section 4.5.2).
std::string DotStuffed(std::string_view message) {
  std::string out;
  while (!message.empty()) {
    const size_t end = message.find("\r\n");
    if (message.front() == '.') out += '.';
    out.append(message.substr(0, end));
    out += "\r\n";
    message.remove_prefix(end == message.npos ? message.size() : end + 2);
  }
  return out + ".\r\n";
}

}  // namespace

std::optional<SmtpReplyLine> ParseSmtpReply(std::string_view line) {
  const auto is_digit = [&](size_t i, char lowest, char highest) {
    return line[i] >= lowest && line[i] <= highest;
  };
  if (line.size() < 3 || !is_digit(0, '2', '5') || !is_digit(1, '0', '9') ||
      !is_digit(2, '0', '9')) {
    return std::nullopt;
  }
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return std::nullopt;
  return SmtpReplyLine{.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'),
                       .last = line.size() == 3 || line[3] == ' '};
}

SmtpRelay::SmtpRelay(Options options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

absl::Status SmtpRelay::Send(const base::Call& call, const std::string& from, const std::string& to,
                             std::string_view message) {
  const absl::Duration left = std::min(call.Left(clock_), options_.timeout);
  Connection connection(socket(options_.address.is_v6() ? AF_INET6 : AF_INET,
                               SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                        options_.cancel_fd, Steady::now() + absl::ToChronoNanoseconds(left));
  RETURN_IF_ERROR(connection.Connect(options_.address, options_.port));
  RETURN_IF_ERROR(connection.Expect(220, "connecting"));
  RETURN_IF_ERROR(connection.Command(base::Cat("EHLO ", options_.client_name), 250));
  RETURN_IF_ERROR(connection.Command(base::Cat("MAIL FROM:<", from, ">"), 250));
  RETURN_IF_ERROR(connection.Command(base::Cat("RCPT TO:<", to, ">"), 250));
  RETURN_IF_ERROR(connection.Command("DATA", 354));
  RETURN_IF_ERROR(connection.Write(DotStuffed(message)));
  RETURN_IF_ERROR(connection.Expect(250, "the message"));
  // It has been taken over; how the server takes its leave changes nothing.
  (void)connection.Command("QUIT", 221);
  return absl::OkStatus();
}

}  // namespace cairn::va
