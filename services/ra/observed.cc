#include "services/ra/observed.h"

#include <absl/strings/str_format.h>

#include <initializer_list>
#include <string>

#include "libs/base/encoding.h"
#include "libs/errors/errors.h"

namespace cairn::ra {
namespace {

// Catches a change of the enums that the arrays below would not follow.
static_assert(static_cast<int>(ValidationOutcome::kUnfinished) == 3);
static_assert(static_cast<int>(IssuanceOutcome::kUnfinished) == 3);
static_assert(static_cast<int>(Recovered::kSerial) == 2);
static_assert(static_cast<int>(LogOutcome::kElsewhere) == 6);

metrics::Counter Validations(metrics::Registry& registry, const char* outcome) {
  return registry.Counter("cairn_ra_validations_total", "Validations that ended, by outcome.",
                          {{"outcome", outcome}});
}

metrics::Counter Issuances(metrics::Registry& registry, const char* outcome) {
  return registry.Counter("cairn_ra_issuances_total", "Issuances that ended, by outcome.",
                          {{"outcome", outcome}});
}

metrics::Counter RecoveredWork(metrics::Registry& registry, const char* what) {
  return registry.Counter("cairn_ra_recovered_total",
                          "Work of others that was taken up after its lease or its worker ended.",
                          {{"what", what}});
}

metrics::Counter LogWork(metrics::Registry& registry, const char* outcome) {
  return registry.Counter("cairn_ra_log_work_total",
                          "Work with CT logs after an issuance that ended, by outcome.",
                          {{"outcome", outcome}});
}

}  // namespace

Observed::Observed(metrics::Registry& registry, log::Logger& log)
    : registry_(registry),
      log_(log),
      validations_{Validations(registry, "valid"), Validations(registry, "invalid"),
                   Validations(registry, "elsewhere"), Validations(registry, "unfinished")},
      issuances_{Issuances(registry, "issued"), Issuances(registry, "refused"),
                 Issuances(registry, "elsewhere"), Issuances(registry, "unfinished")},
      recovered_{RecoveredWork(registry, "validation"), RecoveredWork(registry, "issuance"),
                 RecoveredWork(registry, "serial")},
      log_work_{LogWork(registry, "submitted"), LogWork(registry, "not_submitted"),
                LogWork(registry, "included"),  LogWork(registry, "not_yet"),
                LogWork(registry, "broken"),    LogWork(registry, "given_up"),
                LogWork(registry, "elsewhere")},
      scts_refused_(registry.Counter("cairn_ra_scts_refused_total",
                                     "Sets of SCTs that the signer did not take.")),
      oldest_unsubmitted_(registry.Gauge(
          "cairn_ra_oldest_unsubmitted_seconds",
          "For how long the oldest certificate that no log has taken waits for that.")),
      unexplained_(registry.Counter(
          "cairn_ra_log_entries_unexplained_total",
          "Certificates of our issuers in CT logs that this CA did not issue. Not one is right.")) {
}

void Observed::ValidationEnded(const base::Call& call, uint64_t order_id, uint32_t position,
                               ValidationOutcome outcome, const absl::Status& why) {
  validations_[static_cast<int>(outcome)].Add();
  if (outcome != ValidationOutcome::kUnfinished) return;
  log_.Warn("validation_unfinished", {log::Trace(call),
                                      {"order", absl::StrFormat("%016x", order_id)},
                                      {"position", position},
                                      {"reason", errors::MappingOf(errors::ReasonOf(why)).name},
                                      {"error", why}});
}

void Observed::IssuanceEnded(const base::Call& call, uint64_t order_id, IssuanceOutcome outcome,
                             const absl::Status& why) {
  issuances_[static_cast<int>(outcome)].Add();
  if (outcome != IssuanceOutcome::kUnfinished) return;
  log_.Warn("issuance_unfinished", {log::Trace(call),
                                    {"order", absl::StrFormat("%016x", order_id)},
                                    {"reason", errors::MappingOf(errors::ReasonOf(why)).name},
                                    {"error", why}});
}

void Observed::SctsRefused(const base::Call& call, uint64_t order_id, const absl::Status& why) {
  scts_refused_.Add();
  log_.Warn("scts_refused", {log::Trace(call),
                             {"order", absl::StrFormat("%016x", order_id)},
                             {"reason", errors::MappingOf(errors::ReasonOf(why)).name},
                             {"error", why}});
}

void Observed::LogWorkEnded(const base::Call& call, std::string_view serial, LogOutcome outcome,
                            const absl::Status& why) {
  log_work_[static_cast<int>(outcome)].Add();
  if (why.ok()) return;
  const std::string hex = base::ToHex(serial);
  const std::initializer_list<log::Field> fields = {
      log::Trace(call),
      {"serial", hex},
      {"reason", errors::MappingOf(errors::ReasonOf(why)).name},
      {"error", why}};
  if (outcome == LogOutcome::kBroken || outcome == LogOutcome::kGivenUp) {
    log_.Error("log_work_failed", fields);
  } else {
    log_.Warn("log_work_unfinished", fields);
  }
}

void Observed::OldestUnsubmitted(absl::Duration age) {
  oldest_unsubmitted_.Set(absl::ToDoubleSeconds(age));
}

Observed::Reading& Observed::ReadingOf(std::string_view log) {
  const auto found = readings_.find(log);
  if (found != readings_.end()) return found->second;
  const std::string name(log);
  log_.Info("ct_log_watched", {{"log", name}});
  return readings_
      .emplace(
          name,
          Reading{
              registry_.Counter("cairn_ra_log_entries_read_total",
                                "Entries of CT logs that were looked at.", {{"log", name}}),
              registry_.Gauge("cairn_ra_log_entries_behind",
                              "Entries that a CT log had at the last look and that were "
                              "not looked at yet.",
                              {{"log", name}}),
              registry_.Gauge("cairn_ra_log_read_timestamp_seconds",
                              "When a CT log was last read without an error.", {{"log", name}})})
      .first->second;
}

void Observed::LogRead(std::string_view log, uint64_t entries, uint64_t behind, absl::Time at) {
  std::lock_guard lock(mutex_);
  Reading& reading = ReadingOf(log);
  reading.entries.Add(static_cast<double>(entries));
  reading.behind.Set(static_cast<double>(behind));
  reading.read_at.Set(static_cast<double>(absl::ToUnixSeconds(at)));
}

void Observed::LogEntryUnexplained(const base::Call& call, std::string_view log, uint64_t index,
                                   std::string_view serial, std::string_view why) {
  unexplained_.Add();
  log_.Error("log_entry_unexplained",
             {log::Trace(call),
              {"log", log},
              {"index", index},
              {"serial", base::ToHex(serial)},
              {"why", why},
              {"what_to_do",
               "stop issuance and treat the signer's keys as compromised until it is explained; "
               "the audit log has the certificate"}});
}

void Observed::WorkRecovered(Recovered what) { recovered_[static_cast<int>(what)].Add(); }

void Observed::BackgroundFailed(const base::Call& call, std::string_view what,
                                const absl::Status& why) {
  log_.Error("background_failed", {log::Trace(call),
                                   {"what", what},
                                   {"reason", errors::MappingOf(errors::ReasonOf(why)).name},
                                   {"error", why}});
}

}  // namespace cairn::ra
