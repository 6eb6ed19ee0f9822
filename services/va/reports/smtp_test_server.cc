#include "services/va/reports/smtp_test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "libs/base/invariant.h"

namespace cairn::va {
namespace {

// Up to and with `end`; "" when the peer has gone.
std::string ReadUntil(int fd, std::string& held, const std::string& end) {
  while (held.find(end) == held.npos) {
    char buffer[1024];
    const ssize_t size = recv(fd, buffer, sizeof buffer, 0);
    if (size <= 0) return "";
    held.append(buffer, static_cast<size_t>(size));
  }
  const std::string out = held.substr(0, held.find(end) + end.size());
  held.erase(0, out.size());
  return out;
}

}  // namespace

SmtpTestServer::SmtpTestServer(Replies replies) : replies_(std::move(replies)) {
  replies_.insert({{"connect", "220 mail.test ESMTP\r\n"},
                   {"EHLO", "250-mail.test\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n"},
                   {"DATA", "354 go on\r\n"},
                   {"QUIT", "221 bye\r\n"}});
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  INVARIANT(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                listen(listener_, 16) == 0,
            "loopback has a free port");
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  int stop[2];
  INVARIANT(pipe(stop) == 0, "a test has file descriptors");
  stop_read_ = stop[0];
  stop_write_ = stop[1];
  thread_ = std::jthread([this] { Run(); });
}

SmtpTestServer::~SmtpTestServer() {
  close(stop_write_);
  thread_.join();
  close(listener_);
  close(stop_read_);
}

std::vector<std::string> SmtpTestServer::commands() const {
  std::lock_guard lock(mutex_);
  return commands_;
}

std::vector<std::string> SmtpTestServer::messages() const {
  std::lock_guard lock(mutex_);
  return messages_;
}

void SmtpTestServer::Run() {
  pollfd wait[] = {{.fd = listener_, .events = POLLIN}, {.fd = stop_read_, .events = POLLIN}};
  while (poll(wait, 2, -1) >= 0 && wait[1].revents == 0) {
    const int fd = accept(listener_, nullptr, nullptr);
    Serve(fd);
    close(fd);
  }
}

void SmtpTestServer::Serve(int fd) {
  if (!Reply(fd, "connect")) return;
  std::string held;
  while (true) {
    std::string line = ReadUntil(fd, held, "\r\n");
    if (line.empty()) return;
    line.resize(line.size() - 2);
    {
      std::lock_guard lock(mutex_);
      commands_.push_back(line);
    }
    const std::string word = line.substr(0, line.find_first_of(" :"));
    if (!Reply(fd, word)) return;
    if (word != "DATA" || !replies_["DATA"].starts_with("354")) continue;
    const std::string message = ReadUntil(fd, held, "\r\n.\r\n");
    {
      std::lock_guard lock(mutex_);
      messages_.push_back(message);
    }
    if (!Reply(fd, ".")) return;
  }
}

bool SmtpTestServer::Reply(int fd, const std::string& word) {
  const auto found = replies_.find(word);
  const std::string reply = found == replies_.end() ? "250 OK\r\n" : found->second;
  if (reply.empty()) return false;
  return send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) > 0;
}

}  // namespace cairn::va
