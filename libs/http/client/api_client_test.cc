#include "libs/http/client/api_client.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "libs/http/client/test_server.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"

namespace cairn::http {
namespace {

using errors::Reason;

class World {
 public:
  explicit World(absl::Duration timeout = absl::Seconds(10)) {
    auto created = ApiClient::Create(
        {.user_agent = "Cairn",
         .trusted_roots = folder.Write("roots.pem", ca.pem()),
         .total_timeout = timeout},
        [this](const base::Call&,
               const std::string& host) -> absl::StatusOr<std::vector<base::IpAddress>> {
          if (host == "log.test") return addresses;
          return errors::Make(Reason::kDns, "no such name");
        },
        clock);
    REQUIRE_OK(created);
    client = *std::move(created);
  }

  absl::StatusOr<ApiResponse> Post(const std::string& url, const std::string& body = "{}") {
    return client->Send({}, {.method = "POST",
                             .url = url,
                             .content_type = "application/json",
                             .body = body,
                             .body_limit = 64});
  }

  const testing::TempDir folder;
  const testing::TestCa ca;
  const base::SystemClock clock;
  std::vector<base::IpAddress> addresses = {base::IpAddress::Parse("127.0.0.1").value()};
  std::unique_ptr<ApiClient> client;
};

TEST_CASE("a POST is sent with its body, and every status is an answer", "[CT-11]") {
  World world;
  const TestServer server(
      {}, TestServer::Always("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno"));
  const auto response =
      world.Post(base::Cat("http://log.test:", server.port(), "/ct/v1/add-chain"), "[1]");
  REQUIRE_OK(response);
  CHECK(response->status == 503);
  CHECK(response->retry_after == absl::Seconds(7));
  CHECK(response->body == "no");
  // The test server reads up to the end of the head; the body follows in the same segment.
  CHECK(server.requests().at(0) ==
        base::Cat("POST /ct/v1/add-chain HTTP/1.1\r\nHost: log.test:", server.port(),
                  "\r\nUser-Agent: Cairn\r\nAccept: */*\r\nConnection: close\r\n"
                  "Content-Type: application/json\r\nContent-Length: 3\r\n\r\n[1]"));
}

TEST_CASE("a wait that a server asks for is bounded, and a date is none", "[CT-19]") {
  World world;
  const auto [field, wait] = GENERATE(table<const char*, int>({
      {"0", 0},
      {"120", 120},
      {"999999999", 3600},
      {"-1", 0},
      {"Fri, 27 Nov 2026 00:00:00 GMT", 0},
  }));
  const TestServer server({},
                          TestServer::Always(base::Cat("HTTP/1.1 429 Slow\r\nRetry-After: ", field,
                                                       "\r\nContent-Length: 0\r\n\r\n")));
  const auto response = world.Post(base::Cat("http://127.0.0.1:", server.port(), "/"));
  REQUIRE_OK(response);
  CHECK(response->retry_after == absl::Seconds(wait));
}

TEST_CASE("a server without a certificate that we trust is not talked to") {
  World world;
  const TestServer server({.tls = true}, TestServer::Always("HTTP/1.1 200 OK\r\n\r\n"));
  CHECK_REASON(world.Post(base::Cat("https://log.test:", server.port(), "/")), Reason::kTls);
}

TEST_CASE("a response that is too long is an error, not a part of one") {
  World world;
  const TestServer server({}, TestServer::Always("HTTP/1.1 200 OK\r\n\r\n" + std::string(65, 'a')));
  CHECK_REASON(world.Post(base::Cat("http://log.test:", server.port(), "/")), Reason::kConnection);
}

TEST_CASE("the next address is tried where one does not answer") {
  World world;
  const TestServer server({}, TestServer::Always("HTTP/1.1 200 OK\r\n\r\nhi"));
  world.addresses.insert(world.addresses.begin(), base::IpAddress::Parse("::1").value());
  const auto response = world.Post(base::Cat("http://log.test:", server.port(), "/"));
  REQUIRE_OK(response);
  CHECK(response->body == "hi");
}

TEST_CASE("another thread can end a request that is under way", "[CT-05]") {
  World world(absl::Minutes(1));
  Cancellation cancellation;
  CHECK_FALSE(cancellation.cancelled());
  const TestServer silent({}, [&](TestServer::Connection& connection, const std::string&) {
    cancellation.Cancel();
    connection.WaitForEnd();
  });
  const auto response = world.client->Send(
      {},
      {.url = base::Cat("http://log.test:", silent.port(), "/"), .cancellation = &cancellation});
  CHECK_REASON(response, Reason::kConnection);
  CHECK(cancellation.cancelled());
}

TEST_CASE("names that don't resolve, and what is no URL, are told") {
  World world;
  CHECK_REASON(world.Post("https://other.test/"), Reason::kDns);
  for (const char* url : {"", "ftp://log.test/", "http://log.test", "http:///x", "http://a:0/",
                          "http://a:99999/", "http://a:x/", "http://u@a/", "http://a/ b"}) {
    INFO(url);
    CHECK_REASON(world.Post(url), Reason::kMalformed);
  }
}

const std::string kHi = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

// Answers whatever comes over one connection.
void AnswerAll(TestServer::Connection& connection, std::string request) {
  while (!request.empty()) {
    connection.Write(kHi);
    request = connection.ReadRequest();
  }
}

// A client that asks a server more than once: in clear, and in another run in TLS.
class Twice {
 public:
  explicit Twice(TestServer::Script script, absl::Duration timeout = absl::Seconds(10))
      : world(timeout), tls(GENERATE(false, true)), server(Options(), std::move(script)) {}

  // The server ends when its connections have.
  ~Twice() { world.client.reset(); }

  absl::StatusOr<ApiResponse> Get(bool repeatable = true) {
    return world.client->Send(
        {}, {.url = base::Cat(tls ? "https" : "http", "://log.test:", server.port(), "/"),
             .body_limit = 64,
             .repeatable = repeatable});
  }
  size_t connections() const { return server.requests().size(); }

  World world;
  const bool tls;
  TestServer server;

 private:
  TestServer::Options Options() const {
    if (!tls) return {};
    return {.identity = world.ca.Issue({"log.test"})};
  }
};

TEST_CASE("requests that may be repeated go over one connection") {
  Twice twice(AnswerAll);
  for (int i = 0; i < 3; ++i) {
    const auto response = twice.Get();
    REQUIRE_OK(response);
    CHECK(response->body == "hi");
  }
  CHECK(twice.connections() == 1);
  CHECK(twice.server.requests()[0].find("Connection:") == std::string::npos);
}

TEST_CASE("a request that may not be repeated has a connection of its own") {
  std::atomic<bool> taken = false;
  Twice twice(
      [&](TestServer::Connection& connection, const std::string&) {
        connection.Write(kHi);
        taken = taken || !connection.ReadRequest().empty();
      },
      absl::Milliseconds(500));
  SECTION("and leaves none") {
    REQUIRE_OK(twice.Get(false));
    REQUIRE_OK(twice.Get());
    CHECK(twice.connections() == 2);
  }
  SECTION("and takes none that another left") {
    REQUIRE_OK(twice.Get());
    // The test server has eyes for the first only.
    CHECK_REASON(twice.Get(false), Reason::kConnection);
  }
  CHECK_FALSE(taken);
}

TEST_CASE("a connection that the server has closed meanwhile is not needed") {
  SECTION("at once") {
    Twice twice(TestServer::Always(kHi));
    REQUIRE_OK(twice.Get());
    REQUIRE_OK(twice.Get());
    CHECK(twice.connections() == 2);
  }
  SECTION("when the next request comes") {
    Twice twice([](TestServer::Connection& connection, const std::string&) {
      connection.Write(kHi);
      connection.ReadRequest();
    });
    REQUIRE_OK(twice.Get());
    REQUIRE_OK(twice.Get());
    CHECK(twice.connections() == 2);
  }
}

TEST_CASE("what was answered in part is not asked again") {
  Twice twice([](TestServer::Connection& connection, const std::string&) {
    connection.Write(kHi);
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal");
  });
  REQUIRE_OK(twice.Get());
  CHECK_REASON(twice.Get(), Reason::kConnection);
  CHECK(twice.connections() == 1);
}

TEST_CASE("a server that would close, or says what is no end, is not asked to go on") {
  const std::string response = GENERATE(
      as<std::string>(), "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 101 Other\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n" + std::string(65, 'a'));
  Twice twice([&](TestServer::Connection& connection, const std::string&) {
    connection.Write(response);
    connection.WaitForEnd();
  });
  const absl::StatusOr<ApiResponse> first = twice.Get(), second = twice.Get();
  CHECK(first.status() == second.status());
  CHECK(twice.connections() == 2);
}

TEST_CASE("what nobody asked for is not taken for the next answer") {
  const std::string evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  SECTION("that comes with an answer") {
    Twice twice([&](TestServer::Connection& connection, const std::string&) {
      connection.Write(kHi + evil);
      connection.WaitForEnd();
    });
    for (int i = 0; i < 2; ++i) CHECK(twice.Get().value().body == "hi");
    CHECK(twice.connections() == 2);
  }
  SECTION("that comes later") {
    std::binary_semaphore got(0), sent(0);
    Twice twice([&](TestServer::Connection& connection, const std::string&) {
      connection.Write(kHi);
      got.acquire();
      connection.Write(evil);
      sent.release();
      connection.WaitForEnd();
    });
    for (int i = 0; i < 2; ++i) {
      CHECK(twice.Get().value().body == "hi");
      got.release();
      sent.acquire();
    }
    CHECK(twice.connections() == 2);
  }
}

TEST_CASE("roots that can't be read are refused") {
  const testing::TempDir folder;
  const base::SystemClock clock;
  CHECK_REASON(ApiClient::Create({.trusted_roots = folder.Write("x.pem", "x")}, nullptr, clock),
               Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::http
