#include "libs/service/host.h"

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/service/echo.grpc.pb.h"
#include "libs/service/echo_service.h"
#include "libs/service/peer.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "protos/health/v1/health.grpc.pb.h"

namespace cairn::service {
namespace {

using echo::EchoService;
using echo::Gate;
using echo::SayRequest;
using echo::SayResponse;
using echo::TlsFiles;
using errors::Reason;
using testing::TempDir;
using testing::TestCa;

// Waits for what other threads or processes bring about; false after ten seconds.
bool Eventually(const std::function<bool()>& condition) {
  const absl::Time until = absl::Now() + absl::Seconds(10);
  while (absl::Now() < until) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

// One process of the stack, with its output in a file.
class Process {
 public:
  // `dns_name` is its TLS name; the server listens on `listen`.
  Process(const TempDir& dir, const TestCa& ca, const std::string& name,
          const std::string& dns_name, const std::string& listen = "127.0.0.1:0",
          uint32_t threads = 4, uint32_t queue = 8)
      : files(dir.File(name), ca, {dns_name}), output_path_(dir.File(name + ".log")) {
    fd_ = ::open(output_path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    Host::Options options{.name = name, .output_fd = fd_};
    options.common.set_listen(listen);
    options.common.set_metrics_listen("127.0.0.1:0");
    options.common.set_internal_domain("cairn.internal");
    options.common.set_worker_threads(threads);
    options.common.set_worker_queue(queue);
    options.common.set_drain_timeout("5s");
    *options.common.mutable_tls() = files.config();
    absl::StatusOr<std::unique_ptr<Host>> made = Host::Create(std::move(options));
    REQUIRE_OK(made);
    host = *std::move(made);
  }
  ~Process() {
    host.reset();
    ::close(fd_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Serves Echo to the role "client".
  void ServeEcho(Gate* gate = nullptr) {
    host->Serve(std::make_unique<EchoService>(*host, gate),
                {{"cairn.service.echo.Echo/Say", {"client"}},
                 {"cairn.service.echo.Echo/Whisper", {"nobody"}}});
  }

  std::string Output() const {
    std::ostringstream text;
    text << std::ifstream(output_path_).rdbuf();
    return text.str();
  }

  TlsFiles files;
  std::unique_ptr<Host> host;

 private:
  const std::string output_path_;
  int fd_ = -1;
};

std::shared_ptr<Peer> Dial(Process& client, const std::string& address,
                           const std::string& name = "server.cairn.internal",
                           const std::string& timeout = "5s") {
  config::Peer peer;
  peer.set_address(address);
  peer.set_name(name);
  peer.set_timeout(timeout);
  absl::StatusOr<std::shared_ptr<Peer>> dialed = client.host->Dial(peer);
  REQUIRE_OK(dialed);
  return *std::move(dialed);
}

base::Call CallWithin(absl::Duration limit) { return {.deadline = absl::Now() + limit}; }

absl::StatusOr<SayResponse> Say(Peer& peer, const SayRequest& request,
                                const base::Call& call = CallWithin(absl::Seconds(5))) {
  const auto stub = echo::Echo::NewStub(peer.channel());
  return peer.Invoke<SayResponse>(call, "Echo/Say", *stub, &echo::Echo::Stub::Say, request);
}

absl::StatusOr<SayResponse> Say(Peer& peer, const std::string& text) {
  SayRequest request;
  request.set_text(text);
  return Say(peer, request);
}

// The code of gRPC itself, as it reaches the caller.
grpc::StatusCode CodeOfSay(Peer& peer) {
  grpc::ClientContext context;
  SayResponse response;
  return echo::Echo::NewStub(peer.channel())->Say(&context, SayRequest(), &response).error_code();
}

struct Stack {
  explicit Stack(uint32_t threads = 4, uint32_t queue = 8)
      : server(dir, ca, "server", "server.cairn.internal", "127.0.0.1:0", threads, queue),
        client(dir, ca, "client", "client.cairn.internal") {}

  // Starts the server and dials it.
  void Start(Gate* gate = nullptr) {
    server.ServeEcho(gate);
    REQUIRE_OK(server.host->Start());
    peer = Dial(client, server.host->grpc_address());
  }

  TempDir dir;
  TestCa ca;
  Process server;
  Process client;
  std::shared_ptr<Peer> peer;
};

TEST_CASE("an allowed caller is served, and its role, trace and deadline arrive", "[NSR-04]") {
  Stack stack;
  stack.Start();
  base::SystemRandom random;
  base::Call call = CallWithin(absl::Seconds(3));
  call.trace = base::Trace::Start(random);
  SayRequest request;
  request.set_text("hello");
  const auto said = Say(*stack.peer, request, call);
  REQUIRE_OK(said);
  CHECK(said->text() == "hello");
  CHECK(said->peer() == "client");
  CHECK(said->trace_id() == call.trace.trace_id);
  // 20 ms less than the caller has, and what the call itself took.
  CHECK(said->left_ms() <= 2980);
  CHECK(said->left_ms() > 1000);
}

TEST_CASE("an error keeps its reason, detail and retry time on the wire") {
  Stack stack;
  stack.Start();
  SayRequest request;
  request.set_text("the name is too long");
  request.set_fail_with(static_cast<int>(Reason::kRejectedIdentifier));
  const absl::Status status = Say(*stack.peer, request).status();
  CHECK(errors::ReasonOf(status) == Reason::kRejectedIdentifier);
  CHECK(errors::PayloadOf(status).detail() == "the name is too long");
  CHECK(errors::RetryAfterOf(status) == absl::Seconds(7));
}

TEST_CASE("a caller with another role is refused, counted and audited", "[NSR-05]") {
  Stack stack;
  stack.Start();
  Process other(stack.dir, stack.ca, "other", "wfe.cairn.internal");
  const auto peer = Dial(other, stack.server.host->grpc_address());
  CHECK(CodeOfSay(*peer) == grpc::StatusCode::PERMISSION_DENIED);
  CHECK_THAT(stack.server.Output(), Catch::Contains("\"audit\":true,\"event\":\"call_refused\""));
  CHECK_THAT(stack.server.Output(), Catch::Contains("\"peer\":\"wfe.cairn.internal\""));
  CHECK_THAT(stack.server.host->metrics().Text(), Catch::Contains("cairn_rpc_refused_total 1"));
}

TEST_CASE("refusals beyond ten a second are counted but not audited") {
  Stack stack;
  stack.Start();
  Process other(stack.dir, stack.ca, "other", "wfe.cairn.internal");
  const auto peer = Dial(other, stack.server.host->grpc_address());
  for (int i = 0; i < 60; ++i) CHECK(CodeOfSay(*peer) == grpc::StatusCode::PERMISSION_DENIED);
  CHECK_THAT(stack.server.host->metrics().Text(), Catch::Contains("cairn_rpc_refused_total 60"));
  CHECK_THAT(stack.server.host->metrics().Text(),
             !Catch::Contains("cairn_rpc_refused_unaudited_total 0"));
}

TEST_CASE("an allowed role may still not call another method", "[NSR-05]") {
  Stack stack;
  stack.Start();
  grpc::ClientContext context;
  echo::WhisperResponse response;
  const auto stub = echo::Echo::NewStub(stack.peer->channel());
  CHECK(stub->Whisper(&context, {}, &response).error_code() == grpc::StatusCode::PERMISSION_DENIED);
}

TEST_CASE("a caller without a certificate is refused in the handshake", "[NSR-04]") {
  Stack stack;
  stack.Start();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = stack.ca.pem();
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("server.cairn.internal");
  const auto channel = grpc::CreateCustomChannel("ipv4:" + stack.server.host->grpc_address(),
                                                 grpc::SslCredentials(options), arguments);
  base::SystemClock clock;
  Peer peer(channel, clock, absl::Seconds(2), nullptr);
  CHECK_REASON(Say(peer, "hello"), Reason::kUnavailable);
}

TEST_CASE("a caller of another CA is refused in the handshake", "[NSR-04]") {
  Stack stack;
  stack.Start();
  const TestCa other_ca("Other CA");
  const auto identity = other_ca.Issue({"client.cairn.internal"});
  grpc::SslCredentialsOptions options{.pem_root_certs = stack.ca.pem(),
                                      .pem_private_key = identity.key_pem,
                                      .pem_cert_chain = identity.certificate_pem};
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("server.cairn.internal");
  const auto channel = grpc::CreateCustomChannel("ipv4:" + stack.server.host->grpc_address(),
                                                 grpc::SslCredentials(options), arguments);
  base::SystemClock clock;
  Peer peer(channel, clock, absl::Seconds(2), nullptr);
  CHECK_REASON(Say(peer, "hello"), Reason::kUnavailable);
}

TEST_CASE("a client refuses a server of another name or another CA", "[NSR-04]") {
  Stack stack;
  stack.Start();
  const auto wrong_name =
      Dial(stack.client, stack.server.host->grpc_address(), "ca.cairn.internal", "2s");
  CHECK_REASON(Say(*wrong_name, "hello"), Reason::kUnavailable);

  const TestCa other_ca("Other CA");
  Process stranger(stack.dir, other_ca, "stranger", "client.cairn.internal");
  const auto wrong_ca =
      Dial(stranger, stack.server.host->grpc_address(), "server.cairn.internal", "2s");
  CHECK_REASON(Say(*wrong_ca, "hello"), Reason::kUnavailable);
}

TEST_CASE("when threads and queue are full a call is refused at once, and health says so") {
  Stack stack(/*threads=*/1, /*queue=*/1);
  Gate gate;
  stack.Start(&gate);
  SayRequest waiting;
  waiting.set_wait(true);
  std::vector<std::jthread> callers;
  std::atomic<int> answered = 0;
  callers.emplace_back([&] { answered += Say(*stack.peer, waiting).ok(); });
  gate.AwaitWaiting(1);
  callers.emplace_back([&] { answered += Say(*stack.peer, waiting).ok(); });
  REQUIRE(Eventually([&] { return stack.server.host->runner().pool().queued() == 1; }));

  const absl::Time began = absl::Now();
  const absl::Status refused = Say(*stack.peer, "hello").status();
  CHECK(errors::ReasonOf(refused) == Reason::kOverloaded);
  CHECK(errors::RetryAfterOf(refused) > absl::ZeroDuration());
  CHECK(absl::Now() - began < absl::Seconds(2));

  const auto checked = [&](const char* value) {
    return Eventually([&] {
      return stack.server.host->metrics().Text().find(
                 base::Cat("cairn_health{check=\"rpc_queue\"} ", value, "\n")) != std::string::npos;
    });
  };
  CHECK(checked("0"));

  gate.Open();
  callers.clear();
  CHECK(answered == 2);
  CHECK_OK(Say(*stack.peer, "hello"));
  CHECK(checked("1"));
}

TEST_CASE("a call may be answered by another thread, and keeps none of the pool's") {
  Stack stack(/*threads=*/1, /*queue=*/1);
  Gate gate;
  stack.Start(&gate);
  SayRequest late;
  late.set_text("at last");
  late.set_late(true);
  auto first = std::async(std::launch::async, [&] { return Say(*stack.peer, late); });
  gate.AwaitWaiting(1);
  // The one thread is free.
  CHECK_OK(Say(*stack.peer, "hello"));
  SayRequest refused = late;
  refused.set_fail_with(static_cast<int>(Reason::kMalformed));
  CHECK_REASON(Say(*stack.peer, refused), Reason::kMalformed);
  const auto counted = [&](const char* code, int count) {
    return stack.server.host->metrics().Text().find(
               base::Cat("cairn_rpc_server_seconds_count{code=\"", code, "\",method=\"Echo/Say\"} ",
                         count, "\n")) != std::string::npos;
  };
  CHECK(Eventually([&] { return counted("OK", 1); }));
  CHECK(counted("INVALID_ARGUMENT", 1));
  gate.Open();
  const auto said = first.get();
  REQUIRE_OK(said);
  CHECK(said->text() == "at last");
  CHECK(said->peer() == "client");
  CHECK(Eventually([&] { return counted("OK", 2); }));
}

TEST_CASE("work whose deadline passed in the queue is dropped") {
  Stack stack(/*threads=*/1, /*queue=*/4);
  Gate gate;
  stack.Start(&gate);
  SayRequest waiting;
  waiting.set_wait(true);
  auto first = std::async(std::launch::async, [&] { return Say(*stack.peer, waiting); });
  gate.AwaitWaiting(1);
  // Would be answered OK if it ran, as the gate is open by then.
  const base::Call call = CallWithin(absl::Milliseconds(500));
  CHECK_REASON(Say(*stack.peer, waiting, call), Reason::kDeadlineExceeded);
  // The server's idea of the deadline is later by the time the request travelled.
  REQUIRE(Eventually([&] { return absl::Now() > call.deadline + absl::Milliseconds(300); }));
  gate.Open();
  CHECK_OK(first.get());
  CHECK(Eventually([&] {
    const std::string text = stack.server.host->metrics().Text();
    return text.find(
               "cairn_rpc_server_seconds_count{code=\"DEADLINE_EXCEEDED\",method=\"Echo/Say\"} "
               "1\n") != std::string::npos;
  }));
}

TEST_CASE("a call that runs when the server stops is answered, later ones are refused") {
  Stack stack;
  Gate gate;
  stack.Start(&gate);
  std::vector<std::string> order;
  stack.server.host->OnStop([&] { order.push_back("first registered"); });
  stack.server.host->OnStop([&] { order.push_back("second registered"); });
  SayRequest waiting;
  waiting.set_wait(true);
  auto caller = std::async(std::launch::async, [&] { return Say(*stack.peer, waiting); });
  gate.AwaitWaiting(1);
  std::jthread stopper([&] { stack.server.host->Stop(); });
  REQUIRE(Eventually([&] {
    return errors::ReasonOf(
               Say(*stack.peer, SayRequest(), CallWithin(absl::Seconds(1))).status()) ==
           Reason::kUnavailable;
  }));
  gate.Open();
  CHECK_OK(caller.get());
  stopper.join();
  CHECK(order == std::vector<std::string>{"second registered", "first registered"});
}

TEST_CASE("a replaced certificate is served without a restart", "[NSR-04]") {
  Stack stack;
  stack.Start();
  REQUIRE_OK(Say(*stack.peer, "before"));
  // Another name makes the change visible to a client: only the new certificate
  // has it.
  stack.server.files.Replace(stack.ca, {"renamed.cairn.internal"});
  const auto renamed =
      Dial(stack.client, stack.server.host->grpc_address(), "renamed.cairn.internal", "1s");
  CHECK(Eventually([&] { return Say(*renamed, "after").ok(); }));
  // What was connected goes on.
  CHECK_OK(Say(*stack.peer, "still"));
}

// What the standard health service says; UNKNOWN if it can't be asked.
grpc::health::v1::HealthCheckResponse::ServingStatus HealthOf(Peer& peer,
                                                              const std::string& service) {
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  const auto stub = grpc::health::v1::Health::NewStub(peer.channel());
  return stub->Check(&context, request, &response).ok()
             ? response.status()
             : grpc::health::v1::HealthCheckResponse::UNKNOWN;
}

TEST_CASE("health answers any caller with a certificate, and follows the checks", "[NSR-04]") {
  Stack stack;
  std::atomic<bool> good = true;
  stack.server.host->AddHealthCheck("database", [&] {
    return good ? absl::OkStatus() : errors::Make(Reason::kUnavailable, "gone");
  });
  stack.Start();
  Process stranger(stack.dir, stack.ca, "stranger", "stranger.example");
  const auto peer = Dial(stranger, stack.server.host->grpc_address());
  using Response = grpc::health::v1::HealthCheckResponse;
  CHECK(HealthOf(*peer, "") == Response::SERVING);
  CHECK(HealthOf(*peer, "cairn.service.echo.Echo") == Response::SERVING);
  CHECK(CodeOfSay(*peer) == grpc::StatusCode::PERMISSION_DENIED);
  good = false;
  CHECK(Eventually([&] { return HealthOf(*peer, "") == Response::NOT_SERVING; }));
  CHECK(HealthOf(*peer, "cairn.service.echo.Echo") == Response::NOT_SERVING);
  good = true;
  CHECK(Eventually([&] { return HealthOf(*peer, "") == Response::SERVING; }));
}

bool Serving(Host& host) {
  return host.metrics().Text().find("cairn_health{check=\"server.cairn.internal\"} 1") !=
         std::string::npos;
}

TEST_CASE("health follows a peer that dies and comes back, and logs each change once") {
  Stack stack;
  stack.Start();
  const std::string address = stack.server.host->grpc_address();
  REQUIRE_OK(stack.client.host->Start());
  CHECK(Eventually([&] { return Serving(*stack.client.host); }));

  stack.server.host.reset();
  CHECK(Eventually([&] { return !Serving(*stack.client.host); }));
  CHECK_THAT(stack.client.Output(), Catch::Contains("\"event\":\"health_check_fails\""));

  Process again(stack.dir, stack.ca, "again", "server.cairn.internal", address);
  again.ServeEcho();
  REQUIRE_OK(again.host->Start());
  CHECK(Eventually([&] { return Serving(*stack.client.host); }));
  const std::string output = stack.client.Output();
  CHECK(output.find("health_check_fails") == output.rfind("health_check_fails"));
  CHECK_THAT(output, Catch::Contains("\"event\":\"health_check_passes_again\""));
}

TEST_CASE("the listening line comes once, with the ports and the extra fields") {
  Stack stack;
  stack.server.host->ListeningField("acme", "127.0.0.1:14000");
  stack.Start();
  const std::string output = stack.server.Output();
  const std::string expected = "{\"event\":\"listening\",\"service\":\"server\",\"grpc\":\"" +
                               stack.server.host->grpc_address() + "\",\"metrics\":\"" +
                               stack.server.host->metrics_address() +
                               "\",\"acme\":\"127.0.0.1:14000\"}\n";
  CHECK_THAT(output, Catch::Contains(expected));
  CHECK(output.find("listening") == output.rfind("listening"));
}

TEST_CASE("a service with a method that nobody was thought of for does not start", "[NSR-05]") {
  Stack stack;
  stack.server.host->Serve(std::make_unique<EchoService>(*stack.server.host, nullptr),
                           {{"cairn.service.echo.Echo/Say", {"client"}}});
  const absl::Status started = stack.server.host->Start();
  CHECK_REASON(started, Reason::kMalformed);
  CHECK_THAT(std::string(started.message()), Catch::Contains("Echo/Whisper has no entry"));
}

TEST_CASE("a port that is taken is an error that names it") {
  Stack stack;
  stack.Start();
  Process second(stack.dir, stack.ca, "second", "server.cairn.internal",
                 stack.server.host->grpc_address());
  second.ServeEcho();
  const absl::Status started = second.host->Start();
  CHECK_REASON(started, Reason::kUnavailable);
  CHECK_THAT(std::string(started.message()), Catch::Contains(stack.server.host->grpc_address()));
}

TEST_CASE("everything that is wrong with `common` is said at once") {
  Host::Options options{.name = "x"};
  options.common.set_listen("nowhere");
  options.common.set_internal_domain(".cairn.internal");
  options.common.set_worker_threads(100000);
  options.common.set_drain_timeout("soon");
  options.common.set_log_level("loud");
  const absl::Status status = Host::Create(std::move(options)).status();
  CHECK_REASON(status, Reason::kMalformed);
  const std::string message(status.message());
  for (const char* field :
       {"common.listen: ", "common.internal_domain: ", "common.worker_threads: ",
        "common.drain_timeout: ", "common.log_level: ", "common.tls.certificate: ",
        "common.tls.key: ", "common.tls.ca: "}) {
    CHECK_THAT(message, Catch::Contains(field));
  }
}

TEST_CASE("TLS files that can't work are refused with the file and what to do") {
  TempDir dir;
  TestCa ca;
  TlsFiles files(dir.File("good"), ca, {"x.cairn.internal"});
  TlsFiles others(dir.File("others"), ca, {"y.cairn.internal"});
  Host::Options options{.name = "x"};
  options.common.set_listen("127.0.0.1:0");
  options.common.set_internal_domain("cairn.internal");
  *options.common.mutable_tls() = files.config();
  config::Tls& tls = *options.common.mutable_tls();
  std::string expected;
  SECTION("a key that others may read") {
    ::chmod(tls.key().c_str(), 0644);
    expected = "chmod 600 " + tls.key();
  }
  SECTION("the key of another certificate") {
    tls.set_key(others.config().key());
    expected = tls.key() + ": is not the key of " + tls.certificate();
  }
  SECTION("a certificate that isn't there") {
    tls.set_certificate(dir.File("missing.pem"));
    expected = "common.tls.certificate: " + dir.File("missing.pem") + ": cannot be read";
  }
  SECTION("no PEM in the CA's file") {
    tls.set_ca(dir.Write("ca.pem", "hello"));
    expected = "common.tls.ca: " + tls.ca() + ": holds no PEM certificate";
  }
  const absl::Status status = Host::Create(options).status();
  CHECK_REASON(status, Reason::kMalformed);
  CHECK_THAT(std::string(status.message()), Catch::Contains(expected));
}

}  // namespace
}  // namespace cairn::service
