// What one RPC over mutual TLS costs on this machine: client and server in two
// processes, so that the CPU time of each can be told apart.
//
//   rpc_bench [seconds per row]

#include <absl/synchronization/mutex.h>
#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/call.h"
#include "libs/service/echo.grpc.pb.h"
#include "libs/service/echo_service.h"
#include "libs/service/host.h"
#include "libs/service/one_poller.h"
#include "libs/service/peer.h"
#include "libs/testing/test_tls.h"

namespace cairn::service {
namespace {

std::unique_ptr<Host> MakeHost(const std::string& name, const echo::TlsFiles& files, int fd) {
  Host::Options options{.name = name, .output_fd = fd};
  options.common.set_listen("127.0.0.1:0");
  options.common.set_internal_domain("cairn.internal");
  *options.common.mutable_tls() = files.config();
  auto host = Host::Create(std::move(options));
  if (!host.ok()) {
    std::fprintf(stderr, "%s\n", host.status().ToString().c_str());
    std::exit(1);
  }
  return *std::move(host);
}

double CpuSeconds(const std::string& pid) {
  std::ifstream stat("/proc/" + pid + "/stat");
  std::string field;
  double ticks = 0;
  for (int i = 1; i <= 15 && stat >> field; ++i) {
    if (i >= 14) ticks += std::stod(field);
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Context switches of all threads.
double Switches(const std::string& pid) {
  double total = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + pid + "/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.find("ctxt_switches:") != std::string::npos) {
        total += std::stod(line.substr(line.find(':') + 1));
      }
    }
  }
  return total;
}

std::string Memory(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  std::string out;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS") || line.starts_with("RssAnon") || line.starts_with("Threads")) {
      out += line + "  ";
    }
  }
  return out;
}

[[noreturn]] void Serve(const echo::TlsFiles& files, int fd) {
  const auto host = MakeHost("server", files, fd);
  host->Serve(std::make_unique<echo::EchoService>(*host, nullptr),
              {{"cairn.service.echo.Echo/*", {"client"}}});
  if (!host->Start().ok()) std::exit(1);
  const OnePoller one_poller;
  while (true) ::pause();
}

void Measure(Peer& peer, const std::string& server, int threads, size_t size, double seconds) {
  std::atomic<int64_t> calls = 0;
  std::atomic<int64_t> failed = 0;
  const std::string self = std::to_string(::getpid());
  const double client_before = CpuSeconds(self);
  const double server_before = CpuSeconds(server);
  const double switches_before = Switches(self) + Switches(server);
  const absl::Time began = absl::Now();
  double switches = 0;
  {
    std::atomic<bool> stop = false;
    std::vector<std::jthread> callers;
    for (int i = 0; i < threads; ++i) {
      callers.emplace_back([&] {
        const auto stub = echo::Echo::NewStub(peer.channel());
        echo::SayRequest request;
        request.set_text(std::string(size, 'x'));
        base::Call call;
        call.trace = {.trace_id = "0123456789abcdef0123456789abcdef",
                      .parent_id = "0123456789abcdef"};
        while (!stop) {
          call.deadline = absl::Now() + absl::Seconds(10);
          const auto response = peer.Invoke<echo::SayResponse>(call, "Echo/Say", *stub,
                                                               &echo::Echo::Stub::Say, request);
          response.ok() ? ++calls : ++failed;
        }
      });
    }
    absl::SleepFor(absl::Seconds(seconds));
    switches = Switches(self) + Switches(server) - switches_before;
    stop = true;
  }
  const double took = absl::ToDoubleSeconds(absl::Now() - began);
  const double total = static_cast<double>(calls);
  std::printf("%7d %6zu %9.0f %10.1f %10.1f %10.1f %9.2f %9.1f %7ld\n", threads, size, total / took,
              (CpuSeconds(self) - client_before) / total * 1e6,
              (CpuSeconds(server) - server_before) / total * 1e6,
              (CpuSeconds(self) - client_before + CpuSeconds(server) - server_before) / total * 1e6,
              took * threads / total * 1e3, switches / total, failed.load());
}

int Run(double seconds) {
  char folder[] = "/tmp/rpc_bench.XXXXXX";
  if (::mkdtemp(folder) == nullptr) return 1;
  const testing::TestCa ca;
  const echo::TlsFiles server_files(std::string(folder) + "/s", ca, {"server.cairn.internal"});
  const echo::TlsFiles client_files(std::string(folder) + "/c", ca, {"client.cairn.internal"});
  int ends[2];
  if (::pipe(ends) != 0) return 1;
  const pid_t server = ::fork();
  if (server == 0) Serve(server_files, ends[1]);
  char line[512] = {};
  if (::read(ends[0], line, sizeof line - 1) <= 0) return 1;
  const std::string text(line);
  const size_t begin = text.find("\"grpc\":\"") + 8;

  {
    const auto client = MakeHost("client", client_files, 2);
    config::Peer config;
    config.set_address(text.substr(begin, text.find('"', begin) - begin));
    config.set_name("server.cairn.internal");
    const OnePoller one_poller;
    const auto peer = client->Dial(config);
    if (!peer.ok()) return 1;
    const std::string pid = std::to_string(server);
    std::printf("server at rest: %s\n", Memory(pid).c_str());
    std::printf("%7s %6s %9s %10s %10s %10s %9s %9s %7s\n", "callers", "octets", "calls/s",
                "client us", "server us", "CPU us", "ms/call", "switches", "failed");
    Measure(**peer, pid, 1, 100, 0.5);
    for (const int threads : {1, 4, 16}) Measure(**peer, pid, threads, 100, seconds);
    Measure(**peer, pid, 4, 10000, seconds);
    std::printf("server afterwards: %s\n", Memory(pid).c_str());
  }
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace cairn::service

int main(int argc, char** argv) { return cairn::service::Run(argc > 1 ? std::atof(argv[1]) : 3); }
