#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/testing/listener.h"

namespace cairn::va {

// A mail server on a free port of loopback that takes everything, one connection
// after the other, but where a test says otherwise. Thread-safe.
class SmtpTestServer {
 public:
  // What to reply to a command, by its first word ("connect": the greeting; ".": the
  // message), as sent; "": close the connection instead.
  using Replies = std::map<std::string, std::string>;
  explicit SmtpTestServer(Replies replies = {});
  ~SmtpTestServer();
  SmtpTestServer(const SmtpTestServer&) = delete;
  SmtpTestServer& operator=(const SmtpTestServer&) = delete;

  uint16_t port() const { return listener_->port(); }
  // The commands of all connections, without their ends.
  std::vector<std::string> commands() const;
  // The messages that were taken, as sent: with their dots doubled.
  std::vector<std::string> messages() const;

 private:
  void Serve(int fd);
  bool Reply(int fd, const std::string& word);

  Replies replies_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_, messages_;
  std::optional<testing::Listener> listener_;
};

}  // namespace cairn::va
