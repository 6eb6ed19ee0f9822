#include "libs/service/main.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "libs/base/ip_address.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/dns/unbound_resolver.h"
#include "libs/errors/errors.h"
#include "libs/evidence/quorum.h"
#include "libs/http/client/client.h"
#include "libs/http/tls_probe/tls_probe.h"
#include "libs/policy/addresses.h"
#include "libs/service/host.h"
#include "libs/service/peer.h"
#include "libs/service/version.h"
#include "protos/config/va.pb.h"
#include "services/va/core/check_caa.h"
#include "services/va/core/corroborate.h"
#include "services/va/core/observe.h"
#include "services/va/core/rules_watch.h"
#include "services/va/core/validate_dns01.h"
#include "services/va/core/validate_dns_persist01.h"
#include "services/va/core/validate_http01.h"
#include "services/va/core/validate_tls_alpn01.h"
#include "services/va/dns_self_test.h"
#include "services/va/grpc_remotes.h"
#include "services/va/options.h"
#include "services/va/reports/caa_reports.h"
#include "services/va/va_service.h"

namespace cairn::va {
namespace {

using evidence::Vote;

// How long the resolver's self-test may take.
constexpr absl::Duration kHealthTimeout = absl::Seconds(2);

// What can fail to be made.
struct Parts {
  crypto::PrivateKey key;
  std::unique_ptr<dns::UnboundResolver> resolver;
  std::unique_ptr<http::Client> web;
  std::unique_ptr<http::OpenSslTlsProbe> tls_probe;
  std::vector<std::shared_ptr<service::Peer>> remotes;
};

// Everything of one perspective, in the order in which it depends on each other.
class Va {
 public:
  Va(service::Host& host, Options parsed, Parts parts)
      : host_(host),
        options_(std::move(parsed)),
        parts_(std::move(parts)),
        addresses_(options_.allowed_addresses),
        http01_({.http_port = options_.http01_port, .https_port = options_.https_port}, addresses_,
                *parts_.web),
        tls_alpn01_({.port = options_.https_port}, addresses_, *parts_.tls_probe),
        persist01_(options_.caa_identities, host.clock()),
        check_caa_(options_.caa_identities, options_.base_urls),
        observe_({.perspective_id = options_.perspective.id,
                  .rir = options_.perspective.rir,
                  .software_version = std::string(service::kVersion),
                  .resolver = "libunbound " + dns::UnboundResolver::Version(),
                  .timeout = options_.validation_timeout},
                 parts_.key, *parts_.resolver,
                 {{"http-01", &http01_},
                  {"dns-01", &dns01_},
                  {"tls-alpn-01", &tls_alpn01_},
                  {"dns-account-01", &dns01_},
                  {"dns-persist-01", &persist01_}},
                 check_caa_, host.clock()),
        remotes_(parts_.remotes),
        pool_(host.MakePool("looks", {.threads = options_.validation_threads,
                                      .queue = options_.validation_queue})) {}

  absl::Status Serve() {
    if (!options_.primary) {
      host_.Serve(std::make_unique<PerspectiveService>(host_.runner(), pool_, observe_),
                  {{"cairn.va.v1.Perspective/*", {"va"}}});
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(MakeReports());
    Corroborate::Options options{.pack = options_.pack,
                                 .caa_identities = options_.caa_identities,
                                 .software_version = std::string(service::kVersion),
                                 .timeout = options_.attempt_timeout(),
                                 .linger = options_.linger,
                                 .problem_linger = options_.problem_linger,
                                 .late_attempts = options_.late_attempts};
    options.perspectives.push_back({.site = options_.perspective});
    for (const Options::Remote& remote : options_.remotes) {
      options.perspectives.push_back({.site = remote.perspective, .shadow = remote.shadow});
    }
    rules_.emplace(options_.pack, options_.Counted(), host_.log(), host_.metrics(), host_.clock());
    corroborate_.emplace(
        std::move(options),
        Corroborate::Environment{*rules_, observe_, remotes_, host_.audit(), host_.log(),
                                 host_.metrics(), host_.clock(), host_.random(),
                                 reports_ ? &reports_->refusals() : nullptr});
    host_.Serve(std::make_unique<ValidationService>(host_.runner(), pool_, *corroborate_),
                {{"cairn.va.v1.Validation/*", {"ra"}}});
    host_.AddHealthCheck("quorum", [this] { return CheckQuorum(); });
    host_.AddHealthCheck("rules", [this] { return rules_->Check(); });
    ShowRoutingSecurity();
    return absl::OkStatus();
  }

  void ShowAddressRegistry() {
    host_.metrics()
        .Gauge("cairn_va_address_registry_snapshot_timestamp_seconds",
               "When the table of special-purpose addresses was last compared with IANA's.")
        .Set(static_cast<double>(absl::ToUnixSeconds(policy::AddressRegistrySnapshot())));
  }

  void WatchResolver() {
    if (options_.self_test) {
      self_test_.emplace(*options_.self_test, *parts_.resolver, host_.clock(), host_.log(),
                         host_.metrics());
      host_.AddHealthCheck("dnssec", [this] { return self_test_->Health(); });
      host_.OnStart([this] {
        self_test_->Start();
        return absl::OkStatus();
      });
      host_.OnStop([this] { self_test_->Stop(); });
    }
    if (options_.health_name.empty()) return;
    host_.AddHealthCheck("resolver", [this]() -> absl::Status {
      base::Call call;
      call.deadline = host_.clock().Now() + kHealthTimeout;
      const dns::Question question{options_.health_name, dns::Type::kA};
      const dns::Answer answer = parts_.resolver->Resolve(call, question);
      RETURN_IF_ERROR(dns::Check(question, answer));
      if (!answer.records.empty()) return absl::OkStatus();
      return errors::Make(errors::Reason::kUnavailable,
                          base::Cat("no address for ", options_.health_name));
    });
  }

 private:
  // What BR 3.2.2.9 asks of the networks is for people to judge: here it is told.
  void ShowRoutingSecurity() {
    const auto show = [this](const std::string& id, const std::string& routing_security) {
      if (routing_security.empty()) return;
      host_.log().Info("perspective_network",
                       {{"perspective", id}, {"routing_security", routing_security}});
    };
    show(options_.perspective.id, options_.routing_security);
    for (const Options::Remote& remote : options_.remotes) {
      show(remote.perspective.id, remote.routing_security);
    }
  }

  absl::Status MakeReports() {
    if (!options_.caa_reports) return absl::OkStatus();
    const Options::CaaReports& configured = *options_.caa_reports;
    CaaReports::Options options{.send = {.reporter = {.issuer = options_.caa_identities.front(),
                                                      .mailbox = configured.mailbox},
                                         .interval = configured.interval,
                                         .per_hour = configured.per_hour,
                                         .https_port = options_.https_port},
                                .trusted_roots = configured.trusted_roots,
                                .user_agent = options_.user_agent,
                                .queue = configured.queue};
    if (configured.smtp_relay) {
      options.relay = SmtpRelay::Options{
          .address = base::IpAddress::Parse(configured.smtp_relay->host).value(),
          .port = configured.smtp_relay->port,
          .client_name = configured.mailbox.substr(configured.mailbox.rfind('@') + 1)};
    }
    ASSIGN_OR_RETURN(reports_, CaaReports::Create(std::move(options), {.resolver = *parts_.resolver,
                                                                       .addresses = addresses_,
                                                                       .log = host_.log(),
                                                                       .metrics = host_.metrics(),
                                                                       .clock = host_.clock(),
                                                                       .random = host_.random()}));
    return absl::OkStatus();
  }

  // Whether those that can be reached could still make a quorum.
  absl::Status CheckQuorum() const {
    std::vector<Vote> votes = {{.primary = true, .answer = Vote::Answer::kYes}};
    const std::vector<bool> reachable = remotes_.Reachable();
    for (size_t i = 0; i < reachable.size(); ++i) {
      if (options_.remotes[i].shadow) continue;
      votes.push_back({.rir = options_.remotes[i].perspective.rir,
                       .answer = reachable[i] ? Vote::Answer::kYes : Vote::Answer::kNo});
    }
    const policy::Limits limits = policy::LimitsAt(options_.pack, host_.clock().Now());
    if (evidence::Decide(limits, votes) == evidence::Verdict::kReached) return absl::OkStatus();
    return errors::Make(errors::Reason::kUnavailable,
                        base::Cat("remote perspectives reachable: ", evidence::ToText(votes)));
  }

  service::Host& host_;
  const Options options_;
  const Parts parts_;
  const policy::AddressRules addresses_;
  const ValidateHttp01 http01_;
  const ValidateTlsAlpn01 tls_alpn01_;
  const ValidateDns01 dns01_;
  const ValidateDnsPersist01 persist01_;
  const CheckCaa check_caa_;
  const Observe observe_;
  GrpcRemotes remotes_;
  base::WorkerPool& pool_;
  std::optional<RulesWatch> rules_;
  std::unique_ptr<CaaReports> reports_;
  std::optional<Corroborate> corroborate_;
  std::optional<DnsSelfTest> self_test_;
};

absl::Status Build(service::Host& host, const config::Va& config) {
  ASSIGN_OR_RETURN(Options options, Options::Parse(config, host.clock().Now()));
  if (options.primary) {
    for (const std::string& warning :
         WarningsOf(options.pack, options.Counted(), host.clock().Now())) {
      host.log().Warn("config_unlawful_soon", {{"what", warning}});
    }
  }
  auto key = crypto::PrivateKey::FromPemFile(options.receipt_key);
  if (!key.ok() || key->public_key().type() != crypto::KeyType::kEcP256) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat("receipt_key: ", key.ok() ? "must be a P-256 key"
                                                            : std::string(key.status().message())));
  }
  if (host.check_only()) return absl::OkStatus();

  Parts parts{.key = *std::move(key)};
  ASSIGN_OR_RETURN(parts.resolver, dns::UnboundResolver::Create(options.resolver, host.clock()));
  ASSIGN_OR_RETURN(parts.web, http::Client::Create({.user_agent = options.user_agent,
                                                    .connect_timeout = options.connect_timeout,
                                                    .total_timeout = options.validation_timeout},
                                                   host.clock()));
  ASSIGN_OR_RETURN(parts.tls_probe,
                   http::OpenSslTlsProbe::Create({.connect_timeout = options.connect_timeout,
                                                  .total_timeout = options.validation_timeout},
                                                 host.clock()));
  for (const Options::Remote& remote : options.remotes) {
    ASSIGN_OR_RETURN(std::shared_ptr<service::Peer> peer, host.DialOptional(remote.peer));
    parts.remotes.push_back(std::move(peer));
  }
  Va& va = host.Own(std::make_unique<Va>(host, std::move(options), std::move(parts)));
  RETURN_IF_ERROR(va.Serve());
  va.WatchResolver();
  va.ShowAddressRegistry();
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::va

int main(int argc, char** argv) {
  return cairn::service::Main<cairn::config::Va>({.name = "va", .argc = argc, .argv = argv},
                                                 cairn::va::Build);
}
