#include "libs/service/host.h"

#include <absl/time/clock.h>
#include <arpa/inet.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cstdlib>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/values.h"
#include "libs/errors/errors.h"
#include "libs/log/json.h"
#include "libs/service/client_metrics.h"
#include "libs/service/version.h"

namespace cairn::service {
namespace {

// Both sides ask after an idle connection every so often, so that a peer that
// vanished without a word is noticed before a request needs it.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;

// Resolving is asked for only where it's needed: it costs a DNS client.
std::string TargetOf(const config::HostPort& address) {
  in6_addr scratch;
  if (::inet_pton(AF_INET, address.host.c_str(), &scratch) == 1) {
    return base::Cat("ipv4:", address.ToText());
  }
  if (::inet_pton(AF_INET6, address.host.c_str(), &scratch) == 1) {
    return base::Cat("ipv6:", address.ToText());
  }
  return base::Cat("dns:///", address.ToText());
}

grpc::ChannelArguments ChannelArgumentsFor(const std::string& tls_name) {
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(tls_name);
  // Not every call may be made twice, so gRPC may repeat none on its own.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A restarted peer is found again within two seconds.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // Pings that measure bandwidth: wake-ups for nothing with our small messages.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // Nobody here compresses, and a call under way is smaller without what could.
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  return arguments;
}

std::string HostOf(const std::string& listen) { return listen.substr(0, listen.rfind(':') + 1); }

}  // namespace

// What Create found in `common`.
struct Host::Checked {
  config::HostPort listen;
  config::HostPort metrics_listen;
  log::Level log_level = log::Level::kInfo;
  absl::Duration drain_timeout;
  base::WorkerPool::Options workers;
};

absl::StatusOr<std::unique_ptr<Host>> Host::Create(Options options) {
  const config::Common& common = options.common;
  config::Checks checks;
  Checked checked;
  checked.listen = checks.Address(common.listen(), "common.listen");
  if (!common.metrics_listen().empty()) {
    checked.metrics_listen = checks.Address(common.metrics_listen(), "common.metrics_listen");
  }
  const std::string domain = checks.Text(common.internal_domain(), "common.internal_domain");
  checks.Require(!domain.starts_with('.'), "common.internal_domain",
                 "is written without the dot in front");
  checked.workers.threads =
      checks.Number(common.worker_threads(), "common.worker_threads", 16, 1, 1024);
  checked.workers.queue =
      checks.Number(common.worker_queue(), "common.worker_queue", 256, 1, 65536);
  checked.drain_timeout =
      checks.Duration(common.drain_timeout(), "common.drain_timeout", absl::Seconds(10),
                      absl::Milliseconds(1), absl::Minutes(10));
  if (!common.log_level().empty()) {
    const auto level = log::ParseLevel(common.log_level());
    checks.Require(level.has_value(), "common.log_level",
                   base::Cat("\"", base::Escaped(common.log_level(), 40),
                             "\" is none of: debug, info, warn, error"));
    checked.log_level = level.value_or(log::Level::kInfo);
  }
  absl::StatusOr<std::unique_ptr<Tls>> tls = Tls::Load(common.tls());
  if (!tls.ok()) {
    // Its lines name their fields already.
    const auto message = tls.status().message();
    const absl::Status others = checks.ToStatus();
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat(std::string(others.message()), others.ok() ? "" : "\n",
                                  std::string_view(message.data(), message.size())));
  }
  if (!checks.ok()) return checks.ToStatus();
  return std::unique_ptr<Host>(new Host(std::move(options), checked, *std::move(tls)));
}

Host::Host(Options options, Checked checked, std::unique_ptr<Tls> tls)
    : name_(std::move(options.name)),
      common_(std::move(options.common)),
      check_only_(options.check_only),
      listen_(checked.listen.ToText()),
      metrics_listen_(common_.metrics_listen().empty() ? "" : checked.metrics_listen.ToText()),
      drain_timeout_(checked.drain_timeout),
      sink_(options.output_fd),
      log_(name_, checked.log_level, clock_, sink_),
      audit_(name_, clock_, sink_),
      tls_(std::move(tls)),
      allow_(common_.internal_domain()),
      client_metrics_(std::make_unique<ClientMetrics>(metrics_)),
      health_(log_, metrics_) {
  runner_ = std::make_unique<RpcRunner>(checked.workers, allow_, clock_, random_, log_, metrics_);
  WatchPool("rpc", runner_->pool());
  metrics_.AddProcessMetrics(name_, std::string(kVersion));
}

Host::~Host() {
  Stop();
  while (!owned_.empty()) owned_.pop_back();
}

absl::StatusOr<std::shared_ptr<Peer>> Host::MakePeer(const config::Peer& peer) {
  config::Checks checks;
  const config::HostPort address = checks.Address(peer.address(), "address");
  checks.Text(peer.name(), "name");
  const absl::Duration timeout = checks.Duration(peer.timeout(), "timeout", absl::Seconds(10),
                                                 absl::Milliseconds(1), absl::Minutes(10));
  if (!checks.ok()) {
    return errors::Annotate(checks.ToStatus(),
                            base::Cat("peer \"", base::Escaped(peer.name(), 80), "\""));
  }
  auto made = std::make_shared<Peer>(grpc::CreateCustomChannel(TargetOf(address), tls_->Channel(),
                                                               ChannelArgumentsFor(peer.name())),
                                     clock_, timeout, client_metrics_.get());
  // Kept here as well, so that no callback of gRPC ever destroys a channel.
  peers_.push_back(made);
  return made;
}

absl::StatusOr<std::shared_ptr<Peer>> Host::Dial(const config::Peer& peer) {
  ASSIGN_OR_RETURN(std::shared_ptr<Peer> made, MakePeer(peer));
  AddHealthCheck(peer.name(), [made] {
    if (made->Reachable()) return absl::OkStatus();
    return errors::Make(errors::Reason::kUnavailable, "cannot be reached");
  });
  return made;
}

absl::StatusOr<std::shared_ptr<Peer>> Host::DialOptional(const config::Peer& peer) {
  return MakePeer(peer);
}

void Host::Serve(std::unique_ptr<grpc::Service> service, Allow allow) {
  if (allow_status_.ok()) allow_status_ = allow_.Add(allow);
  services_.push_back(std::move(service));
}

void Host::AddHealthCheck(std::string name, std::function<absl::Status()> check) {
  health_.Add(std::move(name), std::move(check));
}

base::WorkerPool& Host::MakePool(const std::string& name,
                                 const base::WorkerPool::Options& options) {
  base::WorkerPool* pool = pools_.emplace_back(std::make_unique<base::WorkerPool>(options)).get();
  WatchPool(name, *pool);
  return *pool;
}

void Host::WatchPool(const std::string& name, const base::WorkerPool& pool) {
  const auto queued =
      metrics_.Gauge("cairn_pool_queue_length", "Work that waits for a thread", {{"pool", name}});
  const auto busy =
      metrics_.Gauge("cairn_pool_busy_threads", "Threads that work", {{"pool", name}});
  metrics_.Gauge("cairn_pool_threads", "Threads that there may be", {{"pool", name}})
      .Set(static_cast<double>(pool.threads()));
  metrics_.OnScrape([&pool, queued, busy] {
    queued.Set(static_cast<double>(pool.queued()));
    busy.Set(static_cast<double>(pool.busy()));
  });
  // Full is not busy: it is full when the work does not get on, and then what comes
  // is refused, which a replica that has room need not do.
  AddHealthCheck(base::Cat(name, "_queue"), [&pool] {
    if (!pool.full()) return absl::OkStatus();
    return errors::Make(errors::Reason::kOverloaded, "the queue is full");
  });
}

void Host::OnStart(std::function<absl::Status()> start) { on_start_.push_back(std::move(start)); }
void Host::OnStop(std::function<void()> stop) { on_stop_.push_back(std::move(stop)); }

void Host::ListeningField(std::string key, std::string value) {
  listening_fields_.emplace_back(std::move(key), std::move(value));
}

std::string Host::role(std::string_view peer_tls_name) const {
  return allow_.RoleOf(std::vector<std::string_view>{peer_tls_name});
}

absl::Status Host::StartServer() {
  RETURN_IF_ERROR(allow_status_);
  runner_->PrepareMethods();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  const std::shared_ptr<grpc::ServerCredentials> credentials = tls_->Server();
  credentials->SetAuthMetadataProcessor(
      std::make_shared<CallGuard>(allow_, clock_, audit_, metrics_));
  int port = 0;
  builder.AddListeningPort(listen_, credentials, &port);
  for (const auto& service : services_) builder.RegisterService(service.get());
  // gRPC would not start with the health service alone.
  if (services_.empty()) builder.RegisterCallbackGenericService(&no_service_);
  // Without it two processes could listen on one port and share its calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kKeepaliveMs / 3);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    return errors::Make(errors::Reason::kUnavailable,
                        base::Cat("cannot listen on ", listen_,
                                  ": is the port taken, or the address not this machine's?"));
  }
  grpc_address_ = base::Cat(HostOf(listen_), port);
  return absl::OkStatus();
}

absl::Status Host::PrintListening() {
  std::string line = "{\"event\":\"listening\"";
  const auto add = [&line](std::string_view key, std::string_view value) {
    line += ',';
    log::AppendJsonString(key, line);
    line += ':';
    log::AppendJsonString(value, line);
  };
  add("service", name_);
  add("grpc", grpc_address_);
  if (!metrics_address_.empty()) add("metrics", metrics_address_);
  for (const auto& [key, value] : listening_fields_) add(key, value);
  line += "}\n";
  return sink_.Write(line);
}

absl::Status Host::Start() {
  started_ = true;
  if (!metrics_listen_.empty()) {
    ASSIGN_OR_RETURN(const config::HostPort address, config::ParseHostPort(metrics_listen_));
    ASSIGN_OR_RETURN(
        metrics_endpoint_,
        metrics::Endpoint::Listen(address.host, address.port, [this] { return metrics_.Text(); }));
    metrics_address_ = base::Cat(HostOf(metrics_listen_), metrics_endpoint_->port());
  }
  RETURN_IF_ERROR(StartServer());
  for (const auto& start : on_start_) RETURN_IF_ERROR(start());
  health_.Start(server_->GetHealthCheckService(), allow_.services());
  return PrintListening();
}

void Host::Stop() {
  if (stopped_) return;
  stopped_ = true;
  if (started_) log_.Info("draining");
  health_.Drain();
  // New calls are refused, running ones may end; at the deadline they are
  // cancelled, which the next wait of each notices.
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(absl::Now() + drain_timeout_));
  if (started_) {
    for (auto stop = on_stop_.rbegin(); stop != on_stop_.rend(); ++stop) (*stop)();
  }
  runner_->Stop();
  for (auto pool = pools_.rbegin(); pool != pools_.rend(); ++pool) (*pool)->Stop();
  if (metrics_endpoint_ != nullptr) metrics_endpoint_->Stop();
  // A fan-out may have left calls behind; their callbacks use what we are about to
  // destroy. Each ends by its own deadline.
  const auto in_flight = [this] {
    return std::any_of(peers_.begin(), peers_.end(),
                       [](const auto& peer) { return peer->in_flight() != 0; });
  };
  while (in_flight()) absl::SleepFor(absl::Milliseconds(5));
  server_.reset();
}

}  // namespace cairn::service
