#include "libs/service/main.h"

#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/public_key.h"
#include "libs/ct/lists/log_lists.h"
#include "libs/errors/errors.h"
#include "libs/journal/journal.h"
#include "libs/metrics/metrics.h"
#include "libs/policy/calendar.h"
#include "libs/service/host.h"
#include "libs/service/version.h"
#include "protos/audit/v1/audit.pb.h"
#include "protos/config/ca.pb.h"
#include "services/ca/ca_service.h"
#include "services/ca/core/complete_certificate.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issue_certificate.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/lints.h"
#include "services/ca/core/read_journal.h"
#include "services/ca/core/refusals.h"
#include "services/ca/core/revoke.h"
#include "services/ca/core/sign_crl.h"
#include "services/ca/core/sign_journaled.h"
#include "services/ca/core/sign_ocsp.h"
#include "services/ca/core/use_key.h"
#include "services/ca/keys.h"
#include "services/ca/options.h"
#include "services/ca/signing/signer.h"

namespace cairn::ca {
namespace {

// How long before a rule changes an unlawful configuration is complained about.
constexpr absl::Duration kWarnAhead = absl::Hours(24 * 60);

// What each issuer may do by its configuration, and whether it was stopped since.
void AddIssuerMetrics(metrics::Registry& metrics, const Issuers& issuers) {
  for (const Issuer& issuer : issuers.all()) {
    metrics
        .Gauge("cairn_ca_issuer_info", "1 for the state in which the configuration has the issuer",
               {{"issuer", issuer.name}, {"state", std::string(NameOf(issuer.state))}})
        .Set(1);
    const metrics::Gauge stopped =
        metrics.Gauge("cairn_ca_issuer_stopped", "1 after a signature that was not right",
                      {{"issuer", issuer.name}});
    metrics.OnScrape(
        [&issuers, &issuer, stopped] { stopped.Set(issuers.IsStopped(issuer.name) ? 1 : 0); });
  }
}

// Everything of the signer, in the order in which it depends on each other.
class Ca {
 public:
  // `logs` is null without CT.
  Ca(service::Host& host, Options parsed, signing::Signer& signer, IssuanceJournal& journal,
     const ct::LogLists* logs)
      : options_(std::move(parsed)),
        clock_(host.clock()),
        journal_(journal),
        issuers_(options_.issuers),
        lints_({.pack = options_.pack,
                .allowed = options_.allowed_lints,
                .blocked_keys = options_.blocked_keys,
                .public_suffixes =
                    options_.public_suffixes.has_value() ? &*options_.public_suffixes : nullptr}),
        key_({.issuers = issuers_,
              .signer = signer,
              .audit = host.audit(),
              .clock = host.clock(),
              .metrics = host.metrics()}),
        sign_({.issuers = issuers_,
               .journal = journal_,
               .key = key_,
               .audit = host.audit(),
               .metrics = host.metrics()}),
        refusals_(host.audit(), host.metrics()),
        issue_({.pack = options_.pack,
                .instance = options_.instance,
                .profiles = options_.profiles,
                .keys = {.p521_certificates = true, .blocklist = &options_.blocked_keys},
                .with_ct = logs != nullptr},
               {.verifier = options_.verifier,
                .issuers = issuers_,
                .journal = journal_,
                .lints = lints_,
                .sign = sign_,
                .refusals = refusals_,
                .clock = host.clock(),
                .random = host.random()}),
        revoke_(options_.instance, {.issuers = issuers_,
                                    .journal = journal_,
                                    .audit = host.audit(),
                                    .refusals = refusals_,
                                    .clock = host.clock()}),
        crl_(options_.instance, {.issuers = issuers_,
                                 .journal = journal_,
                                 .lints = lints_,
                                 .key = key_,
                                 .audit = host.audit(),
                                 .refusals = refusals_,
                                 .clock = host.clock(),
                                 .metrics = host.metrics()}),
        ocsp_({.issuers = issuers_,
               .journal = journal_,
               .lints = lints_,
               .key = key_,
               .audit = host.audit(),
               .refusals = refusals_,
               .clock = host.clock(),
               .metrics = host.metrics()}),
        read_(journal_) {
    AddIssuerMetrics(host.metrics(), issuers_);
    if (logs == nullptr) return;
    complete_.emplace(CompleteCertificate::Parts{.logs = [logs] { return logs->current(); },
                                                 .policy = options_.ct->policy,
                                                 .issuers = issuers_,
                                                 .journal = journal_,
                                                 .lints = lints_,
                                                 .sign = sign_,
                                                 .refusals = refusals_,
                                                 .clock = host.clock()});
  }

  IssueCertificate& issue() { return issue_; }
  // Null without CT.
  CompleteCertificate* complete() { return complete_.has_value() ? &*complete_ : nullptr; }
  Revoke& revoke() { return revoke_; }
  SignCrl& crl() { return crl_; }
  SignOcsp& ocsp() { return ocsp_; }
  const ReadJournal& read() const { return read_; }

  absl::Status CheckJournal() const { return journal_.Writable(); }
  absl::Status CheckIssuers() const {
    for (const Profile& profile : options_.profiles) {
      for (const crypto::KeyType type : profile.key_types) {
        if (!issuers_.CanPick(type, clock_.Now() + profile.validity)) {
          return errors::Make(errors::Reason::kUnavailable,
                              "no issuer is active and lives long enough for " + profile.name);
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  Options options_;
  base::Clock& clock_;
  IssuanceJournal& journal_;
  Issuers issuers_;
  Lints lints_;
  UseKey key_;
  SignJournaled sign_;
  Refusals refusals_;
  IssueCertificate issue_;
  Revoke revoke_;
  SignCrl crl_;
  SignOcsp ocsp_;
  std::optional<CompleteCertificate> complete_;
  const ReadJournal read_;
};

absl::StatusOr<const ct::LogLists*> OpenLogList(service::Host& host, const Options& options) {
  if (!options.ct.has_value()) return nullptr;
  const ct::LogListOptions& log_list = options.ct->log_list;
  ASSIGN_OR_RETURN(
      std::unique_ptr<ct::LogLists> lists,
      ct::LogLists::Open(
          log_list.files, *log_list.key,
          {.service = "ca", .clock = host.clock(), .log = host.log(), .metrics = host.metrics()}));
  if (host.check_only()) return nullptr;
  ct::LogLists& owned = host.Own(std::move(lists));
  host.OnStart([&owned, interval = log_list.reload_interval] {
    owned.Start(interval);
    return absl::OkStatus();
  });
  host.OnStop([&owned] { owned.Stop(); });
  host.AddHealthCheck("log_list", [&owned] { return owned.Check(); });
  return &owned;
}

absl::StatusOr<IssuanceJournal*> OpenJournal(service::Host& host, const Options& options,
                                             const config::Ca& config) {
  journal::Recovery recovery;
  ASSIGN_OR_RETURN(std::unique_ptr<journal::Journal> log,
                   journal::Journal::Open({.directory = options.journal_directory}, &recovery));
  host.log().Info("journal_opened",
                  {{"records", recovery.records}, {"bytes_cut", recovery.bytes_cut}});
  if (recovery.bytes_cut > 0) {
    audit::v1::Event event;
    event.mutable_journal_recovered()->set_records(recovery.records);
    event.mutable_journal_recovered()->set_bytes_cut(recovery.bytes_cut);
    event.mutable_journal_recovered()->set_segment(recovery.segment);
    RETURN_IF_ERROR(host.audit().Write(event));
  }
  journal::Journal& owned = host.Own(std::move(log));
  const metrics::Gauge syncs = host.metrics().Gauge(
      "cairn_ca_journal_syncs", "How often the journal has been synced to its disk");
  host.metrics().OnScrape([&owned, syncs] { syncs.Set(static_cast<double>(owned.syncs())); });
  ASSIGN_OR_RETURN(std::unique_ptr<IssuanceJournal> journal,
                   IssuanceJournal::Open(owned, host.clock()));
  v1::Started started;
  started.set_software_version(std::string(service::kVersion));
  started.set_instance(options.instance);
  started.set_config_digest(crypto::Sha256(config.SerializeAsString()));
  RETURN_IF_ERROR(journal->AppendStarted(started));
  return &host.Own(std::move(journal));
}

void WarnOfChanges(service::Host& host, const Options& options) {
  for (const policy::Change& change : policy::ChangesWithin(host.clock().Now(), kWarnAhead)) {
    for (const std::string& line : options.UnlawfulAt(change.at)) {
      host.log().Warn("config_unlawful_soon",
                      {{"from", absl::FormatTime(change.at, absl::UTCTimeZone())}, {"what", line}});
    }
  }
}

absl::Status Build(service::Host& host, const config::Ca& config) {
  ASSIGN_OR_RETURN(Options options, Options::Parse(config, host.clock().Now()));
  WarnOfChanges(host, options);
  ASSIGN_OR_RETURN(const ct::LogLists* logs, OpenLogList(host, options));
  if (host.check_only()) return absl::OkStatus();
  ASSIGN_OR_RETURN(signing::Signer * signer, OpenKeys(host, options));
  ASSIGN_OR_RETURN(IssuanceJournal * journal, OpenJournal(host, options, config));
  Ca& ca = host.Own(std::make_unique<Ca>(host, std::move(options), *signer, *journal, logs));
  host.Serve(std::make_unique<SignerService>(host.runner(), ca.issue(), ca.complete()),
             {{"cairn.ca.v1.Signer/SignPrecertificate", {"ra"}},
              {"cairn.ca.v1.Signer/SignCertificate", {"ra"}}});
  host.Serve(std::make_unique<StatusSignerService>(host.runner(), ca.revoke(), ca.crl(), ca.ocsp()),
             {{"cairn.ca.v1.StatusSigner/Revoke", {"ra"}},
              {"cairn.ca.v1.StatusSigner/SignCrl", {"crl-updater"}},
              {"cairn.ca.v1.StatusSigner/SignOcspResponses", {"ra"}}});
  host.Serve(std::make_unique<JournalService>(host.runner(), ca.read()),
             {{"cairn.ca.v1.Journal/ReadJournal", {"ra"}}});
  host.AddHealthCheck("journal", [&ca] { return ca.CheckJournal(); });
  host.AddHealthCheck("issuers", [&ca] { return ca.CheckIssuers(); });
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::ca

int main(int argc, char** argv) {
  return cairn::service::Main<cairn::config::Ca>({.name = "ca", .argc = argc, .argv = argv},
                                                 cairn::ca::Build);
}
