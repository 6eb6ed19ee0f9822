#include "libs/ct/log_policy.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/ct/test_log.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ct {
namespace {

using errors::Reason;
using testing::TestLog;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);
const absl::Time kEnd = kNow + absl::Hours(24 * 90) - absl::Seconds(1);

constexpr LogState kStates[] = {LogState::kUnlisted, LogState::kPending,  LogState::kQualified,
                                LogState::kUsable,   LogState::kReadOnly, LogState::kRetired,
                                LogState::kRejected};
constexpr LogKind kKinds[] = {LogKind::kRfc6962, LogKind::kStatic};
constexpr const char* kOperators[] = {"A", "B", "C"};

// Log `number` of an operator: each its own id.
Log MakeLog(int number, LogState state, LogKind kind, const std::string& operator_name) {
  static const auto* key = new TestLog;
  Log log = key->Listed(base::Cat("log", number), operator_name, kind);
  log.id = base::Cat("id", number);
  log.state = state;
  return log;
}

std::vector<const Log*> Pointers(const std::vector<Log>& logs) {
  std::vector<const Log*> pointers;
  for (const Log& log : logs) pointers.push_back(&log);
  return pointers;
}

// Calls `see` with every set of `size` logs: each in every state, of every kind
// and of every operator.
template <typename See>
void ForAllSets(size_t size, const See& see) {
  std::vector<Log> one;
  for (const LogState state : kStates) {
    for (const LogKind kind : kKinds) {
      for (const char* operator_name : kOperators) {
        one.push_back(MakeLog(0, state, kind, operator_name));
      }
    }
  }
  std::vector<size_t> digits(size, 0);
  std::vector<Log> set(size, one[0]);
  while (true) {
    for (size_t i = 0; i < size; ++i) {
      set[i].state = one[digits[i]].state;
      set[i].kind = one[digits[i]].kind;
      set[i].operator_name = one[digits[i]].operator_name;
      set[i].id = std::string(1, static_cast<char>('0' + i));
    }
    see(set);
    size_t i = 0;
    while (i < size && ++digits[i] == one.size()) digits[i++] = 0;
    if (i == size) return;
  }
}

// The two policies, written down a second time, sentence by sentence.
bool ChromeAccepts(const std::vector<Log>& set, int days) {
  size_t good = 0;
  bool not_retired = false;
  std::set<std::string> operators;
  for (const Log& log : set) {
    if (log.state == LogState::kUnlisted || log.state == LogState::kPending ||
        log.state == LogState::kRejected) {
      continue;
    }
    ++good;
    operators.insert(log.operator_name);
    if (log.state != LogState::kRetired) not_retired = true;
  }
  return good >= (days > 180 ? 3u : 2u) && operators.size() >= 2 && not_retired;
}

bool AppleAccepts(const std::vector<Log>& set, int days) {
  std::map<std::string, size_t> counted;
  bool approved_now = false;
  bool rfc6962 = false;
  for (const Log& log : set) {
    const bool once_approved = log.state == LogState::kQualified ||
                               log.state == LogState::kUsable || log.state == LogState::kReadOnly ||
                               log.state == LogState::kRetired;
    if (!once_approved) continue;
    if (log.state != LogState::kRetired) approved_now = true;
    if (log.kind == LogKind::kRfc6962) rfc6962 = true;
    size_t& of_operator = counted[log.operator_name];
    of_operator = std::min(of_operator + 1, days > 180 ? size_t{2} : size_t{1});
  }
  size_t total = 0;
  for (const auto& [name, count] : counted) total += count;
  return total >= (days > 180 ? 3u : 2u) && approved_now && rfc6962;
}

TEST_CASE("a lifetime counts both ends, and a day that has begun", "[CT-06]") {
  const absl::Duration day = absl::Hours(24);
  CHECK(LifetimeDays(kNow, kNow) == 1);
  CHECK(LifetimeDays(kNow, kNow + day - absl::Seconds(1)) == 1);
  CHECK(LifetimeDays(kNow, kNow + day) == 2);
  CHECK(LifetimeDays(kNow, kNow + 180 * day - absl::Seconds(1)) == 180);
  CHECK(LifetimeDays(kNow, kNow + 180 * day) == 181);
  CHECK(RequiredScts(1) == 2);
  CHECK(RequiredScts(180) == 2);
  CHECK(RequiredScts(181) == 3);
  CHECK(RequiredScts(398) == 3);
}

TEST_CASE("a log takes a certificate if it is usable or qualified and of its shard",
          "[CT-07][CT-08][CT-10]") {
  for (const LogState state : kStates) {
    INFO(NameOf(state));
    const bool may = state == LogState::kUsable || state == LogState::kQualified;
    CHECK(MayTake(MakeLog(0, state, LogKind::kStatic, "A"), kEnd) == may);
  }
  Log log = MakeLog(0, LogState::kUsable, LogKind::kRfc6962, "A");
  log.interval = Log::Interval{kNow, kEnd};
  CHECK(MayTake(log, kNow));
  CHECK(MayTake(log, kEnd - absl::Seconds(1)));
  CHECK_FALSE(MayTake(log, kEnd));
  CHECK_FALSE(MayTake(log, kNow - absl::Seconds(1)));
  log.interval.reset();
  log.production = false;
  CHECK_FALSE(MayTake(log, kEnd));
}

TEST_CASE("every set of up to three logs in every state is judged as both policies say",
          "[CT-03][CT-04][CT-05]") {
  const int days = GENERATE(90, 180, 181, 398);
  const size_t size = GENERATE(size_t{0}, size_t{1}, size_t{2}, size_t{3});
  int accepted = 0;
  int wrong = 0;
  ForAllSets(size, [&](const std::vector<Log>& set) {
    const bool expected = ChromeAccepts(set, days) && AppleAccepts(set, days);
    const bool got = CheckClients({}, Pointers(set), days).ok();
    accepted += got ? 1 : 0;
    wrong += got == expected ? 0 : 1;
  });
  CHECK(wrong == 0);
  CHECK((accepted > 0) == (size >= (days > 180 ? 3u : 2u)));
}

TEST_CASE("without Apple's rule about RFC 6962, static-ct logs alone are enough", "[CT-04]") {
  const std::vector<Log> set = {MakeLog(0, LogState::kUsable, LogKind::kStatic, "A"),
                                MakeLog(1, LogState::kUsable, LogKind::kStatic, "B")};
  CHECK_REASON(CheckClients({}, Pointers(set), 90), Reason::kMalformed);
  CHECK_OK(CheckClients({.require_rfc6962 = false}, Pointers(set), 90));
}

TEST_CASE("the same log twice is one log", "[CT-03]") {
  const Log log = MakeLog(0, LogState::kUsable, LogKind::kRfc6962, "A");
  const Log renamed = MakeLog(0, LogState::kUsable, LogKind::kRfc6962, "B");
  CHECK_REASON(CheckClients({}, std::vector<const Log*>{&log, &renamed}, 90), Reason::kMalformed);
}

TEST_CASE("for issuance, usable logs of the right shard are enough by themselves",
          "[CT-01][CT-07][CT-08]") {
  const size_t size = GENERATE(size_t{2}, size_t{3});
  const int days = GENERATE(90, 200);
  const absl::Time end = kNow + absl::Hours(24) * days - absl::Seconds(1);
  int wrong = 0;
  ForAllSets(size, [&](const std::vector<Log>& set) {
    std::vector<Log> usable;
    bool all_may = true;
    for (const Log& log : set) {
      if (log.state == LogState::kUsable) usable.push_back(log);
      if (log.state != LogState::kUsable && log.state != LogState::kQualified) all_may = false;
    }
    const bool expected = all_may && ChromeAccepts(usable, days) && AppleAccepts(usable, days);
    if (CheckForIssuance({}, Pointers(set), kNow, end).ok() != expected) ++wrong;
  });
  CHECK(wrong == 0);

  std::vector<Log> set = {MakeLog(0, LogState::kUsable, LogKind::kRfc6962, "A"),
                          MakeLog(1, LogState::kUsable, LogKind::kStatic, "B")};
  CHECK_OK(CheckForIssuance({}, Pointers(set), kNow, kEnd));
  set[1].interval = Log::Interval{kNow, kEnd};  // the next shard's
  CHECK_REASON(CheckForIssuance({}, Pointers(set), kNow, kEnd), Reason::kMalformed);
}

TEST_CASE("the logs to ask are the fewest that are enough, whatever there is already", "[CT-05]") {
  // All partitions of up to six logs into got, left and absent, of three operators.
  const std::vector<Log> logs = {
      MakeLog(0, LogState::kUsable, LogKind::kStatic, "A"),
      MakeLog(1, LogState::kUsable, LogKind::kRfc6962, "A"),
      MakeLog(2, LogState::kUsable, LogKind::kStatic, "B"),
      MakeLog(3, LogState::kUsable, LogKind::kStatic, "B"),
      MakeLog(4, LogState::kUsable, LogKind::kRfc6962, "C"),
      MakeLog(5, LogState::kUsable, LogKind::kStatic, "C"),
  };
  const int days = GENERATE(90, 200);
  int wrong = 0;
  int asked = 0;
  for (int code = 0; code < 729; ++code) {
    std::vector<const Log*> have;
    std::vector<const Log*> left;
    for (int i = 0, rest = code; i < 6; ++i, rest /= 3) {
      if (rest % 3 == 1) have.push_back(&logs[static_cast<size_t>(i)]);
      if (rest % 3 == 2) left.push_back(&logs[static_cast<size_t>(i)]);
    }
    const std::vector<const Log*> ask = LogsToAsk({}, have, left, days);
    // By brute force: the size of the smallest subset of `left` that helps.
    size_t smallest = left.size() + 1;
    for (unsigned bits = 0; bits < 1u << left.size(); ++bits) {
      std::vector<const Log*> together = have;
      for (size_t i = 0; i < left.size(); ++i) {
        if ((bits >> i & 1) != 0) together.push_back(left[i]);
      }
      if (CheckClients({}, together, days).ok()) {
        smallest = std::min(smallest, together.size() - have.size());
      }
    }
    const size_t expected = smallest > left.size() ? 0 : smallest;
    std::vector<const Log*> together = have;
    together.insert(together.end(), ask.begin(), ask.end());
    const bool enough = CheckClients({}, together, days).ok();
    if (ask.size() != expected || enough != (smallest <= left.size())) ++wrong;
    asked += ask.empty() ? 0 : 1;

    const std::vector<size_t> chosen = ChooseSet({}, together, days);
    std::vector<const Log*> set;
    for (const size_t i : chosen) set.push_back(together[i]);
    if (enough != CheckClients({}, set, days).ok()) ++wrong;
    if (enough && set.size() != static_cast<size_t>(RequiredScts(days))) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(asked > 100);
}

TEST_CASE("the logs in front are preferred", "[CT-05]") {
  const Log a = MakeLog(0, LogState::kUsable, LogKind::kRfc6962, "A");
  const Log b = MakeLog(1, LogState::kUsable, LogKind::kStatic, "B");
  const Log c = MakeLog(2, LogState::kUsable, LogKind::kStatic, "C");
  using List = std::vector<const Log*>;
  CHECK(LogsToAsk({}, {}, List{&a, &b, &c}, 90) == List{&a, &b});
  CHECK(LogsToAsk({}, {}, List{&c, &b, &a}, 90) == List{&c, &a});
  // Not the static-ct log in front with the RFC 6962 log at the back.
  const Log d = MakeLog(3, LogState::kUsable, LogKind::kRfc6962, "B");
  CHECK(LogsToAsk({}, {}, List{&b, &d, &c, &a}, 90) == List{&d, &c});
  CHECK(LogsToAsk({}, List{&a}, List{&c, &b}, 90) == List{&c});
  CHECK(LogsToAsk({}, List{&b}, List{&c, &a}, 90) == List{&a});
  CHECK(ChooseSet({}, List{&c, &b, &a}, 90) == std::vector<size_t>{0, 2});
}

}  // namespace
}  // namespace cairn::ct
