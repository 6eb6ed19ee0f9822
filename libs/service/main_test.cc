#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/service/echo.grpc.pb.h"
#include "libs/service/echo_service.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"

namespace cairn::service {
namespace {

using echo::TlsFiles;
using testing::TempDir;
using testing::TestCa;

constexpr char kBinary[] = "libs/service/echo_main";

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The binary, with its output in files.
class Program {
 public:
  Program(const TempDir& dir, const std::vector<std::string>& arguments)
      : out_path_(dir.File("out")), err_path_(dir.File("err")) {
    std::vector<char*> argv = {const_cast<char*>(kBinary)};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    ::unlink(out_path_.c_str());
    ::unlink(err_path_.c_str());
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(::open(out_path_.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), 1);
      ::dup2(::open(err_path_.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), 2);
      ::execv(kBinary, argv.data());
      ::_exit(127);
    }
    REQUIRE(pid_ > 0);
  }
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  // The exit code; -1 for a death by signal.
  int Wait() {
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void Signal(int number) const { REQUIRE(::kill(pid_, number) == 0); }
  void AwaitOutput(const std::string& text) const {
    const absl::Time until = absl::Now() + absl::Seconds(10);
    while (out().find(text) == std::string::npos) {
      REQUIRE(absl::Now() < until);
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  std::string out() const { return ReadAll(out_path_); }
  std::string err() const { return ReadAll(err_path_); }

 private:
  const std::string out_path_;
  const std::string err_path_;
  pid_t pid_ = -1;
};

struct Files {
  Files() : tls(dir.File("tls"), ca, {"echo.cairn.internal"}) {}

  std::string Config(const std::string& more = "greeting: hello\n") const {
    return dir.Write("echo.yaml",
                     base::Cat("common:\n  listen: 127.0.0.1:0\n  metrics_listen: 127.0.0.1:0\n"
                               "  internal_domain: cairn.internal\n  tls:\n    certificate: ",
                               tls.config().certificate(), "\n    key: ", tls.config().key(),
                               "\n    ca: ", tls.config().ca(), "\n", more));
  }

  TempDir dir;
  TestCa ca;
  TlsFiles tls;
};

TEST_CASE("--version and --help answer without a configuration") {
  const TempDir dir;
  Program version(dir, {"--version"});
  CHECK(version.Wait() == 0);
  CHECK_THAT(version.out(), Catch::StartsWith("echo 0."));
  Program help(dir, {"--help"});
  CHECK(help.Wait() == 0);
  CHECK_THAT(help.out(), Catch::Contains("--check_config"));
}

TEST_CASE("mistakes in flags end with 2 and say which") {
  const TempDir dir;
  const auto [flags, expected] = GENERATE(table<std::vector<std::string>, std::string>({
      {std::vector<std::string>{"--colour"}, "unknown or incomplete flag --colour"},
      {std::vector<std::string>{"--config"}, "unknown or incomplete flag --config"},
      {std::vector<std::string>{"echo.yaml"}, "unknown or incomplete flag echo.yaml"},
      {std::vector<std::string>{}, "--config FILE is required"},
  }));
  Program program(dir, flags);
  CHECK(program.Wait() == 2);
  CHECK_THAT(program.err(), Catch::StartsWith("echo: ") && Catch::Contains(expected));
  CHECK(program.out().empty());
}

TEST_CASE("--check_config accepts a good configuration and opens nothing") {
  const Files files;
  Program program(files.dir, {"--check_config", "--config=" + files.Config()});
  CHECK(program.Wait() == 0);
  CHECK(program.out().empty());
  CHECK(program.err().empty());
}

TEST_CASE("mistakes in the configuration end with 2, with or without --check_config") {
  const Files files;
  const std::string check = GENERATE("--check_config", "--config=/dev/null");
  SECTION("an unknown key") {
    const std::string path = files.Config("greeting: hello\ncolour: red\n");
    Program program(files.dir, {check, "--config", path});
    CHECK(program.Wait() == 2);
    CHECK(program.err() ==
          base::Cat("echo: ", path, ":10:1: unknown field \"colour\" in Config\n"));
  }
  SECTION("a file that isn't there") {
    Program program(files.dir, {check, "--config", files.dir.File("missing.yaml")});
    CHECK(program.Wait() == 2);
    CHECK_THAT(program.err(), Catch::Contains(files.dir.File("missing.yaml") + ": cannot be read"));
  }
  SECTION("a key that others may read") {
    REQUIRE(::chmod(files.tls.config().key().c_str(), 0644) == 0);
    const std::string path = files.Config();
    Program program(files.dir, {check, "--config", path});
    CHECK(program.Wait() == 2);
    CHECK_THAT(program.err(), Catch::StartsWith(base::Cat("echo: ", path, ":")) &&
                                  Catch::Contains(": common.tls.key: ") &&
                                  Catch::Contains("chmod 600"));
  }
  SECTION("what only the service can know") {
    const std::string path = files.Config("");
    Program program(files.dir, {check, "--config", path});
    CHECK(program.Wait() == 2);
    CHECK(program.err() == base::Cat("echo: ", path, ": greeting: must be set\n"));
  }
}

TEST_CASE("a port that is taken ends with 1") {
  const Files files;
  Program first(files.dir, {"--config", files.Config()});
  first.AwaitOutput("listening");
  const std::string out = first.out();
  const size_t begin = out.find("\"grpc\":\"") + 8;
  const std::string address = out.substr(begin, out.find('"', begin) - begin);
  std::string config = ReadAll(files.Config());
  config.replace(config.find("127.0.0.1:0"), 11, address);
  const TempDir other;
  Program second(other, {"--config", other.Write("echo.yaml", config)});
  CHECK(second.Wait() == 1);
  CHECK_THAT(second.err(), Catch::Contains("cannot listen on " + address));
}

TEST_CASE("a second signal ends the process at once, even with a call running") {
  const Files files;
  Program program(files.dir, {"--config", files.Config()});
  program.AwaitOutput("listening");
  const std::string out = program.out();
  const size_t begin = out.find("\"grpc\":\"") + 8;
  const auto identity = files.ca.Issue({"client.cairn.internal"});
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("echo.cairn.internal");
  const auto stub = echo::Echo::NewStub(
      grpc::CreateCustomChannel("ipv4:" + out.substr(begin, out.find('"', begin) - begin),
                                grpc::SslCredentials({.pem_root_certs = files.ca.pem(),
                                                      .pem_private_key = identity.key_pem,
                                                      .pem_cert_chain = identity.certificate_pem}),
                                arguments));
  // Proves that the server serves; then a call that waits for ever.
  grpc::ClientContext first;
  echo::SayRequest request;
  echo::SayResponse response;
  REQUIRE(stub->Say(&first, request, &response).ok());
  request.set_wait(true);
  auto caller = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    echo::SayResponse never;
    return stub->Say(&context, request, &never).ok();
  });
  program.AwaitOutput("gate_waits");
  program.Signal(SIGTERM);
  program.AwaitOutput("draining");
  program.Signal(SIGTERM);
  CHECK(program.Wait() == 1);
  CHECK_FALSE(caller.get());
}

TEST_CASE("SIGTERM and SIGINT drain and end with 0") {
  const Files files;
  const int signal = GENERATE(SIGTERM, SIGINT);
  Program program(files.dir, {"--config", files.Config()});
  program.AwaitOutput("{\"event\":\"listening\",\"service\":\"echo\",\"grpc\":\"127.0.0.1:");
  CHECK_THAT(program.out(), Catch::Contains("\"audit\":true,\"event\":\"config_loaded\""));
  program.Signal(signal);
  CHECK(program.Wait() == 0);
}

}  // namespace
}  // namespace cairn::service
