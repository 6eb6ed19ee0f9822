#include "services/va/dns_self_test.h"

#include <algorithm>
#include <condition_variable>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::va {
namespace {

using errors::Reason;

// How soon a test that has not passed is done again.
constexpr absl::Duration kRetry = absl::Seconds(10);
// For how many intervals a verdict holds when no new one can be had.
constexpr int kIntervalsKept = 3;

metrics::Counter CounterFor(metrics::Registry& metrics, const char* outcome) {
  return metrics.Counter("cairn_va_dnssec_self_tests_total",
                         "Tests of whether the resolver validates DNSSEC, by outcome.",
                         {{"outcome", outcome}});
}

// Whether the resolver had something to say, be it that the answer is bogus.
bool IsVerdict(const dns::Answer& answer) {
  return answer.dnssec == dns::Dnssec::kBogus || answer.rcode == dns::kNoError ||
         answer.rcode == dns::kNameError;
}

}  // namespace

DnsSelfTest::DnsSelfTest(Options options, dns::Resolver& resolver, const base::Clock& clock,
                         log::Logger& log, metrics::Registry& metrics)
    : options_(std::move(options)),
      resolver_(resolver),
      clock_(clock),
      log_(log),
      passed_(CounterFor(metrics, "passed")),
      failed_(CounterFor(metrics, "failed")),
      unknown_(CounterFor(metrics, "unknown")),
      verdict_(errors::Make(Reason::kUnavailable, "DNSSEC validation has not been tested yet")) {}

DnsSelfTest::~DnsSelfTest() { Stop(); }

void DnsSelfTest::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      Run();
      wake.wait_for(lock, stop, absl::ToChronoNanoseconds(Pause()), [] { return false; });
    }
  });
}

void DnsSelfTest::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void DnsSelfTest::Run() {
  const Finding finding = Look();
  if (!finding.wrong.empty()) {
    failed_.Add();
    log_.Error("dnssec_not_validated", {{"why", finding.wrong}});
  } else if (!finding.unknown.empty()) {
    unknown_.Add();
    log_.Warn("dnssec_self_test_unknown", {{"why", finding.unknown}});
    return;
  } else {
    passed_.Add();
  }
  std::lock_guard lock(mutex_);
  verdict_ =
      finding.wrong.empty() ? absl::OkStatus() : errors::Make(Reason::kUnavailable, finding.wrong);
  verdict_at_ = clock_.Now();
}

DnsSelfTest::Finding DnsSelfTest::Look() const {
  const std::vector<dns::Question> questions = {{options_.known_good, dns::Type::kA},
                                                {options_.known_bad, dns::Type::kA}};
  const std::vector<dns::Answer> answers = resolver_.ResolveAll({}, questions);
  const dns::Dnssec expected[] = {dns::Dnssec::kSecure, dns::Dnssec::kBogus};
  Finding finding;
  for (size_t i = 0; i < questions.size(); ++i) {
    const dns::Answer& answer = answers[i];
    if (answer.dnssec == expected[i]) continue;
    const std::string why = dns::Explain(answer);
    const std::string what =
        base::Cat(questions[i].name, " is ", dns::NameOf(answer.dnssec), ", not ",
                  dns::NameOf(expected[i]), why.empty() ? "" : ": ", why);
    (IsVerdict(answer) ? finding.wrong : finding.unknown) = what;
  }
  return finding;
}

absl::Duration DnsSelfTest::Pause() const {
  return Health().ok() ? options_.interval : std::min(options_.interval, kRetry);
}

absl::Status DnsSelfTest::Health() const {
  std::lock_guard lock(mutex_);
  if (!verdict_.ok()) return verdict_;
  if (clock_.Now() - verdict_at_ <= kIntervalsKept * options_.interval) return absl::OkStatus();
  return errors::Make(Reason::kUnavailable, "DNSSEC validation could not be tested for too long");
}

}  // namespace cairn::va
