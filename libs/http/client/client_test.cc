#include "libs/http/client/client.h"

#include <absl/strings/str_format.h>

#include <catch2/catch.hpp>

#include "libs/base/strings.h"
#include "libs/http/client/test_server.h"
#include "libs/testing/status_matchers.h"

namespace cairn::http {
namespace {

using errors::Reason;

class World {
 public:
  explicit World(absl::Duration timeout = absl::Seconds(10)) {
    auto created =
        Client::Create({.user_agent = "Cairn (https://ca.test)", .total_timeout = timeout}, clock);
    REQUIRE_OK(created);
    client = *std::move(created);
  }
  GetRequest Request(uint16_t port) {
    return {.address = base::IpAddress::Parse("127.0.0.1").value(),
            .port = port,
            .host = "a.test",
            .target = "/x?y=z",
            .body_limit = 64};
  }
  GetOutcome Get(const TestServer& server) { return client->Get({}, Request(server.port())); }

  base::SystemClock clock;
  std::unique_ptr<Client> client;
};

TEST_CASE("a request is what a validation should send", "[VAL-34]") {
  World world;
  const TestServer server({}, TestServer::Always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
  const GetOutcome outcome = world.Get(server);
  REQUIRE_OK(outcome.status);
  CHECK(outcome.connected);
  CHECK(outcome.response.status == 200);
  CHECK(outcome.response.body == "hi");
  CHECK(outcome.response.whole);
  CHECK(server.requests() ==
        std::vector<std::string>{"GET /x?y=z HTTP/1.1\r\nHost: a.test\r\n"
                                 "User-Agent: Cairn (https://ca.test)\r\nAccept: */*\r\n"
                                 "Connection: close\r\n\r\n"});
}

TEST_CASE("every framing of HTTP/1 is understood") {
  World world;
  for (const char* response :
       {"HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more"}) {
    INFO(response);
    const TestServer server({}, TestServer::Always(response));
    const GetOutcome outcome = world.Get(server);
    REQUIRE_OK(outcome.status);
    CHECK(outcome.response.body == "hello");
    CHECK(outcome.response.whole);
  }
}

TEST_CASE("a redirect is told and not followed") {
  World world;
  const TestServer server({},
                          TestServer::Always("HTTP/1.1 301 Moved\r\nLocation: http://b.test/\r\n"
                                             "Content-Length: 0\r\n\r\n"));
  const GetOutcome outcome = world.Get(server);
  REQUIRE_OK(outcome.status);
  CHECK(outcome.response.status == 301);
  CHECK(outcome.response.location == "http://b.test/");
  CHECK(server.requests().size() == 1);
}

TEST_CASE("interim responses are passed over", "[VAL-22]") {
  World world;
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  const std::string final = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  SECTION("in one piece with the final one") {
    const TestServer server({},
                            TestServer::Always("HTTP/1.1 100 Continue\r\n\r\n" + hints + final));
    const GetOutcome outcome = world.Get(server);
    REQUIRE_OK(outcome.status);
    CHECK(outcome.response.status == 200);
    CHECK(outcome.response.body == "hello");
    CHECK(outcome.response.whole);
  }
  SECTION("without a final one") {
    const TestServer server({}, TestServer::Always(hints));
    CHECK_REASON(world.Get(server).status, Reason::kConnection);
  }
  SECTION("without end") {
    const TestServer server({}, [&](TestServer::Connection& connection, const std::string&) {
      while (connection.Write(hints)) continue;
    });
    const GetOutcome outcome = world.Get(server);
    CHECK_REASON(outcome.status, Reason::kConnection);
    CHECK(std::string(outcome.status.message()) == "too many interim responses");
  }
  SECTION("but a change of protocols is final") {
    const TestServer server({},
                            TestServer::Always("HTTP/1.1 101 Switching Protocols\r\n\r\n" + final));
    CHECK(world.Get(server).response.status == 101);
  }
}

TEST_CASE("a body is read up to its limit and no further", "[VAL-31]") {
  World world;
  SECTION("one that says how long it is") {
    const TestServer server(
        {}, TestServer::Always("HTTP/1.1 404 No\r\nContent-Length: 1000000\r\n\r\n" +
                               std::string(1000, 'a')));
    const GetOutcome outcome = world.Get(server);
    REQUIRE_OK(outcome.status);
    CHECK(outcome.response.status == 404);
    CHECK(outcome.response.body == std::string(64, 'a'));
    CHECK_FALSE(outcome.response.whole);
  }
  SECTION("one without end") {
    const TestServer server({}, [](TestServer::Connection& connection, const std::string&) {
      connection.Write("HTTP/1.1 200 OK\r\n\r\n");
      while (connection.Write(std::string(1000, 'a'))) continue;
    });
    const GetOutcome outcome = world.Get(server);
    REQUIRE_OK(outcome.status);
    CHECK(outcome.response.body.size() == 64);
    CHECK_FALSE(outcome.response.whole);
  }
  SECTION("exactly the limit is whole") {
    const TestServer server({},
                            TestServer::Always("HTTP/1.1 200 OK\r\n\r\n" + std::string(64, 'a')));
    CHECK(world.Get(server).response.whole);
  }
}

TEST_CASE("a body takes the room that it needs, however far its limit is") {
  World world;
  constexpr size_t kLimit = size_t{1} << 50;  // no machine has so much
  std::string sent;
  for (int i = 0; sent.size() < 100'000; ++i) sent += base::Cat(i, " ");
  const std::string half = sent.substr(0, 50'000), rest = sent.substr(50'000);
  for (const std::string& response :
       {"HTTP/1.1 200 OK\r\n\r\n" + sent,
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(sent.size()) + "\r\n\r\n" + sent,
        base::Cat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc350\r\n", half, "\r\n",
                  absl::StrFormat("%x", rest.size()), "\r\n", rest, "\r\n0\r\n\r\n")}) {
    const TestServer server({}, TestServer::Always(response));
    GetRequest request = world.Request(server.port());
    request.body_limit = kLimit;
    const GetOutcome outcome = world.client->Get({}, request);
    REQUIRE_OK(outcome.status);
    CHECK((outcome.response.body == sent));
    CHECK(outcome.response.whole);
  }
}

TEST_CASE("a header has a limit", "[VAL-31]") {
  World world;
  SECTION("a long field") {
    const TestServer server({},
                            TestServer::Always("HTTP/1.1 200 OK\r\nA: " + std::string(9000, 'a')));
    CHECK_REASON(world.Get(server).status, Reason::kConnection);
  }
  SECTION("fields without end") {
    const TestServer server({}, [](TestServer::Connection& connection, const std::string&) {
      connection.Write("HTTP/1.1 200 OK\r\n");
      while (connection.Write("A: b\r\n")) continue;
    });
    CHECK_REASON(world.Get(server).status, Reason::kConnection);
  }
}

TEST_CASE("what is not HTTP is a connection problem") {
  World world;
  for (const char* response :
       {"", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    INFO(response);
    const TestServer server({}, TestServer::Always(response));
    const GetOutcome outcome = world.Get(server);
    CHECK(outcome.connected);
    CHECK_REASON(outcome.status, Reason::kConnection);
  }
}

TEST_CASE("a slow server costs no more than the time-out", "[VAL-20][VAL-31]") {
  World world(absl::Milliseconds(200));
  const TestServer silent(
      {}, [](TestServer::Connection& connection, const std::string&) { connection.WaitForEnd(); });
  const TestServer dripping({}, [](TestServer::Connection& connection, const std::string&) {
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n");
    while (connection.Write("a")) std::this_thread::sleep_for(std::chrono::milliseconds(30));
  });
  for (const TestServer* server : {&silent, &dripping}) {
    const absl::Time began = absl::Now();
    const GetOutcome outcome = world.Get(*server);
    CHECK_REASON(outcome.status, Reason::kConnection);
    CHECK(outcome.connected);
    CHECK(std::string(outcome.status.message()).find("timed out") != std::string::npos);
    CHECK(absl::Now() - began < absl::Seconds(5));
  }
}

TEST_CASE("a call's deadline is kept too") {
  World world;
  const TestServer silent(
      {}, [](TestServer::Connection& connection, const std::string&) { connection.WaitForEnd(); });
  base::Call call;
  call.deadline = absl::Now() + absl::Milliseconds(50);
  CHECK_REASON(world.client->Get(call, world.Request(silent.port())).status, Reason::kConnection);
}

TEST_CASE("a closed port is not a connection") {
  World world;
  uint16_t port;
  {
    const TestServer server({}, TestServer::Always(""));
    port = server.port();
  }
  const GetOutcome outcome = world.client->Get({}, world.Request(port));
  CHECK_FALSE(outcome.connected);
  CHECK_REASON(outcome.status, Reason::kConnection);
  CHECK(std::string(outcome.status.message()) == "connection refused");
}

TEST_CASE("a self-signed certificate is good enough after a redirect", "[VAL-32]") {
  World world;
  const TestServer server({.tls = true}, TestServer::Always("HTTP/1.1 200 OK\r\n\r\nhello"));
  GetRequest request = world.Request(server.port());
  request.https = true;
  request.server_name = "a.test";
  const GetOutcome outcome = world.client->Get({}, request);
  REQUIRE_OK(outcome.status);
  CHECK(outcome.response.body == "hello");
}

TEST_CASE("a server without TLS is a tls problem") {
  World world;
  // Speaks before it has heard a request: the client's hello has no end of a header.
  const TestServer server({.greeting = "220 mail.a.test ESMTP\r\n"}, TestServer::Always(""));
  GetRequest request = world.Request(server.port());
  request.https = true;
  const GetOutcome outcome = world.client->Get({}, request);
  CHECK(outcome.connected);
  CHECK_REASON(outcome.status, Reason::kTls);
}

}  // namespace
}  // namespace cairn::http
