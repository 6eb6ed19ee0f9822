// LINT-21, LINT-22, LINT-23, LINT-24: How long a server's certificate may be valid: 200 days, 100
// from 2027-03-15, 47 from 2029-03-15. A day less leaves room for mistakes, and is what the rules
// advise.
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

template <int kDays>
std::string Check(const View& view) {
  const std::optional<absl::Duration> validity = view.Validity();
  // A day has 86,400 seconds (BR 6.3.2).
  if (!validity.has_value() || *validity <= absl::Hours(24) * kDays) return "";
  return base::Cat("it is valid for ", absl::ToInt64Seconds(*validity), " seconds");
}

}  // namespace

const Lint kServerCertValidTimeLongerThan200Days = {
    .name = "e_server_cert_valid_time_longer_than_200_days",
    .requirement = "LINT-21",
    .clause = "BR 6.3.2",
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2026, 3, 15),
    .check = Check<200>,
};

const Lint kServerCertValidTimeLongerThan199Days = {
    .name = "w_server_cert_valid_time_longer_than_199_days",
    .requirement = "LINT-22",
    .clause = "BR 6.3.2",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2026, 3, 15),
    .check = Check<199>,
};

const Lint kServerCertValidTimeLongerThan100Days = {
    .name = "e_server_cert_valid_time_longer_than_100_days",
    .requirement = "LINT-23",
    .clause = "BR 6.3.2",
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2027, 3, 15),
    .check = Check<100>,
};

const Lint kServerCertValidTimeLongerThan99Days = {
    .name = "w_server_cert_valid_time_longer_than_99_days",
    .requirement = "LINT-22",
    .clause = "BR 6.3.2",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2027, 3, 15),
    .check = Check<99>,
};

const Lint kServerCertValidTimeLongerThan47Days = {
    .name = "e_server_cert_valid_time_longer_than_47_days",
    .requirement = "LINT-24",
    .clause = "BR 6.3.2",
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2029, 3, 15),
    .check = Check<47>,
};

const Lint kServerCertValidTimeLongerThan46Days = {
    .name = "w_server_cert_valid_time_longer_than_46_days",
    .requirement = "LINT-22",
    .clause = "BR 6.3.2",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2029, 3, 15),
    .check = Check<46>,
};

}  // namespace cairn::lint
