// LINT-88: Chrome and Apple want SCTs of distinct logs: two, or three above 180 days; of two
// operators at least, one log that is approved today, and one that is not static-ct.
#include <absl/time/time.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

// Started days count (CT-06): 180 days are 180, and a second more is 181.
size_t Needed(const View& view) {
  const absl::Duration validity = view.Validity().value_or(absl::InfiniteDuration());
  return validity <= absl::Hours(24) * 180 ? 2 : 3;
}

// The logs of the list that count, each once.
std::vector<const Log*> LogsOf(const View& view) {
  std::map<std::string_view, const Log*> found;
  for (const Sct& sct : SctsOf(view).value_or(std::vector<Sct>())) {
    const auto log = view.subject->logs->find(sct.log_id);
    if (log != view.subject->logs->end() && log->second.was_approved) {
      found.emplace(sct.log_id, &log->second);
    }
  }
  std::vector<const Log*> out;
  for (const auto& [id, log] : found) out.push_back(log);
  return out;
}

bool IsAbsent(const View& view) { return view.Find(oid::kSctList) == nullptr; }

std::string CheckCount(const View& view) {
  if (IsAbsent(view)) return "";
  // Apple counts one SCT for each operator, or two where three are needed (CT-04).
  const size_t most = Needed(view) - 1;
  std::map<std::string_view, size_t> by_operator;
  size_t count = 0;
  for (const Log* log : LogsOf(view)) {
    if (by_operator[log->operator_name]++ < most) ++count;
  }
  return count >= Needed(view) ? "" : base::Cat(count, " of ", Needed(view), " SCTs count");
}

std::string CheckOperators(const View& view) {
  if (IsAbsent(view)) return "";
  std::set<std::string_view> operators;
  for (const Log* log : LogsOf(view)) operators.insert(log->operator_name);
  return operators.size() >= 2 ? "" : "the logs do not have two operators";
}

std::string CheckState(const View& view) {
  if (IsAbsent(view)) return "";
  const std::vector<const Log*> logs = LogsOf(view);
  const auto approved = [](const Log* log) { return log->is_approved; };
  return std::any_of(logs.begin(), logs.end(), approved) ? "" : "no log is approved today";
}

std::string CheckStatic(const View& view) {
  if (IsAbsent(view) || view.subject->accept_static_logs_only) return "";
  const std::vector<const Log*> logs = LogsOf(view);
  const auto by_rfc = [](const Log* log) { return !log->is_static; };
  return std::any_of(logs.begin(), logs.end(), by_rfc) ? "" : "no log follows RFC 6962";
}

constexpr uint16_t kSubscriber = KindSet(Kind::kSubscriber);

}  // namespace

const Lint kCtSctPolicyCountUnsatisfied = {
    .name = "w_ct_sct_policy_count_unsatisfied",
    .requirement = "LINT-88",
    .clause = "CCT; ACT",
    .severity = Severity::kWarning,
    .kinds = kSubscriber,
    .needs = kNeedsLogs,
    .web_only = true,
    .check = CheckCount,
};

const Lint kSctsFromSameOperator = {
    .name = "e_scts_from_same_operator",
    .requirement = "LINT-88",
    .clause = "CCT; ACT",
    .kinds = kSubscriber,
    .needs = kNeedsLogs,
    .web_only = true,
    .check = CheckOperators,
};

const Lint kSctsOfNoApprovedLog = {
    .name = "e_scts_of_no_approved_log",
    .requirement = "LINT-88",
    .clause = "CCT; ACT",
    .kinds = kSubscriber,
    .needs = kNeedsLogs,
    .web_only = true,
    .check = CheckState,
};

const Lint kSctsOfStaticLogsOnly = {
    .name = "e_scts_of_static_logs_only",
    .requirement = "LINT-88",
    .clause = "ACT",
    .kinds = kSubscriber,
    .needs = kNeedsLogs,
    .web_only = true,
    .check = CheckStatic,
};

}  // namespace cairn::lint
