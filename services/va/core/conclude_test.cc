#include "services/va/core/conclude.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/evidence/site.h"
#include "libs/policy/calendar.h"
#include "libs/testing/status_matchers.h"

namespace cairn::va {
namespace {

using errors::Reason;

const std::string kElsewhere =
    ". It must look the same from everywhere: is there a firewall, a name server that answers "
    "differently, or a change that has not spread yet?";

// One subject, a primary and some remotes that all see control and permission.
class World {
 public:
  explicit World(int remotes) {
    for (int i = 0; i <= remotes; ++i) {
      asked.push_back({.site = {.id = base::Cat("site-", i),
                                .primary = i == 0,
                                .rir = static_cast<evidence::v1::Receipt::Rir>(1 + i % 5)}});
    }
    auto request = std::make_shared<v1::ObserveRequest>();
    request->add_subjects();
    attempt = std::make_unique<Attempt>(
        asked, request, policy::LimitsAt(policy::Pack::kPrivate, absl::FromUnixSeconds(0)),
        base::Call{});
    for (size_t i = 0; i < asked.size(); ++i) {
      at(i).state = View::State::kSeen;
      at(i).control_ok = at(i).caa_ok = true;
      attempt->responses[i].add_receipts()->set_receipt(asked[i].site.id);
    }
  }

  View& at(size_t perspective) { return attempt->views.at(perspective).front(); }
  void Deny(size_t perspective, const std::string& detail, Reason reason = Reason::kConnection) {
    at(perspective).control_ok = false;
    at(perspective).control_problem.set_reason(static_cast<int>(reason));
    at(perspective).control_problem.set_detail(detail);
  }
  void Forbid(size_t perspective, const std::string& detail) {
    at(perspective).caa_ok = false;
    at(perspective).caa_problem.set_reason(static_cast<int>(Reason::kCaa));
    at(perspective).caa_problem.set_detail(detail);
  }
  std::string Detail() const {
    const auto response = Conclude(*attempt, 0);
    REQUIRE_OK(response);
    CHECK_FALSE(response->valid());
    return response->problem().detail();
  }

  std::vector<AskedPerspective> asked;
  std::unique_ptr<Attempt> attempt;
};

TEST_CASE("a problem says that all perspectives saw it", "[MPIC-17]") {
  World world(5);
  for (size_t i = 0; i <= 5; ++i) world.Deny(i, base::Cat("refused at ", i));
  CHECK(world.Detail() == "refused at 0 (seen by 6 of 6 network perspectives)");
  for (size_t i = 0; i <= 5; ++i) world.at(i).control_ok = true;
  for (size_t i = 0; i <= 5; ++i) world.Forbid(i, "forbidden");
  CHECK(world.Detail() == "forbidden (seen by 6 of 6 network perspectives)");
}

TEST_CASE("a problem of a lone perspective is not counted") {
  World world(0);
  world.Deny(0, "refused");
  CHECK(world.Detail() == "refused");
}

TEST_CASE("what others saw stands beside what the primary saw", "[MPIC-19]") {
  World world(5);
  world.Deny(0, "no such name", Reason::kDns);
  SECTION("nothing") {
    CHECK(world.Detail() ==
          "no such name (seen by 1 of 6 network perspectives; 5 saw no problem)" + kElsewhere);
  }
  SECTION("something else, or no answer") {
    world.Deny(1, "no such name", Reason::kDns);
    world.Deny(2, "refused");
    world.at(3).state = View::State::kUnreachable;
    world.at(4).state = View::State::kPending;
    world.Deny(5, "no such name", Reason::kDns);
    CHECK(world.Detail() ==
          "no such name (seen by 3 of 6 network perspectives; 1 saw another: refused; 2 gave no "
          "answer in time)");
  }
  SECTION("several other things, the first of which is shown, escaped and cut") {
    world.Deny(4, "refused\n" + std::string(1000, 'x'));
    world.Deny(5, "wrong", Reason::kIncorrectResponse);
    const std::string detail = world.Detail();
    CAPTURE(detail);
    CHECK(detail.find("1 of 6 network perspectives; 2 saw others, such as: refused\\x0axxx") !=
          detail.npos);
    CHECK(detail.size() < 500);
  }
  SECTION("what they see of CAA is another question") {
    world.Forbid(1, "forbidden");
    CHECK(world.Detail() ==
          "no such name (seen by 1 of 6 network perspectives; 5 saw no problem)" + kElsewhere);
  }
}

TEST_CASE("a problem of remotes alone says how many had it, and not which", "[MPIC-19]") {
  World world(5);
  world.Deny(2, "timed out");
  world.Deny(4, "timed out");
  CHECK(world.Detail() ==
        "During secondary validation: timed out (seen by 2 of 5 remote network perspectives; 3 "
        "saw no problem)" +
            kElsewhere);
  CHECK(world.Detail().find("site-") == std::string::npos);
}

TEST_CASE("of what the remotes saw, that is told which most of them saw", "[MPIC-19]") {
  World world(5);
  world.Deny(1, "no such name", Reason::kDns);
  world.Deny(3, "refused");
  world.Deny(5, "refused");
  const auto response = Conclude(*world.attempt, 0);
  REQUIRE_OK(response);
  CHECK(response->problem().reason() == static_cast<int>(Reason::kConnection));
  CHECK(response->problem().detail() ==
        "During secondary validation: refused (seen by 2 of 5 remote network perspectives; 1 saw "
        "another: no such name; 2 saw no problem)" +
            kElsewhere);
}

TEST_CASE("a shadow is not among the perspectives that a problem counts", "[MPIC-19]") {
  World world(3);
  world.asked[3].shadow = true;
  world.Deny(0, "refused");
  world.Deny(3, "shadow", Reason::kDns);
  CHECK(world.Detail() ==
        "refused (seen by 1 of 3 network perspectives; 2 saw no problem)" + kElsewhere);
  CHECK(Conclude(*world.attempt, 0)->attempt().receipts_size() == 3);
}

TEST_CASE("without a problem there is a valid result, with all receipts") {
  World world(5);
  world.Deny(3, "refused");  // one of five may
  const auto response = Conclude(*world.attempt, 0);
  REQUIRE_OK(response);
  CHECK(response->valid());
  CHECK_FALSE(response->has_problem());
  CHECK(response->corroboration() == "4/5");
  CHECK(response->attempt().receipts_size() == 6);
}

}  // namespace
}  // namespace cairn::va
