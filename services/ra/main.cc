#include "libs/service/main.h"

#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <utility>

#include "libs/base/call.h"
#include "libs/base/status_macros.h"
#include "libs/policy/calendar.h"
#include "libs/service/host.h"
#include "libs/service/peer.h"
#include "protos/config/ra.pb.h"
#include "services/ca/api/grpc_journal.h"
#include "services/ca/api/grpc_signer.h"
#include "services/publisher/api/grpc_publisher.h"
#include "services/ra/background.h"
#include "services/ra/core/reconcile_journal.h"
#include "services/ra/core/recover_work.h"
#include "services/ra/core/watch_logs.h"
#include "services/ra/core/work_log_queue.h"
#include "services/ra/impatience.h"
#include "services/ra/observed.h"
#include "services/ra/options.h"
#include "services/ra/ra_service.h"
#include "services/sa/api/grpc_account_writer.h"
#include "services/sa/api/grpc_log_queue.h"
#include "services/sa/api/grpc_log_watch.h"
#include "services/sa/api/grpc_order_writer.h"
#include "services/va/api/grpc_validation.h"

namespace cairn::ra {
namespace {

// One thread for each of some logs that are read at the same time.
constexpr Options::Pool kLogReading{.threads = 8, .queue = 256};

struct Peers {
  std::shared_ptr<service::Peer> sa;
  std::shared_ptr<service::Peer> va;
  std::shared_ptr<service::Peer> ca;
  std::shared_ptr<service::Peer> publisher;  // null without CT
};

// Everything of one RA, in the order in which it depends on each other.
class Ra {
 public:
  Ra(service::Host& host, Options parsed, const Peers& peers)
      : host_(host),
        options_(std::move(parsed)),
        accounts_(peers.sa),
        orders_(peers.sa),
        validation_(peers.va),
        signer_(peers.ca),
        journal_(peers.ca),
        observed_(host.metrics(), host.log()),
        ct_(peers.publisher ? std::make_unique<Ct>(*this, peers) : nullptr),
        validations_(MakeQueue("validation", options_.validation)),
        issuances_(MakeQueue("issuance", options_.issuance)),
        validate_(options_, orders_, validation_, host.clock(), pause_, observed_),
        issue_(options_, {orders_, validation_, signer_, ct_ ? &ct_->publisher : nullptr},
               host.audit(), host.clock(), pause_, observed_),
        new_account_(options_, accounts_, host.audit(), {host.clock(), host.random()}),
        update_account_(options_, accounts_, host.audit()),
        new_order_(options_, orders_, host.audit(), {host.clock(), host.random()}),
        start_validation_(options_, orders_, validate_, validations_, host.clock()),
        finalize_order_(options_, orders_, issue_, issuances_, host.audit(),
                        {host.clock(), host.random()}),
        recover_work_(options_, orders_, {validate_, validations_, issue_, issuances_},
                      host.clock(), observed_),
        reconcile_journal_(options_, {orders_, journal_}, issue_, host.audit(), host.clock(),
                           observed_) {}

  std::unique_ptr<RaService> MakeService() {
    return std::make_unique<RaService>(
        host_.runner(), impatience_, host_.clock(),
        UseCases{new_account_, update_account_, new_order_, start_validation_, finalize_order_});
  }

  void Start() {
    // A thread for each: comparing the journal may have to finish an issuance, and work
    // whose lease ran out, or a log, must not wait for that.
    recovering_.emplace(options_.reconcile_interval, pause_, [this] {
      const base::Call call = OwnCall();
      Note(call, "recover_work", recover_work_.Run(call));
    });
    reconciling_.emplace(options_.reconcile_interval, pause_, [this] {
      const base::Call call = OwnCall();
      Note(call, "reconcile_journal", reconcile_journal_.Run(call));
    });
    if (!ct_) return;
    working_logs_.emplace(options_.reconcile_interval, pause_, [this] {
      const base::Call call = OwnCall();
      Note(call, "work_log_queue", ct_->work.Run(call));
    });
    if (options_.watched_issuers.empty()) return;
    watching_logs_.emplace(options_.log_watch_interval, pause_, [this] {
      const base::Call call = OwnCall();
      Note(call, "watch_logs", ct_->watch.Run(call));
    });
  }

  void Stop() {
    impatience_.Stop();
    pause_.Stop();
    recovering_.reset();
    reconciling_.reset();
    working_logs_.reset();
    watching_logs_.reset();
  }

 private:
  // What an RA with a publisher has beside the rest.
  struct Ct {
    Ct(Ra& ra, const Peers& peers)
        : publisher(peers.publisher),
          log_queue(peers.sa),
          workers(ra.MakeQueue("log_work", ra.options_.log_work)),
          work(ra.options_, {log_queue, publisher}, workers, ra.host_.audit(), ra.host_.clock(),
               ra.observed_),
          log_watch(peers.sa),
          readers(ra.MakeQueue("log_reading", kLogReading)),
          watch(ra.options_, {log_watch, publisher}, readers, ra.host_.audit(), ra.host_.clock(),
                ra.pause_, ra.observed_) {}

    publisher::GrpcPublisher publisher;
    sa::GrpcLogQueue log_queue;
    WorkQueue workers;
    WorkLogQueue work;
    sa::GrpcLogWatch log_watch;
    WorkQueue readers;
    WatchLogs watch;
  };

  WorkQueue MakeQueue(const char* name, const Options::Pool& pool) {
    // The queue alone could hold all that a WorkQueue lets in, so a place that was
    // promised is there, whatever the threads are doing.
    const size_t capacity = pool.threads + pool.queue;
    return WorkQueue(host_.MakePool(name, {.threads = pool.threads, .queue = capacity}), capacity);
  }

  base::Call OwnCall() {
    base::Call call;
    call.deadline = host_.clock().Now() + options_.lease;
    call.trace = base::Trace::Start(host_.random());
    return call;
  }

  void Note(const base::Call& call, const char* what, const absl::Status& status) {
    if (!status.ok()) observed_.BackgroundFailed(call, what, status);
  }

  service::Host& host_;
  const Options options_;
  sa::GrpcAccountWriter accounts_;
  sa::GrpcOrderWriter orders_;
  va::GrpcValidation validation_;
  ca::GrpcSigner signer_;
  ca::GrpcJournal journal_;
  Observed observed_;
  StoppablePause pause_;
  Impatience impatience_;
  const std::unique_ptr<Ct> ct_;  // null without a publisher
  WorkQueue validations_;
  WorkQueue issuances_;
  Validate validate_;
  IssueCertificate issue_;
  NewAccount new_account_;
  UpdateAccount update_account_;
  NewOrder new_order_;
  StartValidation start_validation_;
  FinalizeOrder finalize_order_;
  RecoverWork recover_work_;
  ReconcileJournal reconcile_journal_;
  std::optional<Background> recovering_;
  std::optional<Background> reconciling_;
  std::optional<Background> working_logs_;
  std::optional<Background> watching_logs_;
};

absl::Status Build(service::Host& host, const config::Ra& config) {
  ASSIGN_OR_RETURN(Options options, Options::Parse(config, host.clock().Now()));
  if (host.check_only()) return absl::OkStatus();
  for (const policy::Change& change : options.UnlawfulSoon(host.clock().Now())) {
    host.log().Warn("configuration_unlawful_soon",
                    {{"field", "authorization_lifetime"},
                     {"from", absl::FormatTime(absl::RFC3339_full, change.at, absl::UTCTimeZone())},
                     {"source", change.source}});
  }
  Peers peers;
  ASSIGN_OR_RETURN(peers.sa, host.Dial(config.sa()));
  ASSIGN_OR_RETURN(peers.va, host.Dial(config.va()));
  ASSIGN_OR_RETURN(peers.ca, host.Dial(config.ca()));
  if (options.ct) {
    ASSIGN_OR_RETURN(peers.publisher, host.Dial(config.publisher()));
  }
  if (options.ct && options.watched_issuers.empty()) {
    host.log().Warn("ct_logs_not_watched",
                    {{"field", "watched_issuers"},
                     {"why", "what our issuers sign without this CA would not be noticed"}});
  }
  Ra& ra = host.Own(std::make_unique<Ra>(host, std::move(options), peers));
  host.Serve(ra.MakeService(), {{"cairn.ra.v1.Registration/*", {"wfe"}}});
  host.OnStart([&ra] {
    ra.Start();
    return absl::OkStatus();
  });
  host.OnStop([&ra] { ra.Stop(); });
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::ra

int main(int argc, char** argv) {
  return cairn::service::Main<cairn::config::Ra>({.name = "ra", .argc = argc, .argv = argv},
                                                 cairn::ra::Build);
}
