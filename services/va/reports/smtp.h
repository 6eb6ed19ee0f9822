#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/ip_address.h"

namespace cairn::va {

// A line of a server's reply (RFC 5321 section 4.2): "250-SIZE" is code 250, and not
// the last. Nothing for what is no such line, without its CRLF.
struct SmtpReplyLine {
  int code = 0;
  bool last = false;
};
std::optional<SmtpReplyLine> ParseSmtpReply(std::string_view line);

// Whom mail is handed to. Thread-safe.
class MailRelay {
 public:
  virtual ~MailRelay() = default;
  // `from` and `to` are mailboxes as IsMailbox wants them; `message` has lines that
  // end in CRLF. OK once the server has taken it over. Blocks at most until
  // call.deadline. kConnection where there is no answer or a refusal.
  virtual absl::Status Send(const base::Call& call, const std::string& from, const std::string& to,
                            std::string_view message) = 0;
};

// A plain SMTP dialogue (RFC 5321) with one server that the configuration names,
// over a connection of its own for each message. No TLS and no login: the relay
// stands beside us and does the rest. Replies are bounded.
class SmtpRelay final : public MailRelay {
 public:
  struct Options {
    base::IpAddress address;
    uint16_t port = 25;
    std::string client_name;                     // what EHLO says: a domain
    absl::Duration timeout = absl::Seconds(20);  // of one message
    int cancel_fd = -1;                          // readable: give up
  };
  SmtpRelay(Options options, const base::Clock& clock);

  absl::Status Send(const base::Call& call, const std::string& from, const std::string& to,
                    std::string_view message) override;

 private:
  const Options options_;
  const base::Clock& clock_;
};

}  // namespace cairn::va
