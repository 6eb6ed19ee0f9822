#include "services/va/reports/send_reports.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/caa/caa.h"
#include "libs/errors/errors.h"

namespace cairn::va {
namespace {

using errors::Reason;

// More wishes of one RRset are not looked at.
constexpr size_t kMaxDestinations = 4;
// What a server may answer; nobody reads it.
constexpr size_t kMaxResponse = 64 * 1024;
constexpr size_t kIdSize = 16;

constexpr char kMetric[] = "cairn_va_caa_reports_total";
constexpr char kMetricHelp[] = "Reports that CAA records ask for, by what became of them.";

}  // namespace

const metrics::Counter& SendReports::OfScheme::Of(Outcome outcome) const {
  switch (outcome) {
    case Outcome::kSent:
      return sent;
    case Outcome::kFailed:
      return failed;
    case Outcome::kLimited:
      return limited;
    case Outcome::kUnusable:
      break;
  }
  return unusable;
}

SendReports::OfScheme SendReports::CountersOf(const std::string& scheme) const {
  const auto counter = [&](const char* outcome) {
    return environment_.metrics.Counter(kMetric, kMetricHelp,
                                        {{"scheme", scheme}, {"outcome", outcome}});
  };
  return {counter("sent"), counter("failed"), counter("limited"), counter("unusable")};
}

SendReports::SendReports(Options options, const Environment& environment)
    : options_(std::move(options)),
      environment_(environment),
      limits_(options_.interval, options_.per_hour, environment.clock),
      https_(CountersOf("https")),
      mailto_(CountersOf("mailto")),
      other_scheme_(environment.metrics.Counter(kMetric, kMetricHelp,
                                                {{"scheme", "other"}, {"outcome", "unusable"}})),
      changed_(environment.metrics.Counter(kMetric, kMetricHelp,
                                           {{"scheme", "any"}, {"outcome", "changed"}})) {}

void SendReports::Run(const CaaRefusal& refusal) {
  const base::Call call = base::Call{}.Within(environment_.clock, options_.timeout);
  const dns::Question question{refusal.caa.found_at(), dns::Type::kCaa};
  const dns::Answer answer = environment_.resolver.Resolve(call, question);
  // A quorum saw the set with this digest; who wants reports by now is not known.
  if (!dns::Check(question, answer).ok() ||
      caa::Digest(answer.records) != refusal.caa.rrset_digest()) {
    changed_.Add();
    return;
  }
  std::vector<std::string> urls = caa::ReportUrls(answer.records);
  urls.resize(std::min(urls.size(), kMaxDestinations));
  for (const std::string& url : urls) {
    const std::optional<Destination> destination = ParseDestination(url);
    if (!destination) {
      other_scheme_.Add();
      continue;
    }
    const OfScheme& counters = destination->mailbox.empty() ? https_ : mailto_;
    counters.Of(Report(call, refusal, *destination)).Add();
  }
}

SendReports::Outcome SendReports::Report(const base::Call& call, const CaaRefusal& refusal,
                                         const Destination& destination) {
  const bool by_mail = !destination.mailbox.empty();
  if (by_mail ? environment_.mail == nullptr : environment_.web == nullptr) {
    return Outcome::kUnusable;
  }
  if (!limits_.Admit(destination.domain)) return Outcome::kLimited;
  const std::string id = base::ToHex(environment_.random.Bytes(kIdSize));
  const absl::Time now = environment_.clock.Now();
  const std::string document = IodefDocument(options_.reporter, refusal, id, now);
  const absl::Status status =
      by_mail ? environment_.mail->Send(
                    call, options_.reporter.mailbox, destination.mailbox,
                    ComposeMail(options_.reporter, refusal, id, destination.mailbox, document, now))
              : Post(call, destination, document);
  if (!status.ok()) {
    environment_.log.Info("caa_report_failed", {{"name", refusal.name},
                                                {"domain", destination.domain},
                                                {"incident", id},
                                                {"error", status}});
    return Outcome::kFailed;
  }
  environment_.log.Info("caa_report_sent",
                        {{"name", refusal.name}, {"domain", destination.domain}, {"incident", id}});
  return Outcome::kSent;
}

absl::Status SendReports::Post(const base::Call& call, const Destination& destination,
                               const std::string& document) const {
  Url url = destination.url;
  url.port.reset();
  if (options_.https_port != 443) url.port = options_.https_port;
  const absl::StatusOr<http::ApiResponse> response =
      environment_.web->Send(call, {.method = "POST",
                                    .url = url.ToText(),
                                    .content_type = "application/xml; charset=utf-8",
                                    .body = document,
                                    .body_limit = kMaxResponse,
                                    .cancellation = environment_.cancellation});
  if (!response.ok()) return response.status();
  // A redirect is not followed: where it leads nobody has checked.
  if (response->status >= 200 && response->status <= 299) return absl::OkStatus();
  return errors::Make(Reason::kConnection, base::Cat("HTTP status ", response->status));
}

}  // namespace cairn::va
