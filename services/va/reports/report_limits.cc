#include "services/va/reports/report_limits.h"

namespace cairn::va {

bool ReportLimits::Admit(const std::string& domain) {
  const absl::Time now = clock_.Now();
  Forget(now);
  if (in_hour_.size() >= per_hour_ || domains_.contains(domain)) return false;
  in_hour_.push_back(now);
  domains_.insert(domain);
  in_interval_.emplace_back(now, domain);
  return true;
}

void ReportLimits::Forget(absl::Time now) {
  while (!in_hour_.empty() && now - in_hour_.front() >= absl::Hours(1)) in_hour_.pop_front();
  while (!in_interval_.empty() && now - in_interval_.front().first >= interval_) {
    domains_.erase(in_interval_.front().second);
    in_interval_.pop_front();
  }
}

}  // namespace cairn::va
