#include "tests/integration/publisher/world.h"

#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/config/values.h"

namespace cairn::publisher {
namespace {

using harness::Process;

constexpr char kPublisher[] = "services/publisher/publisher";
constexpr char kLogs[] = "tests/harness/ct_log/ct_log";
constexpr char kLogEntries[] = R"(logs:
  - {name: oak1, operator: Alpha}
  - {name: oak2, operator: Alpha}
  - {name: elm, operator: Beta}
  - {name: fir, operator: Beta, kind: static, mmd: 60s}
  - {name: ash1, operator: Gamma, kind: static, mmd: 60s}
  - {name: ash2, operator: Delta, kind: static, mmd: 60s}
  - {name: old, operator: Delta, state: retired}
)";

std::unique_ptr<Process> Started(absl::StatusOr<std::unique_ptr<Process>> process) {
  INVARIANT(process.ok(), std::string(process.status().message()).c_str());
  return *std::move(process);
}

}  // namespace

World::World(const Options& options) : chain(clock.Now()) {
  logs = StartLogs(options.tls);
  publisher = StartPublisher(options);
  auto web = http::ApiClient::Create(
      {.user_agent = "test", .trusted_roots = folder.Write("ca.pem", ca.pem())},
      [](const base::Call&, const std::string&) -> absl::StatusOr<std::vector<base::IpAddress>> {
        return std::vector{base::IpAddress::Parse("127.0.0.1").value()};
      },
      clock);
  web_ = *std::move(web);
}

std::unique_ptr<Process> World::StartLogs(bool tls) {
  std::string config = base::Cat(
      "listen: \"127.0.0.1:0\"\nfolder: ", folder.path(), "\nroots: [",
      folder.Write("roots.pem", base::ToPem("CERTIFICATE", chain.root().certificate_der())), "]\n",
      kLogEntries);
  if (tls) {
    const testing::TlsIdentity identity = ca.Issue({"localhost"});
    config += base::Cat(
        "host: localhost\ntls_certificate: ", folder.Write("logs.pem", identity.certificate_pem),
        "\ntls_key: ", folder.Write("logs-tls.key", identity.key_pem), "\n");
  }
  return Started(Process::Start({.command = {kLogs, "--config", folder.Write("logs.yaml", config)},
                                 .log_path = folder.File("logs.log")}));
}

std::string World::Tls(const std::string& role) {
  const testing::TlsIdentity identity = ca.Issue({role + ".cairn.internal"});
  return base::Cat("{certificate: ", folder.Write(role + ".pem", identity.certificate_pem),
                   ", key: ", folder.Write(role + "-tls.key", identity.key_pem),
                   ", ca: ", folder.Write("ca.pem", ca.pem()), "}");
}

std::unique_ptr<Process> World::StartPublisher(const Options& options) {
  const std::string config = base::Cat(
      "common:\n  listen: \"127.0.0.1:0\"\n  metrics_listen: \"127.0.0.1:0\"\n"
      "  internal_domain: cairn.internal\n  worker_threads: 64\n  tls: ",
      Tls("publisher"), "\nlog_list: {file: ", folder.File("log_list.json"),
      ", public_key: ", folder.File("log_list.pub"),
      ", reload_interval: 100ms}\nstagger: ", options.stagger,
      "\nsubmission_timeout: ", options.submission_timeout,
      "\nfirst_back_off: ", options.first_back_off, "\ntrusted_roots: ", folder.File("ca.pem"),
      "\nsubmission_threads: 128\n", options.tls ? "" : "allow_http: true\n");
  return Started(
      Process::Start({.command = {kPublisher, "--config", folder.Write("publisher.yaml", config)},
                      .log_path = folder.File("publisher.log")}));
}

void World::Admin(const std::string& path) {
  const std::string url = logs->Field("url");
  const auto response = web_->Send({}, {.method = "POST",
                                        .url = base::Cat(url, "admin/", path),
                                        .content_type = "text/plain",
                                        .body_limit = 1000});
  INVARIANT(response.ok() && response->status == 200, "the logs have such a switch");
}

ct::LogList World::list() const {
  return ct::LogList::Parse(config::ReadFile(folder.File("log_list.json")).value()).value();
}

v1::GetSctsRequest World::Request(int days) {
  v1::GetSctsRequest request;
  const absl::Time now = clock.Now();
  const std::string precertificate =
      chain.Precertificate(now, now + absl::Hours(24) * days - absl::Seconds(1));
  for (const std::string& der : chain.Above(precertificate)) request.add_chain(der);
  return request;
}

absl::StatusOr<v1::GetSctsResponse> World::Get(int days, absl::Duration within) {
  base::Call call;
  call.deadline = clock.Now() + within;
  return As("ra").GetScts(call, Request(days));
}

GrpcPublisher& World::As(const std::string& role) {
  std::unique_ptr<GrpcPublisher>& client = clients_[role];
  if (client != nullptr) return *client;
  Tls(role);
  service::Host::Options options{.name = "test", .output_fd = 2};
  options.common.set_listen("127.0.0.1:0");
  options.common.set_internal_domain("cairn.internal");
  options.common.mutable_tls()->set_certificate(folder.File(role + ".pem"));
  options.common.mutable_tls()->set_key(folder.File(role + "-tls.key"));
  options.common.mutable_tls()->set_ca(folder.File("ca.pem"));
  auto host = service::Host::Create(std::move(options));
  INVARIANT(host.ok(), "the options are right");
  hosts_.push_back(*std::move(host));
  config::Peer peer;
  peer.set_address(publisher->Field("grpc"));
  peer.set_name("publisher.cairn.internal");
  peer.set_timeout("60s");
  client = std::make_unique<GrpcPublisher>(hosts_.back()->Dial(peer).value());
  return *client;
}

std::string World::Metrics() {
  const auto response =
      web_->Send({}, {.url = base::Cat("http://", publisher->Field("metrics"), "/metrics"),
                      .body_limit = 1 << 20});
  INVARIANT(response.ok(), "the publisher runs");
  return response->body;
}

}  // namespace cairn::publisher
