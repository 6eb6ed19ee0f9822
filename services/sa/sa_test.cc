// The programs as they are deployed: `migrate`, then `sa`, over mutual TLS.

#include <absl/status/status.h>
#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/service/peer.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "protos/health/v1/health.grpc.pb.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/grpc_account_reader.h"
#include "services/sa/api/grpc_account_writer.h"
#include "services/sa/api/grpc_log_queue.h"
#include "services/sa/api/grpc_log_watch.h"
#include "services/sa/api/grpc_order_reader.h"
#include "services/sa/api/grpc_order_writer.h"
#include "services/sa/migrations/migrations.h"
#include "tests/harness/mariadb.h"

namespace cairn::sa {
namespace {

using errors::Reason;
using grpc::health::v1::HealthCheckResponse;

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (absl::Now() < until) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

// A program with its output in a file.
class Program {
 public:
  Program(const std::vector<std::string>& words, std::string output) : output_(std::move(output)) {
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      const int out = ::open(output_.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    REQUIRE(pid_ > 0);
  }
  ~Program() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  int Wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int Stop() {
    ::kill(pid_, SIGTERM);
    return Wait();
  }
  std::string output() const { return ReadAll(output_); }

 private:
  const std::string output_;
  pid_t pid_ = -1;
};

struct Deployment {
  Deployment() : schema(server.NewSchema()) {
    REQUIRE_OK(server.Run(schema, "CREATE USER 'cairn_sa'@'localhost' IDENTIFIED BY 'secret'"));
    dir.Write("password", "secret\n");
    dir.Write("ca.pem", ca.pem());
    const testing::TlsIdentity identity = ca.Issue({"sa.cairn.internal"});
    dir.Write("sa.pem", identity.certificate_pem);
    dir.Write("sa.key", identity.key_pem);
    dir.Write("migrate.yaml", base::Cat("database:\n  socket: ", server.socket(),
                                        "\n  user: root\n  name: ", schema, "\n"));
    dir.Write("sa.yaml", base::Cat("common:\n  listen: 127.0.0.1:0\n  metrics_listen: 127.0.0.1:0\n"
                                   "  internal_domain: cairn.internal\n  tls:\n    certificate: ",
                                   dir.File("sa.pem"), "\n    key: ", dir.File("sa.key"),
                                   "\n    ca: ", dir.File("ca.pem"),
                                   "\ndatabase:\n  socket: ", server.socket(),
                                   "\n  user: cairn_sa\n  password_file: ", dir.File("password"),
                                   "\n  name: ", schema, "\n"));
  }

  std::string Migrate() {
    Program program({"services/sa/migrate/migrate", "--config", dir.File("migrate.yaml")},
                    dir.File("migrate.out"));
    CHECK(program.Wait() == 0);
    return program.output();
  }
  void Grant() {
    std::ifstream grants("services/sa/migrations/grants.sql");
    for (std::string line; std::getline(grants, line);) {
      if (line.empty() || line.starts_with("--")) continue;
      line.pop_back();
      REQUIRE_OK(server.Run(schema, line));
    }
  }
  std::unique_ptr<Program> StartSa() {
    auto program = std::make_unique<Program>(
        std::vector<std::string>{"services/sa/sa", "--config", dir.File("sa.yaml")},
        dir.File("sa.out"));
    REQUIRE(
        Eventually([&] { return program->output().find("\"listening\"") != std::string::npos; }));
    const std::string output = program->output();
    const size_t field = output.find("\"grpc\":\"") + 8;
    address = output.substr(field, output.find('"', field) - field);
    return program;
  }
  std::shared_ptr<service::Peer> Dial(const std::string& role) {
    const testing::TlsIdentity identity = ca.Issue({role + ".cairn.internal"});
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("sa.cairn.internal");
    return std::make_shared<service::Peer>(
        grpc::CreateCustomChannel(
            address,
            grpc::SslCredentials({.pem_root_certs = ca.pem(),
                                  .pem_private_key = identity.key_pem,
                                  .pem_cert_chain = identity.certificate_pem}),
            arguments),
        clock, absl::Seconds(5), nullptr);
  }

  harness::MariaDb server;
  const std::string schema;
  testing::TempDir dir;
  testing::TestCa ca;
  base::SystemClock clock;
  std::string address;
};

base::Call Soon() { return {.deadline = absl::Now() + absl::Seconds(5)}; }

// Whether the role got past the allow-list: then the SA itself refuses the empty
// request, or answers it.
template <typename Response>
bool Allowed(const absl::StatusOr<Response>& response) {
  return response.ok() || response.status().code() == absl::StatusCode::kInvalidArgument ||
         errors::ReasonOf(response.status()) == Reason::kAccountDoesNotExist ||
         errors::ReasonOf(response.status()) == Reason::kNotFound;
}

TEST_CASE("migrate makes the schema once, and sa serves it to whom it may") {
  Deployment d;
  const size_t all = Migrations().size();
  CHECK(d.Migrate() ==
        base::Cat("{\"event\":\"migrated\",\"applied\":", all, ",\"schema\":", all, "}\n"));
  CHECK(d.Migrate() == base::Cat("{\"event\":\"migrated\",\"applied\":0,\"schema\":", all, "}\n"));
  d.Grant();
  const auto sa = d.StartSa();

  const auto check = [&](const std::string& role, bool reads, bool writes) {
    INFO(role);
    const auto peer = d.Dial(role);
    GrpcAccountReader account_reader(peer);
    GrpcAccountWriter account_writer(peer);
    GrpcOrderReader order_reader(peer);
    GrpcOrderWriter order_writer(peer);
    GrpcLogQueue log_queue(peer);
    GrpcLogWatch log_watch(peer);
    CHECK(Allowed(account_reader.GetAccount(Soon(), {})) == reads);
    CHECK(Allowed(order_reader.GetOrder(Soon(), {})) == reads);
    CHECK(Allowed(order_reader.GetAuthorization(Soon(), {})) == reads);
    CHECK(Allowed(order_reader.GetCertificate(Soon(), {})) == reads);
    CHECK(Allowed(account_writer.CreateAccount(Soon(), {})) == writes);
    CHECK(Allowed(account_writer.FindAccount(Soon(), {})) == writes);
    CHECK(Allowed(account_writer.UpdateAccount(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.CreateOrder(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.BeginValidation(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.FinishValidation(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.GetIssuance(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.BeginIssuance(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.AddReceipts(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.StorePrecertificate(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.KeepScts(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.FinishIssuance(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.FailIssuance(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.LeaseExpiredWork(Soon(), {})) == writes);
    CHECK(Allowed(order_writer.ReconcileSerials(Soon(), {})) == writes);
    CHECK(Allowed(log_queue.LeaseLogWork(Soon(), {})) == writes);
    CHECK(Allowed(log_queue.FinishLogWork(Soon(), {})) == writes);
    CHECK(Allowed(log_watch.GetLogPositions(Soon(), {})) == writes);
    CHECK(Allowed(log_watch.MoveLogPosition(Soon(), {})) == writes);
    CHECK(Allowed(log_watch.FindSerials(Soon(), {})) == writes);
  };
  check("ra", true, true);
  check("wfe", true, false);
  for (const char* role : {"va", "ca", "sa", "status", "eu-1.perspective"}) {
    check(role, false, false);
  }

  GrpcAccountWriter writer(d.Dial("ra"));
  v1::CreateAccountRequest request;
  core::v1::Account& account = *request.mutable_account();
  account.set_account_id(std::string(24, 'a'));
  account.set_thumbprint(std::string(32, 'a'));
  account.set_first_thumbprint(std::string(32, 'a'));
  account.set_salt(std::string(16, 'a'));
  account.set_jwk("{}");
  const auto created = writer.CreateAccount(Soon(), request);
  REQUIRE_OK(created);
  CHECK(created->created());
  GrpcAccountReader reader(d.Dial("wfe"));
  v1::GetAccountRequest get;
  get.set_account_id(account.account_id());
  CHECK(reader.GetAccount(Soon(), get)->account().thumbprint() == account.thumbprint());
  CHECK(sa->Stop() == 0);
}

TEST_CASE("health follows the database, and both come back by themselves") {
  Deployment d;
  d.Migrate();
  d.Grant();
  d.server.Kill();
  const auto sa = d.StartSa();
  const auto peer = d.Dial("status");
  const auto stub = grpc::health::v1::Health::NewStub(peer->channel());
  const auto serving = [&] {
    HealthCheckResponse response;
    grpc::ClientContext context;
    const grpc::Status status = stub->Check(&context, {}, &response);
    return status.ok() && response.status() == HealthCheckResponse::SERVING;
  };
  CHECK_FALSE(serving());
  d.server.Start();
  CHECK(Eventually(serving));
  d.server.Kill();
  CHECK(Eventually([&] { return !serving(); }));
  GrpcAccountReader reader(d.Dial("ra"));
  const auto away = reader.GetAccount(Soon(), {});
  CHECK_REASON(away, Reason::kUnavailable);
  CHECK(errors::RetryAfterOf(away.status()) > absl::ZeroDuration());
  d.server.Start();
  CHECK(Eventually(serving));
  CHECK_REASON(reader.GetAccount(Soon(), {}), Reason::kAccountDoesNotExist);
}

TEST_CASE("mistakes in migrate's configuration end with 2, a database that is away with 1") {
  testing::TempDir dir;
  const auto run = [&](const std::string& yaml) {
    dir.Write("migrate.yaml", yaml);
    Program program({"services/sa/migrate/migrate", "--config=" + dir.File("migrate.yaml")},
                    dir.File("out"));
    return program.Wait();
  };
  CHECK(run("database:\n  colour: red\n") == 2);
  CHECK(run("database:\n  user: root\n  name: x\n") == 2);
  CHECK(run("database:\n  socket: /tmp/none\n  user: root\n  name: x\n") == 1);
  Program without({"services/sa/migrate/migrate"}, dir.File("out"));
  CHECK(without.Wait() == 2);
}

}  // namespace
}  // namespace cairn::sa
