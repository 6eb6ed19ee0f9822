#include "services/ra/observed.h"

#include <absl/strings/str_format.h>

#include <string>

#include "libs/errors/errors.h"

namespace cairn::ra {
namespace {

// Catches a change of the enums that the arrays below would not follow.
static_assert(static_cast<int>(ValidationOutcome::kUnfinished) == 3);
static_assert(static_cast<int>(IssuanceOutcome::kUnfinished) == 3);
static_assert(static_cast<int>(Recovered::kSerial) == 2);

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

}  // namespace

Observed::Observed(metrics::Registry& registry, log::Logger& log)
    : log_(log),
      validations_{Validations(registry, "valid"), Validations(registry, "invalid"),
                   Validations(registry, "elsewhere"), Validations(registry, "unfinished")},
      issuances_{Issuances(registry, "issued"), Issuances(registry, "refused"),
                 Issuances(registry, "elsewhere"), Issuances(registry, "unfinished")},
      recovered_{RecoveredWork(registry, "validation"), RecoveredWork(registry, "issuance"),
                 RecoveredWork(registry, "serial")} {}

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

void Observed::WorkRecovered(Recovered what) { recovered_[static_cast<int>(what)].Add(); }

void Observed::BackgroundFailed(const base::Call& call, std::string_view what,
                                const absl::Status& why) {
  log_.Error("background_failed", {log::Trace(call),
                                   {"what", what},
                                   {"reason", errors::MappingOf(errors::ReasonOf(why)).name},
                                   {"error", why}});
}

}  // namespace cairn::ra
