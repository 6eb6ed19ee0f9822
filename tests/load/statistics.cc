#include "tests/load/statistics.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cmath>

#include "libs/base/strings.h"

namespace cairn::load {
namespace {

constexpr size_t kSamples = 5;

double Milliseconds(SteadyClock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      out += c >= 0x20 && c < 0x7f ? c : '?';
    }
  }
  return out += '"';
}

}  // namespace

std::string_view NameOf(Step step) {
  switch (step) {
    case Step::kNewNonce:
      return "new_nonce";
    case Step::kNewAccount:
      return "new_account";
    case Step::kNewOrder:
      return "new_order";
    case Step::kAuthorization:
      return "authorization";
    case Step::kChallenge:
      return "challenge";
    case Step::kPollOrder:
      return "poll_order";
    case Step::kFinalize:
      return "finalize";
    case Step::kCertificate:
      return "certificate";
    case Step::kChallengeToReady:
      return "challenge_to_ready";
    case Step::kFinalizeToValid:
      return "finalize_to_valid";
    case Step::kWhole:
      return "whole";
  }
  return "";
}

void Statistics::SetWindow(SteadyClock::time_point begin, SteadyClock::time_point end) {
  begin_ = begin;
  end_ = end;
}

bool Statistics::InWindow() const {
  const auto now = SteadyClock::now();
  return now >= begin_ && now < end_;
}

void Statistics::Add(Count& count) {
  ++count.total;
  if (InWindow()) ++count.measured;
}

void Statistics::Took(Step step, SteadyClock::duration time) {
  const auto index = static_cast<size_t>(step);
  if (step < Step::kChallengeToReady) Add(requests_);
  if (InWindow()) times_[index].push_back(time);
}

void Statistics::CertificateIssued() { Add(certificates_); }
void Statistics::Refused() { Add(refused_); }
void Statistics::Retried() { Add(retried_); }
void Statistics::NotStarted() { Add(not_started_); }
void Statistics::BadNonce() { Add(bad_nonces_); }

void Statistics::Failed(const std::string& what) {
  Add(failed_);
  if (samples_.size() < kSamples &&
      std::find(samples_.begin(), samples_.end(), what) == samples_.end()) {
    samples_.push_back(what);
  }
}

double Statistics::Seconds() const { return std::chrono::duration<double>(end_ - begin_).count(); }

SteadyClock::duration Statistics::Quantile(Step step, double share) const {
  auto& times = times_[static_cast<size_t>(step)];
  if (times.empty()) return SteadyClock::duration::zero();
  std::sort(times.begin(), times.end());
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(times.size())));
  return times[std::max<size_t>(rank, 1) - 1];
}

std::string Statistics::ToTable() const {
  std::string out = absl::StrFormat(
      "%d certificates in %.1f s: %.1f a second; %d refused, %d steps retried, %d errors, "
      "%d not started, %d nonces refused\n",
      certificates_.measured, Seconds(),
      static_cast<double>(certificates_.measured) / std::max(Seconds(), 1e-9), refused_.measured,
      retried_.measured, failed_.measured, not_started_.measured, bad_nonces_.measured);
  out += absl::StrFormat("%-20s %9s %9s %9s %9s %9s\n", "step (ms)", "count", "p50", "p90", "p99",
                         "max");
  for (size_t i = 0; i < kSteps; ++i) {
    const auto step = static_cast<Step>(i);
    if (times_[i].empty()) continue;
    out += absl::StrFormat("%-20s %9d %9.2f %9.2f %9.2f %9.2f\n", NameOf(step), times_[i].size(),
                           Milliseconds(Quantile(step, 0.5)), Milliseconds(Quantile(step, 0.9)),
                           Milliseconds(Quantile(step, 0.99)), Milliseconds(Quantile(step, 1)));
  }
  for (const std::string& sample : samples_) out += base::Cat("error: ", sample, "\n");
  return out;
}

std::string Statistics::ToJson(std::string_view more) const {
  std::string out = base::Cat("{", more);
  out += absl::StrFormat(
      "\"seconds\":%.3f,\"certificates\":%d,\"certificates_total\":%d,"
      "\"certificates_per_second\":%.3f,\"refused\":%d,\"refused_total\":%d,\"retried\":%d,"
      "\"errors\":%d,\"errors_total\":%d,\"not_started\":%d,\"bad_nonces\":%d,\"requests_total\":%"
      "d,",
      Seconds(), certificates_.measured, certificates_.total,
      static_cast<double>(certificates_.measured) / std::max(Seconds(), 1e-9), refused_.measured,
      refused_.total, retried_.measured, failed_.measured, failed_.total, not_started_.measured,
      bad_nonces_.measured, requests_.total);
  out += "\"error_samples\":[";
  for (size_t i = 0; i < samples_.size(); ++i) {
    out += base::Cat(i == 0 ? "" : ",", JsonString(samples_[i]));
  }
  out += "],\"steps\":{";
  bool first = true;
  for (size_t i = 0; i < kSteps; ++i) {
    const auto step = static_cast<Step>(i);
    if (times_[i].empty()) continue;
    out += absl::StrFormat(
        "%s\"%s\":{\"count\":%d,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}",
        first ? "" : ",", NameOf(step), times_[i].size(), Milliseconds(Quantile(step, 0.5)),
        Milliseconds(Quantile(step, 0.9)), Milliseconds(Quantile(step, 0.99)),
        Milliseconds(Quantile(step, 1)));
    first = false;
  }
  return out += "}}";
}

}  // namespace cairn::load
