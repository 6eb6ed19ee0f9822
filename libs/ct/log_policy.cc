#include "libs/ct/log_policy.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

// The lifetime up to which two SCTs are enough, in both policies.
constexpr int kShortDays = 180;

absl::Status NotMet(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, base::Cat("CT policy: ", detail));
}

// Whether an SCT of a log in this state counts when a certificate is checked.
bool Counts(const Log& log) {
  if (!log.production) return false;
  switch (log.state) {
    case LogState::kQualified:
    case LogState::kUsable:
    case LogState::kReadOnly:
    case LogState::kRetired:
      return true;
    case LogState::kUnlisted:
    case LogState::kPending:
    case LogState::kRejected:
      return false;
  }
  return false;
}

// The logs of `logs` that count, each once.
std::vector<const Log*> Counted(std::span<const Log* const> logs) {
  std::vector<const Log*> counted;
  for (const Log* log : logs) {
    const bool again = std::any_of(counted.begin(), counted.end(),
                                   [&](const Log* other) { return other->id == log->id; });
    if (Counts(*log) && !again) counted.push_back(log);
  }
  return counted;
}

absl::Status CheckChrome(const std::vector<const Log*>& counted, int days) {
  if (counted.size() < static_cast<size_t>(RequiredScts(days))) {
    return NotMet("too few SCTs of distinct logs");
  }
  std::set<std::string_view> operators;
  for (const Log* log : counted) operators.insert(log->operator_name);
  if (operators.size() < 2) return NotMet("all SCTs are of one operator");
  return absl::OkStatus();
}

absl::Status CheckApple(const LogPolicy& policy, const std::vector<const Log*>& counted, int days) {
  // Of one operator's SCTs only so many count.
  const int of_one_operator = days <= kShortDays ? 1 : 2;
  std::map<std::string_view, int> by_operator;
  int count = 0;
  for (const Log* log : counted) {
    if (++by_operator[log->operator_name] <= of_one_operator) ++count;
  }
  if (count < RequiredScts(days)) return NotMet("too many of the SCTs are of one operator");
  if (policy.require_rfc6962 && std::none_of(counted.begin(), counted.end(), [](const Log* log) {
        return log->kind == LogKind::kRfc6962;
      })) {
    return NotMet("no SCT is of an RFC 6962 log");
  }
  return absl::OkStatus();
}

// Calls `accept` with each set of `size` numbers below `count` until it says true:
// those whose highest number is lowest first.
bool AnyCombination(size_t size, size_t count,
                    const std::function<bool(const std::vector<size_t>&)>& accept) {
  if (size > count) return false;
  std::vector<size_t> chosen(size);
  for (size_t i = 0; i < size; ++i) chosen[i] = i;
  while (true) {
    if (accept(chosen)) return true;
    // The first that can go up without meeting the next; those before it start over.
    size_t i = 0;
    while (i < size && chosen[i] + 1 == (i + 1 < size ? chosen[i + 1] : count)) {
      chosen[i] = i;
      ++i;
    }
    if (i == size) return false;
    ++chosen[i];
  }
}

// More logs than this are never needed to find a set, and would make too many
// combinations: 3 of 32 are 4960.
constexpr size_t kMaxCandidates = 32;

}  // namespace

int LifetimeDays(absl::Time not_before, absl::Time not_after) {
  const absl::Duration lifetime = not_after - not_before + absl::Seconds(1);
  return static_cast<int>(absl::ToInt64Hours(absl::Ceil(lifetime, absl::Hours(24))) / 24);
}

int RequiredScts(int days) { return days <= kShortDays ? 2 : 3; }

bool MayTake(const Log& log, absl::Time not_after) {
  return log.production && (log.state == LogState::kUsable || log.state == LogState::kQualified) &&
         (!log.interval.has_value() || log.interval->Contains(not_after));
}

absl::Status CheckClients(const LogPolicy& policy, std::span<const Log* const> logs, int days) {
  const std::vector<const Log*> counted = Counted(logs);
  RETURN_IF_ERROR(CheckChrome(counted, days));
  RETURN_IF_ERROR(CheckApple(policy, counted, days));
  // In both policies.
  if (std::all_of(counted.begin(), counted.end(),
                  [](const Log* log) { return log->state == LogState::kRetired; })) {
    return NotMet("all SCTs are of retired logs");
  }
  return absl::OkStatus();
}

absl::Status CheckForIssuance(const LogPolicy& policy, std::span<const Log* const> logs,
                              absl::Time not_before, absl::Time not_after) {
  std::vector<const Log*> usable;
  for (const Log* log : logs) {
    if (!MayTake(*log, not_after)) {
      return NotMet(base::Cat("log \"", log->description, "\" is ", NameOf(log->state),
                              " or not for this notAfter"));
    }
    if (log->state == LogState::kUsable) usable.push_back(log);
  }
  return CheckClients(policy, usable, LifetimeDays(not_before, not_after));
}

std::vector<const Log*> LogsToAsk(const LogPolicy& policy, std::span<const Log* const> have,
                                  std::span<const Log* const> candidates, int days) {
  std::vector<const Log*> chosen;
  if (CheckClients(policy, have, days).ok()) return chosen;
  const size_t count = std::min(candidates.size(), kMaxCandidates);
  const auto most = static_cast<size_t>(RequiredScts(days));
  for (size_t size = 1; size <= most; ++size) {
    const bool found = AnyCombination(size, count, [&](const std::vector<size_t>& positions) {
      std::vector<const Log*> together(have.begin(), have.end());
      for (const size_t i : positions) together.push_back(candidates[i]);
      if (!CheckClients(policy, together, days).ok()) return false;
      chosen.assign(together.begin() + static_cast<std::ptrdiff_t>(have.size()), together.end());
      return true;
    });
    if (found) break;
  }
  return chosen;
}

std::vector<size_t> ChooseSet(const LogPolicy& policy, std::span<const Log* const> have, int days) {
  std::vector<size_t> chosen;
  const auto size = static_cast<size_t>(RequiredScts(days));
  AnyCombination(size, std::min(have.size(), kMaxCandidates),
                 [&](const std::vector<size_t>& positions) {
                   std::vector<const Log*> set;
                   for (const size_t i : positions) set.push_back(have[i]);
                   if (!CheckClients(policy, set, days).ok()) return false;
                   chosen = positions;
                   return true;
                 });
  return chosen;
}

}  // namespace cairn::ct
