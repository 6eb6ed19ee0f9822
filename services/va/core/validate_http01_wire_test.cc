#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"
#include "libs/http/client/test_server.h"
#include "libs/testing/status_matchers.h"
#include "services/va/core/validate_http01.h"

// http-01 over real sockets, against servers that are right and wrong in all ways.
namespace cairn::va {
namespace {

using errors::Reason;
using evidence::v1::Control;
using http::TestServer;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');
const std::string kPath = "/.well-known/acme-challenge/" + base::ToBase64Url(kToken);
const std::string kKeyAuthorization =
    base::ToBase64Url(kToken) + "." + base::ToBase64Url(kThumbprint);

v1::Subject Subject(const std::string& value = "a.test", bool ip = false) {
  v1::Subject subject;
  subject.mutable_identifier()->set_type(ip ? core::v1::Identifier::TYPE_IP
                                            : core::v1::Identifier::TYPE_DNS);
  subject.mutable_identifier()->set_value(value);
  subject.set_account_thumbprint(kThumbprint);
  subject.set_account_uri("https://ca.test/acme/account/a");
  subject.set_method("http-01");
  subject.set_token(kToken);
  return subject;
}

std::string Response(const std::string& body, const std::string& status = "200 OK",
                     const std::string& fields = "") {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
std::string Redirect(const std::string& location) {
  return Response("", "302 Found", "Location: " + location + "\r\n");
}

const base::IpRange kV4 = *base::IpRange::Parse("127.0.0.1/32");
const base::IpRange kV6 = *base::IpRange::Parse("::1/128");

class World {
 public:
  using Ranges = std::vector<base::IpRange>;

  explicit World(Ranges allowed = {kV4}, absl::Duration timeout = absl::Seconds(20))
      : addresses(std::move(allowed)) {
    auto created = http::Client::Create(
        {.user_agent = "Cairn/1 (+https://ca.test/)", .total_timeout = timeout}, clock);
    REQUIRE_OK(created);
    client = *std::move(created);
    dns.SetAddresses("a.test", {"127.0.0.1"});
  }
  Control Run(ValidateHttp01::Options ports, const v1::Subject& subject = Subject()) {
    return ValidateHttp01(ports, addresses, *client).Run({}, dns, subject);
  }
  Control Run(const TestServer& server, const v1::Subject& subject = Subject()) {
    return Run({.http_port = server.port()}, subject);
  }

  base::SystemClock clock;
  std::unique_ptr<http::Client> client;
  dns::FakeResolver dns;
  policy::AddressRules addresses;
};

void CheckProblem(const Control& control, Reason reason, const std::string& what) {
  CHECK_FALSE(control.corroborated());
  INFO(control.problem().detail());
  CHECK(control.problem().reason() == static_cast<int>(reason));
  CHECK(control.problem().detail().find(what) != std::string::npos);
}

TEST_CASE("the request on the wire is fixed, with a name and with addresses",
          "[VAL-21][VAL-34][VAL-37]") {
  struct Row {
    std::string value;
    bool ip, v6;
    std::string host;
  };
  for (const Row& row :
       {Row{"a.test", false, false, "a.test"}, Row{"127.0.0.1", true, false, "127.0.0.1"},
        Row{"::1", true, true, "[::1]"}}) {
    World world({row.v6 ? kV6 : kV4});
    const TestServer server({.v6 = row.v6}, TestServer::Always(Response(kKeyAuthorization)));
    const Control control = world.Run(server, Subject(row.value, row.ip));
    INFO(control.problem().detail());
    CHECK(control.corroborated());
    CHECK(server.requests() ==
          std::vector<std::string>{"GET " + kPath + " HTTP/1.1\r\nHost: " + row.host +
                                   "\r\nUser-Agent: Cairn/1 (+https://ca.test/)\r\n"
                                   "Accept: */*\r\nConnection: close\r\n\r\n"});
    CHECK(world.dns.questions().empty() == row.ip);
  }
}

TEST_CASE("only a body that is the key authorization proves control",
          "[VAL-22][VAL-23][VAL-30][VAL-36]") {
  World world;
  struct Row {
    std::string response;
    Reason reason;  // kInternal: none
    std::string what;
  };
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n58\r\n" + kKeyAuthorization;
  for (const Row& row : {
           Row{Response(kKeyAuthorization + "\r\n"), Reason::kInternal, ""},
           Row{"HTTP/1.1 103 Early Hints\r\n\r\n" + Response(kKeyAuthorization), Reason::kInternal,
               ""},
           Row{"HTTP/1.0 200 OK\r\n\r\n" + kKeyAuthorization, Reason::kInternal, ""},
           Row{Response(kKeyAuthorization, "404 Not Found"), Reason::kUnauthorized, "404"},
           Row{Response(kKeyAuthorization, "500 Oops"), Reason::kUnauthorized, "500"},
           Row{Response(kKeyAuthorization, "303 See Other", "Location: /x\r\n"),
               Reason::kUnauthorized, "303"},
           Row{Response(kKeyAuthorization, "300 Choices", "Location: /x\r\n"),
               Reason::kUnauthorized, "300"},
           Row{Response("\xef\xbb\xbf" + kKeyAuthorization), Reason::kIncorrectResponse,
               "\\xef\\xbb\\xbf"},
           Row{Response(base::ToBase64Url(kToken)), Reason::kIncorrectResponse,
               "\"" + base::ToBase64Url(kToken) + "\""},
           Row{Response("<meta http-equiv=refresh content='0;url=/x'>"), Reason::kIncorrectResponse,
               "<meta"},
           Row{Response(""), Reason::kIncorrectResponse, "\"\""},
           Row{"HTTP/1.1 204 No Content\r\n\r\n", Reason::kIncorrectResponse, "\"\""},
           Row{Response(kKeyAuthorization, "200 OK", "Content-Length: 1\r\n"), Reason::kConnection,
               "not HTTP/1"},
           Row{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + kKeyAuthorization,
               Reason::kConnection, "in the middle"},
           Row{chunked, Reason::kConnection, "in the middle"},
           Row{kKeyAuthorization, Reason::kConnection, "not HTTP/1"},
           Row{"", Reason::kConnection, "without a response"},
       }) {
    INFO(row.response);
    const TestServer server({}, TestServer::Always(row.response));
    const Control control = world.Run(server);
    if (row.reason == Reason::kInternal) {
      CHECK(control.corroborated());
    } else {
      CheckProblem(control, row.reason, row.what);
      CheckProblem(control, row.reason, control.hops(0).dialled());
    }
    CHECK(server.requests().size() == 1);
  }
}

TEST_CASE("an endless answer is cut, and shown in 64 octets at most", "[VAL-30][VAL-31]") {
  World world;
  SECTION("of a body") {
    const TestServer server({}, [](TestServer::Connection& connection, const std::string&) {
      connection.Write("HTTP/1.1 200 OK\r\n\r\n");
      while (connection.Write(std::string(4096, '\x1b'))) continue;
    });
    const Control control = world.Run(server);
    const std::string found = "; found: \"";
    CheckProblem(control, Reason::kIncorrectResponse, found + "\\x1b");
    const std::string& detail = control.problem().detail();
    const size_t begin = detail.find(found) + found.size();
    const std::string excerpt = detail.substr(begin, detail.rfind('"') - begin);
    CHECK(excerpt.size() <= 64 + 3);
    CHECK(excerpt.ends_with("..."));
  }
  SECTION("of white space after the right one") {
    const TestServer server({}, [](TestServer::Connection& connection, const std::string&) {
      connection.Write("HTTP/1.1 200 OK\r\n\r\n" + kKeyAuthorization);
      while (connection.Write(std::string(4096, ' '))) continue;
    });
    CheckProblem(world.Run(server), Reason::kIncorrectResponse,
                 "found it with more behind it: \"   ");
  }
  SECTION("of a header") {
    const TestServer server({}, [](TestServer::Connection& connection, const std::string&) {
      connection.Write("HTTP/1.1 200 OK\r\n");
      while (connection.Write("A: b\r\n")) continue;
    });
    CheckProblem(world.Run(server), Reason::kConnection, "header of the response is too big");
  }
}

TEST_CASE("a server that drips ends with the time-out", "[VAL-20][VAL-31]") {
  World world({kV4}, absl::Milliseconds(200));
  for (const std::string& begin : {std::string(), std::string("HTTP/1.1 200 OK\r\nA: "),
                                   std::string("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n")}) {
    const TestServer server({}, [&](TestServer::Connection& connection, const std::string&) {
      connection.Write(begin);
      if (begin.empty()) return connection.WaitForEnd();
      while (connection.Write("a")) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    });
    CheckProblem(world.Run(server), Reason::kConnection, "timed out");
  }
}

TEST_CASE("a redirect is followed over the wire, to https without a trusted certificate",
          "[VAL-24][VAL-27][VAL-32][VAL-16]") {
  World world;
  world.dns.SetAddresses("b.test", {"127.0.0.1"});
  const TestServer https({.tls = true}, TestServer::Always(Response(kKeyAuthorization)));
  const TestServer http({}, TestServer::Always(Redirect("https://B.test/x/../y?z#fragment")));
  const Control control = world.Run({.http_port = http.port(), .https_port = https.port()});
  INFO(control.problem().detail());
  CHECK(control.corroborated());
  REQUIRE(control.hops_size() == 2);
  CHECK(control.hops(0).http_status() == 302);
  CHECK(control.hops(1).url() == "https://b.test/y?z");
  REQUIRE(https.requests().size() == 1);
  CHECK(https.requests()[0].starts_with("GET /y?z HTTP/1.1\r\nHost: b.test\r\n"));
}

TEST_CASE("a redirect into the inner network reaches nobody", "[VAL-26][VAL-28][VAL-29]") {
  World world;
  // It listens where the redirects point to, and must not hear of them.
  const TestServer inner({.v6 = true}, TestServer::Always(Response(kKeyAuthorization)));
  world.dns.SetAddresses("inner.test", {"::1"});
  const std::string port = std::to_string(inner.port());
  for (const std::string& location :
       {std::string("https://inner.test/"), "https://[::1]:" + port + "/",
        "https://localhost:" + port + "/", "https://inner.test:" + port + "/",
        "http://user@inner.test:" + port + "/", "ftp://inner.test:" + port + "/"}) {
    INFO(location);
    const TestServer server({}, TestServer::Always(Redirect(location)));
    const Control control = world.Run({.http_port = server.port(), .https_port = inner.port()});
    CheckProblem(control, Reason::kConnection, "");
    CHECK(server.requests().size() == 1);
  }
  CHECK(inner.requests().empty());
}

TEST_CASE("a redirect without end is left", "[VAL-27]") {
  World world;
  int count = 0;
  const TestServer server({}, [&](TestServer::Connection& connection, const std::string&) {
    connection.Write(Redirect("/" + std::to_string(++count)));
  });
  CheckProblem(world.Run(server), Reason::kConnection, "More than 10 redirects");
  CHECK(server.requests().size() == 11);
}

TEST_CASE("IPv4 stands in for an IPv6 address where nobody listens", "[VAL-33]") {
  World world({kV4, kV6});
  world.dns.SetAddresses("a.test", {"127.0.0.1", "::1"});
  const TestServer server({}, TestServer::Always(Response(kKeyAuthorization)));
  const Control control = world.Run(server);
  CHECK(control.corroborated());
  CHECK(control.hops(0).first_dialled() == "[::1]:" + std::to_string(server.port()));
}

}  // namespace
}  // namespace cairn::va
