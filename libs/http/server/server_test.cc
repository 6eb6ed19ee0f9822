#include "libs/http/server/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"

namespace cairn::http {
namespace {

using errors::Reason;
using testing::TempDir;

// Answers each request with what it was, or keeps it until the test answers.
class Echo final : public Handler {
 public:
  void Handle(Request request, std::function<void(Response)> reply) override {
    if (request.target == "/held") {
      std::lock_guard lock(mutex_);
      held_.push_back(std::move(reply));
      arrived_.notify_all();
      return;
    }
    Response response;
    response.content_type = "text/plain";
    response.headers = {{"X-Agent", std::string(request.Header("user-AGENT"))}};
    response.body = base::Cat(request.method, " ", request.target, " ", request.body);
    if (request.target == "/none") response.status = 204;
    if (request.target == "/big") response.body = std::string(8 << 20, 'x');
    reply(response);
    reply(response);  // a second one must do nothing
  }

  Response Refuse(int status) override {
    return {
        .status = status, .content_type = "application/problem+json", .headers = {}, .body = "{}"};
  }

  std::function<void(Response)> TakeHeld() {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, std::chrono::seconds(10), [this] { return !held_.empty(); }));
    auto reply = std::move(held_.front());
    held_.pop_front();
    return reply;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void(Response)>> held_;
};

uint16_t PortOf(const std::string& address) {
  return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

// One connection of a client that writes whatever a test wants.
class Client {
 public:
  explicit Client(const Server& server) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(PortOf(server.address()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int fd() const { return fd_; }

  void Send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t sent = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // what the server did about it is read next
      data.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // Reads until `text` holds `end`, or the server closes, or ten seconds passed.
  std::string ReadTo(std::string_view end) {
    std::string text;
    while (text.find(end) == std::string::npos && ReadSome(text)) continue;
    return text;
  }
  // Whether the server closes within ten seconds; what comes before is dropped.
  bool Closed() {
    std::string text;
    while (ReadSome(text)) continue;
    return closed_;
  }

 private:
  bool ReadSome(std::string& text) {
    pollfd wait{.fd = fd_, .events = POLLIN};
    if (poll(&wait, 1, 10000) != 1) return false;
    char octets[4096];
    const ssize_t got = recv(fd_, octets, sizeof octets, 0);
    if (got <= 0) {
      closed_ = true;
      return false;
    }
    text.append(octets, static_cast<size_t>(got));
    return true;
  }

  const int fd_;
  bool closed_ = false;
};

struct Running {
  explicit Running(const Server::Options& options = {}) {
    auto made = Server::Listen(options, echo, clock);
    REQUIRE_OK(made);
    server = *std::move(made);
    server->Start();
  }
  const base::SystemClock clock;
  Echo echo;
  std::unique_ptr<Server> server;
};

constexpr char kGet[] = "GET /a?b HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\n\r\n";

TEST_CASE("a request is answered, and the connection is kept") {
  Running running;
  Client client(*running.server);
  for (int round = 0; round < 3; ++round) {
    client.Send(kGet);
    const std::string answer = client.ReadTo("GET /a?b ");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("\r\nContent-Length: 9\r\n") != std::string::npos);
    CHECK(answer.find("\r\nX-Agent: test\r\n") != std::string::npos);
    CHECK(answer.find("\r\nDate: ") != std::string::npos);
    CHECK(answer.find("Connection: close") == std::string::npos);
  }
  CHECK(running.server->connections() == 1);
}

TEST_CASE("a body may come with a length or in chunks", "[ACME-013]") {
  Running running;
  Client client(*running.server);
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  client.Send("cde");
  CHECK(client.ReadTo("POST / abcde").ends_with("\r\n\r\nPOST / abcde"));
  client.Send(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n");
  client.Send("0\r\n\r\n");
  CHECK(client.ReadTo("POST / abc").ends_with("\r\n\r\nPOST / abc"));
}

TEST_CASE("pipelined requests are answered in their order") {
  Running running;
  Client client(*running.server);
  client.Send(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\ny"
      "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answers = client.ReadTo("GET /3 ");
  CHECK(answers.find("GET /1 ") < answers.find("POST /2 y"));
  CHECK(answers.find("POST /2 y") < answers.find("GET /3 "));
}

TEST_CASE("HEAD has the header of GET only, 204 no length") {
  Running running;
  Client client(*running.server);
  client.Send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = client.ReadTo("\r\n\r\n");
  CHECK(head.find("Content-Length: 8\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
  client.Send("GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string none = client.ReadTo("\r\n\r\n");
  CHECK(none.starts_with("HTTP/1.1 204 "));
  CHECK(none.find("Content-Length") == std::string::npos);
  CHECK(client.Closed());
}

TEST_CASE("a client that waits for 100 Continue gets it") {
  Running running;
  Client client(*running.server);
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.ReadTo("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  CHECK(client.ReadTo("POST / ok").ends_with("POST / ok"));
}

TEST_CASE("what is too big or no HTTP is refused, and the connection closed", "[ACME-012]") {
  Running running({.header_limit = 1024, .body_limit = 100});
  const auto [why, request, status] = GENERATE(table<const char*, std::string, const char*>({
      {"a long header", "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'x') + "\r\n\r\n",
       "431"},
      {"a long target", "GET /" + std::string(5000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n", "431"},
      {"a long body, told at once", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n",
       "413"},
      {"a long body in chunks",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
           std::string(101, 'x') + "\r\n0\r\n\r\n",
       "413"},
      {"no HTTP", "hello\r\n\r\n", "400"},
      {"a length that is no number", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
       "400"},
      {"two lengths",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
      {"another expectation",
       "POST / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\n", "417"},
  }));
  INFO(why);
  Client client(*running.server);
  client.Send(request);
  const std::string answer = client.ReadTo("\r\n\r\n{}");
  CHECK(answer.starts_with(base::Cat("HTTP/1.1 ", status, " ")));
  CHECK(answer.find("application/problem+json") != std::string::npos);
  CHECK(client.Closed());
}

TEST_CASE("a slow client loses its connection") {
  Running running({.idle_timeout = absl::Milliseconds(10),
                   .read_timeout = absl::Milliseconds(10),
                   .handle_timeout = absl::Milliseconds(10),
                   .write_timeout = absl::Milliseconds(10)});
  const auto [why, request] = GENERATE(table<const char*, const char*>({
      {"says nothing", ""},
      {"half a header", "GET / HTTP/1.1\r\nHo"},
      {"half a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"},
      {"nothing after an answer", kGet},
      {"the handler never replies", "GET /held HTTP/1.1\r\nHost: x\r\n\r\n"},
  }));
  INFO(why);
  Client client(*running.server);
  client.Send(request);
  CHECK(client.Closed());
  // One that does not read: the server gives up long before all of it is sent.
  Client deaf(*running.server);
  deaf.Send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (running.server->connections() > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  CHECK(running.server->connections() == 0);
}

TEST_CASE("beyond the limit, the connection that is idle for longest goes") {
  Running running({.max_connections = 2});
  Client first(*running.server);
  first.Send(kGet);
  first.ReadTo("GET /a?b ");
  Client second(*running.server);
  second.Send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto reply = running.echo.TakeHeld();
  Client third(*running.server);
  third.Send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(first.Closed());
  const auto other = running.echo.TakeHeld();
  // Both are busy now: the newcomer has to go.
  Client fourth(*running.server);
  CHECK(fourth.Closed());
  reply({.body = "late"});
  other({.body = "late"});
  CHECK(second.ReadTo("late").ends_with("late"));
  CHECK(third.ReadTo("late").ends_with("late"));
}

TEST_CASE("Stop lets what runs end, and closes the rest", "[ACME-131]") {
  Running running;
  Client idle(*running.server);
  idle.Send(kGet);
  idle.ReadTo("GET /a?b ");
  Client busy(*running.server);
  busy.Send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto reply = running.echo.TakeHeld();
  std::jthread stopping([&] { running.server->Stop(); });
  CHECK(idle.Closed());
  reply({.body = "done"});
  const std::string answer = busy.ReadTo("done");
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(answer.ends_with("done"));
  stopping.join();
  reply({.body = "too late"});
  CHECK(running.server->connections() == 0);
}

TEST_CASE("a port that is taken, and what is no address, are errors") {
  Running running;
  const uint16_t port = PortOf(running.server->address());
  CHECK_REASON(Server::Listen({.port = port}, running.echo, running.clock), Reason::kUnavailable);
  CHECK_REASON(Server::Listen({.address = "localhost"}, running.echo, running.clock),
               Reason::kMalformed);
}

struct TlsResult {
  std::string version;
  std::string serial;
  std::string answer;
};

// One request over TLS with at most that version; nothing if the handshake fails.
TlsResult AskOverTls(const Server& server, int max_version,
                     const char* ciphers = "ALL:@SECLEVEL=0") {
  Client client(server);
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_cipher_list(context, ciphers);
  SSL_CTX_set_max_proto_version(context, max_version);
  SSL* const tls = SSL_new(context);
  SSL_set_fd(tls, client.fd());
  TlsResult result;
  if (SSL_connect(tls) == 1) {
    result.version = SSL_get_version(tls);
    X509* const certificate = SSL_get1_peer_certificate(tls);
    BIGNUM* const serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    char* const hex = BN_bn2hex(serial);
    result.serial = hex;
    OPENSSL_free(hex);
    BN_free(serial);
    X509_free(certificate);
    SSL_write(tls, kGet, sizeof kGet - 1);
    char octets[4096];
    int got = 0;
    while (result.answer.find("GET /a?b ") == std::string::npos &&
           (got = SSL_read(tls, octets, sizeof octets)) > 0) {
      result.answer.append(octets, static_cast<size_t>(got));
    }
  }
  SSL_free(tls);
  SSL_CTX_free(context);
  return result;
}

TEST_CASE("TLS 1.2 and 1.3 are served, older versions and weak suites are not", "[ACME-002]") {
  const TempDir dir;
  const testing::TestCa ca;
  const testing::TlsIdentity identity = ca.Issue({"localhost"});
  Running running({.tls = TlsFiles{dir.Write("cert.pem", identity.certificate_pem),
                                   dir.Write("key.pem", identity.key_pem)}});
  CHECK(AskOverTls(*running.server, TLS1_3_VERSION).version == "TLSv1.3");
  const TlsResult older = AskOverTls(*running.server, TLS1_2_VERSION);
  CHECK(older.version == "TLSv1.2");
  CHECK(older.answer.ends_with("GET /a?b "));
  CHECK(older.serial == identity.serial_hex);
  CHECK(AskOverTls(*running.server, TLS1_1_VERSION).version.empty());
  CHECK(AskOverTls(*running.server, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA").version.empty());
}

TEST_CASE("new TLS files are taken up; wrong ones are not") {
  const TempDir dir;
  const testing::TestCa ca;
  const testing::TlsIdentity first = ca.Issue({"localhost"});
  const testing::TlsIdentity second = ca.Issue({"localhost"});
  Running running({.tls = TlsFiles{dir.Write("cert.pem", first.certificate_pem),
                                   dir.Write("key.pem", first.key_pem)}});
  CHECK(AskOverTls(*running.server, TLS1_3_VERSION).serial == first.serial_hex);
  dir.Write("key.pem", second.key_pem);  // goes with nothing yet
  CHECK(AskOverTls(*running.server, TLS1_3_VERSION).serial == first.serial_hex);
  dir.Write("cert.pem", second.certificate_pem);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string serial;
  while (serial != second.serial_hex && std::chrono::steady_clock::now() < until) {
    serial = AskOverTls(*running.server, TLS1_3_VERSION).serial;
    CHECK((serial == first.serial_hex || serial == second.serial_hex));
  }
  CHECK(serial == second.serial_hex);
}

TEST_CASE("TLS files that can't be used are refused", "[LOG-20]") {
  const TempDir dir;
  const testing::TestCa ca;
  const testing::TlsIdentity identity = ca.Issue({"localhost"});
  const std::string certificate = dir.Write("cert.pem", identity.certificate_pem);
  const std::string key = dir.Write("key.pem", identity.key_pem);
  const std::string other = dir.Write("other.pem", ca.Issue({"localhost"}).key_pem);
  Echo echo;
  const base::SystemClock clock;
  CHECK_REASON(Server::Listen({.tls = TlsFiles{certificate, other}}, echo, clock),
               Reason::kMalformed);
  CHECK_REASON(Server::Listen({.tls = TlsFiles{key, key}}, echo, clock), Reason::kMalformed);
  REQUIRE(chmod(key.c_str(), 0644) == 0);
  CHECK_FALSE(Server::Listen({.tls = TlsFiles{certificate, key}}, echo, clock).ok());
}

}  // namespace
}  // namespace cairn::http
