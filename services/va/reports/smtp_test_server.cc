#include "services/va/reports/smtp_test_server.h"

#include <sys/socket.h>

#include <utility>

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
  listener_.emplace(testing::Listener::Options{}, [this](int fd) { Serve(fd); });
}

SmtpTestServer::~SmtpTestServer() = default;

std::vector<std::string> SmtpTestServer::commands() const {
  std::lock_guard lock(mutex_);
  return commands_;
}

std::vector<std::string> SmtpTestServer::messages() const {
  std::lock_guard lock(mutex_);
  return messages_;
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
