#include "libs/service/main.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/ct/lists/log_lists.h"
#include "libs/dns/unbound_resolver.h"
#include "libs/errors/errors.h"
#include "libs/http/client/api_client.h"
#include "libs/service/host.h"
#include "libs/service/version.h"
#include "protos/config/publisher.pb.h"
#include "services/publisher/core/check_inclusion.h"
#include "services/publisher/core/get_scts.h"
#include "services/publisher/core/log_client.h"
#include "services/publisher/core/log_health.h"
#include "services/publisher/core/read_log.h"
#include "services/publisher/core/submit.h"
#include "services/publisher/core/submit_certificate.h"
#include "services/publisher/options.h"
#include "services/publisher/publisher_service.h"

namespace cairn::publisher {
namespace {

// Submissions and checks after an issuance that wait for logs at one time.
constexpr size_t kBackgroundThreads = 256;
// Health asks for a set of logs that takes certificates of this end and length: all
// that are short-lived end within it.
constexpr absl::Duration kHealthLifetime = absl::Hours(7 * 24);

// What can fail to be made.
struct Parts {
  std::unique_ptr<dns::UnboundResolver> resolver;
  std::unique_ptr<http::ApiClient> web;
  std::unique_ptr<ct::LogLists> lists;
};

absl::StatusOr<std::vector<base::IpAddress>> Resolve(dns::Resolver& resolver,
                                                     const base::Call& call,
                                                     const std::string& host) {
  const std::vector<dns::Question> questions = {{host, dns::Type::kA}, {host, dns::Type::kAaaa}};
  const std::vector<dns::Answer> answers = resolver.ResolveAll(call, questions);
  std::vector<base::IpAddress> addresses;
  for (const dns::Answer& answer : answers) {
    for (const base::IpAddress& address : dns::Addresses(answer)) addresses.push_back(address);
  }
  if (!addresses.empty()) return addresses;
  return errors::Make(errors::Reason::kDns, base::Cat(host, " has no address"));
}

// Everything of the publisher, in the order in which it depends on each other.
class Process {
 public:
  Process(service::Host& host, const Options& options, Parts parts)
      : host_(host),
        interval_(options.log_list.reload_interval),
        parts_(std::move(parts)),
        health_(options.health, host.clock()),
        client_(*parts_.web, options.allow_http),
        submit_(options.get_scts.stagger,
                {client_, health_, host.log(), host.metrics(), host.clock()}),
        pool_(host.MakePool("submissions", {.threads = options.submission_threads,
                                            .queue = options.submission_queue})),
        background_(host.MakePool("background",
                                  {.threads = kBackgroundThreads, .queue = kBackgroundThreads})),
        get_scts_(options.get_scts, {Logs(), submit_, health_, pool_, host.clock(), host.random()}),
        submit_certificate_(options.get_scts.submission_timeout,
                            {Logs(), submit_, health_, host.clock(), host.random()}),
        check_inclusion_(Logs(), client_, host.clock()),
        read_log_(Logs(), client_) {}

  void Serve() {
    host_.Serve(
        std::make_unique<PublisherService>(host_.runner(), background_, get_scts_,
                                           submit_certificate_, check_inclusion_, read_log_),
        {{"cairn.publisher.v1.Publisher/*", {"ra"}}});
    host_.AddHealthCheck("log_list", [this] { return parts_.lists->Check(); });
    host_.AddHealthCheck("logs", [this] {
      const absl::Time now = host_.clock().Now();
      return get_scts_.CheckEnough(now, now + kHealthLifetime);
    });
    host_.OnStart([this] {
      parts_.lists->Start(interval_);
      return absl::OkStatus();
    });
    host_.OnStop([this] { parts_.lists->Stop(); });
  }

 private:
  CurrentLogs Logs() {
    return [this] { return parts_.lists->current(); };
  }

  service::Host& host_;
  const absl::Duration interval_;
  const Parts parts_;
  LogHealth health_;
  const LogClient client_;
  Submit submit_;
  base::WorkerPool& pool_;
  base::WorkerPool& background_;
  const GetScts get_scts_;
  const SubmitCertificate submit_certificate_;
  const CheckInclusion check_inclusion_;
  const ReadLog read_log_;
};

absl::Status Build(service::Host& host, const config::Publisher& config) {
  ASSIGN_OR_RETURN(const Options options, Options::Parse(config));
  Parts parts;
  ASSIGN_OR_RETURN(parts.lists,
                   ct::LogLists::Open(options.log_list.files, *options.log_list.key,
                                      {"publisher", host.clock(), host.log(), host.metrics()}));
  if (host.check_only()) return absl::OkStatus();

  dns::UnboundResolver::Options resolver;
  resolver.forward = options.resolver;
  resolver.timeout = options.get_scts.submission_timeout;
  ASSIGN_OR_RETURN(parts.resolver, dns::UnboundResolver::Create(resolver, host.clock()));
  ASSIGN_OR_RETURN(parts.web, http::ApiClient::Create(
                                  {.user_agent = base::Cat("Cairn/", service::kVersion),
                                   .trusted_roots = options.trusted_roots,
                                   .total_timeout = options.get_scts.submission_timeout},
                                  [resolver = parts.resolver.get()](const base::Call& call,
                                                                    const std::string& host_name) {
                                    return Resolve(*resolver, call, host_name);
                                  },
                                  host.clock()));
  host.Own(std::make_unique<Process>(host, options, std::move(parts))).Serve();
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::publisher

int main(int argc, char** argv) {
  return cairn::service::Main<cairn::config::Publisher>(
      {.name = "publisher", .argc = argc, .argv = argv}, cairn::publisher::Build);
}
