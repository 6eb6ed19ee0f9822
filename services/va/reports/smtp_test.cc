#include "services/va/reports/smtp.h"

#include <catch2/catch.hpp>

#include "libs/errors/errors.h"
#include "libs/http/client/api_client.h"
#include "libs/testing/status_matchers.h"
#include "services/va/reports/smtp_test_server.h"

namespace cairn::va {
namespace {

using errors::Reason;

constexpr char kMessage[] = "Subject: x\r\n\r\n.hidden\r\n..\r\nend\r\n";

absl::Status Send(uint16_t port, base::Call call = {}, int cancel_fd = -1) {
  const base::SystemClock clock;
  SmtpRelay relay({.address = base::IpAddress::Parse("127.0.0.1").value(),
                   .port = port,
                   .client_name = "ca.test",
                   .cancel_fd = cancel_fd},
                  clock);
  return relay.Send(call, "caa@ca.test", "security@example.com", kMessage);
}

TEST_CASE("a message is handed over as RFC 5321 wants it", "[CAA-32]") {
  const SmtpTestServer server;
  REQUIRE_OK(Send(server.port()));
  CHECK(server.messages() ==
        std::vector<std::string>{"Subject: x\r\n\r\n..hidden\r\n...\r\nend\r\n.\r\n"});
  const std::vector<std::string> commands = server.commands();
  REQUIRE(commands.size() >= 4);
  CHECK(commands[0] == "EHLO ca.test");
  CHECK(commands[1] == "MAIL FROM:<caa@ca.test>");
  CHECK(commands[2] == "RCPT TO:<security@example.com>");
  CHECK(commands[3] == "DATA");
}

TEST_CASE("a server that will forward has taken the message", "[CAA-32]") {
  const SmtpTestServer server(SmtpTestServer::Replies{{"RCPT", "251 will forward\r\n"}});
  CHECK_OK(Send(server.port()));
}

TEST_CASE("how a server takes its leave does not matter", "[CAA-32]") {
  const SmtpTestServer server(SmtpTestServer::Replies{{"QUIT", ""}});
  CHECK_OK(Send(server.port()));
}

TEST_CASE("whatever the server does not like ends the dialogue, and is told", "[CAA-32]") {
  struct Row {
    const char* word;
    std::string reply;
    const char* told;
  };
  std::string endless;
  for (int i = 0; i < 101; ++i) endless += "250-x\r\n";
  for (const Row& row :
       {Row{"connect", "554 no\r\n", "after connecting: 554 no"},
        Row{"connect", "", "closed the connection"},
        Row{"connect", "SSH-2.0-x\r\n", "no SMTP reply"},
        Row{"EHLO", "502 no\r\n", "after EHLO: 502 no"}, Row{"EHLO", endless, "too many lines"},
        Row{"EHLO", "250-" + std::string(5000, 'a'), "too long"},
        Row{"MAIL", "550 no\r\n", "after MAIL: 550 no"},
        Row{"RCPT", "550 \x1b[1mno\r\n", "after RCPT: 550 \\x1b[1mno"},
        Row{"RCPT", "450 later\r\n", "after RCPT: 450 later"},
        Row{"DATA", "554 no\r\n", "after DATA: 554 no"}, Row{"DATA", "", "closed the connection"},
        Row{".", "552 too much\r\n", "after the message: 552 too much"}}) {
    INFO(row.told);
    const SmtpTestServer server(SmtpTestServer::Replies{{row.word, row.reply}});
    const absl::Status status = Send(server.port());
    CHECK_REASON(status, Reason::kConnection);
    CHECK(std::string(status.message()).find(row.told) != std::string::npos);
  }
}

TEST_CASE("a server that says nothing is waited for until the deadline, or until told",
          "[CAA-32]") {
  // Its greeting never ends.
  const SmtpTestServer server(SmtpTestServer::Replies{{"connect", "220-\r\n"}});
  base::Call call;
  call.deadline = absl::InfinitePast();
  const absl::Status late = Send(server.port(), call);
  CHECK_REASON(late, Reason::kConnection);
  CHECK(late.message() == "timed out");

  http::Cancellation cancellation;
  cancellation.Cancel();
  const absl::Status given_up = Send(server.port(), {}, cancellation.fd());
  CHECK_REASON(given_up, Reason::kConnection);
  CHECK(given_up.message() == "given up");
}

TEST_CASE("where nobody listens there is no relay", "[CAA-32]") {
  uint16_t port;
  {
    const SmtpTestServer gone;
    port = gone.port();
  }
  CHECK_REASON(Send(port), Reason::kConnection);
}

TEST_CASE("a reply's line has a code, and says whether it is the last", "[CAA-32]") {
  CHECK(ParseSmtpReply("250 OK")->code == 250);
  CHECK(ParseSmtpReply("250 OK")->last);
  CHECK_FALSE(ParseSmtpReply("250-SIZE")->last);
  CHECK(ParseSmtpReply("354")->last);
  for (const char* line : {"", "25", "25 ", "150 x", "650 x", "2x0 x", "250x", "25O OK", " 250"}) {
    INFO(line);
    CHECK_FALSE(ParseSmtpReply(line));
  }
}

}  // namespace
}  // namespace cairn::va
