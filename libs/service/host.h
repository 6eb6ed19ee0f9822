#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/audit/log_to_stdout.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/worker_pool.h"
#include "libs/log/line_sink.h"
#include "libs/log/log.h"
#include "libs/metrics/endpoint.h"
#include "libs/metrics/metrics.h"
#include "libs/service/allow_list.h"
#include "libs/service/call_guard.h"
#include "libs/service/health.h"
#include "libs/service/peer.h"
#include "libs/service/rpc_runner.h"
#include "libs/service/tls.h"
#include "protos/config/common.pb.h"

namespace cairn::service {

class ClientMetrics;

// What every binary of Cairn has: a gRPC server with mutual TLS and an
// allow-list, peers, health, metrics, log, audit, worker pools. Main makes one
// and hands it to the binary's Build, which fills it; then it starts.
//
// Build runs on one thread. What it gets from the host lives until the host is
// destroyed.
class Host {
 public:
  struct Options {
    std::string name;  // "ra"
    config::Common common;
    int output_fd = 1;  // of log, audit and the `listening` line
    // Only to check a configuration: no port is opened, nothing may be touched.
    bool check_only = false;
  };

  // Checks `common` and reads the TLS files. All that is wrong is said at once.
  static absl::StatusOr<std::unique_ptr<Host>> Create(Options options);
  // As Stop.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // --check_config: after its Options::Parse, Build returns without opening
  // databases, journals or ports of its own.
  bool check_only() const { return check_only_; }

  const config::Common& common() const { return common_; }
  base::Clock& clock() { return clock_; }
  base::Random& random() { return random_; }
  log::Logger& log() { return log_; }
  audit::Log& audit() { return audit_; }
  metrics::Registry& metrics() { return metrics_; }
  // For the RPCs of this binary: common.worker_threads and worker_queue.
  RpcRunner& runner() { return *runner_; }

  // A channel to another service, made at once, connected in the background. From
  // now on this process is healthy only while the peer is not known to be
  // unreachable. kMalformed for a configuration that can't be right.
  absl::StatusOr<std::shared_ptr<Peer>> Dial(const config::Peer& peer);
  // As Dial, but an unreachable peer does not make this process unhealthy: for
  // peers of which a few may be down, such as remote perspectives.
  absl::StatusOr<std::shared_ptr<Peer>> DialOptional(const config::Peer& peer);

  // Serves a generated service (its CallbackService). Start fails if `allow` leaves
  // one of its methods without an entry.
  void Serve(std::unique_ptr<grpc::Service> service, Allow allow);

  // Asked once a second; see Health.
  void AddHealthCheck(std::string name, std::function<absl::Status()> check);

  // Another bounded pool, with metrics under its name. While its queue is full, this
  // process is not healthy. It stops after the OnStop functions have run.
  base::WorkerPool& MakePool(const std::string& name, const base::WorkerPool::Options& options);

  // Runs in order when the gRPC server listens, before the `listening` line.
  void OnStart(std::function<absl::Status()> start);
  // Runs in reverse order when the gRPC server has drained; also when Start failed
  // half-way, but not if it was never called.
  void OnStop(std::function<void()> stop);

  // Keeps an object that Build made until the host is destroyed, which destroys
  // them in reverse order, after everything has stopped.
  template <typename T>
  T& Own(std::unique_ptr<T> object) {
    T& reference = *object;
    owned_.emplace_back(std::shared_ptr<T>(std::move(object)));
    return reference;
  }

  // One more field of the `listening` line, such as "acme": "127.0.0.1:14000".
  void ListeningField(std::string key, std::string value);

  // The role that a TLS name gives: "ra" for "ra.<internal domain>", else empty.
  std::string role(std::string_view peer_tls_name) const;

  // Opens the ports, runs the OnStart functions, prints the `listening` line. Once.
  absl::Status Start();
  // NOT_SERVING, drain, stop everything in reverse order. Safe to call twice.
  void Stop();

  // Where the gRPC server and the metrics endpoint listen: "127.0.0.1:41233"; empty
  // before Start and where nothing listens.
  const std::string& grpc_address() const { return grpc_address_; }
  const std::string& metrics_address() const { return metrics_address_; }

 private:
  struct Checked;
  Host(Options options, Checked checked, std::unique_ptr<Tls> tls);

  // Metrics and health of a pool.
  void WatchPool(const std::string& name, const base::WorkerPool& pool);
  absl::StatusOr<std::shared_ptr<Peer>> MakePeer(const config::Peer& peer);
  absl::Status StartServer();
  absl::Status PrintListening();

  const std::string name_;
  const config::Common common_;
  const bool check_only_;
  const std::string listen_;
  const std::string metrics_listen_;
  const absl::Duration drain_timeout_;

  base::SystemClock clock_;
  base::SystemRandom random_;
  log::LineSink sink_;
  log::Logger log_;
  audit::LogToStdout audit_;
  metrics::Registry metrics_;
  const std::unique_ptr<Tls> tls_;
  AllowList allow_;
  absl::Status allow_status_;
  const std::unique_ptr<ClientMetrics> client_metrics_;
  std::vector<std::shared_ptr<Peer>> peers_;
  std::vector<std::shared_ptr<void>> owned_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  grpc::CallbackGenericService no_service_;
  std::unique_ptr<RpcRunner> runner_;
  std::vector<std::unique_ptr<base::WorkerPool>> pools_;
  Health health_;
  std::vector<std::function<absl::Status()>> on_start_;
  std::vector<std::function<void()>> on_stop_;
  std::vector<std::pair<std::string, std::string>> listening_fields_;
  std::string grpc_address_;
  std::string metrics_address_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<metrics::Endpoint> metrics_endpoint_;
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace cairn::service
