// The contract of sa.v1.LogWatch, over the fake and over the stores.

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/test_backends.h"

namespace cairn::sa {
namespace {

using errors::Reason;

template <typename Stage>
absl::Status Move(Stage& s, char log, std::optional<uint64_t> from, uint64_t to) {
  v1::MoveLogPositionRequest request;
  request.set_log_id(s.Octets(32, log));
  if (from) request.set_from(*from);
  request.set_to(to);
  return s.log_watch().MoveLogPosition(s.Call(), request).status();
}

template <typename Stage>
std::map<std::string, uint64_t> Positions(Stage& s) {
  const auto response = s.log_watch().GetLogPositions(s.Call(), {});
  REQUIRE_OK(response);
  std::map<std::string, uint64_t> positions;
  for (const v1::LogPosition& position : response->positions()) {
    positions[position.log_id()] = position.next_entry();
  }
  return positions;
}

TEMPLATE_TEST_CASE("a log's position moves forward, for one reader at a time", "[CT-21]",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  CHECK(Positions(s).empty());
  CHECK_OK(Move(s, 'a', std::nullopt, 0));
  CHECK_OK(Move(s, 'b', std::nullopt, 1ull << 63));
  // Another reader was first.
  CHECK_REASON(Move(s, 'a', std::nullopt, 7), Reason::kConflict);
  CHECK_OK(Move(s, 'a', 0, 10));
  CHECK_REASON(Move(s, 'a', 0, 20), Reason::kConflict);
  CHECK_REASON(Move(s, 'c', 0, 20), Reason::kConflict);
  CHECK(Positions(s) ==
        std::map<std::string, uint64_t>{{s.Octets(32, 'a'), 10}, {s.Octets(32, 'b'), 1ull << 63}});
  CHECK_REASON(Move(s, 'a', 10, 10), Reason::kMalformed);
  CHECK_REASON(Move(s, 'a', 10, 9), Reason::kMalformed);
  v1::MoveLogPositionRequest request;
  request.set_log_id("a");
  CHECK_REASON(s.log_watch().MoveLogPosition(s.Call(), request), Reason::kMalformed);
}

TEMPLATE_TEST_CASE("a serial brings what is stored under it", "[CT-21]", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t both = s.IssuedWithCt(ref, "a.test", 'i', 's');
  const uint64_t half = s.ReadyOrder(ref, {"b.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, half, 'j'));
  REQUIRE_OK(s.StorePrecertificate(half, 'j', 't'));
  const uint64_t plain = s.ReadyOrder(ref, {"c.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, plain, 'k'));
  REQUIRE_OK(s.FinishIssuance(plain, 'k', 'u'));

  v1::FindSerialsRequest request;
  for (const char serial : {'s', 't', 'u', 'x'}) request.add_serials(s.Octets(16, serial));
  const auto response = s.log_watch().FindSerials(s.Call(), request);
  REQUIRE_OK(response);
  REQUIRE(response->stored_size() == 3);
  const auto precertificate = [&](uint64_t order, char issuance, char serial) {
    return s.PrecertificateRequest(order, issuance, serial).precertificate();
  };
  const auto certificate = [&](uint64_t order, char issuance, char serial) {
    return s.FinishIssuanceRequest(order, issuance, serial).certificate();
  };
  CHECK(response->stored(0).serial() == s.Octets(16, 's'));
  CHECK(response->stored(0).precertificate() == precertificate(both, 'i', 's'));
  CHECK(response->stored(0).certificate() == certificate(both, 'i', 's'));
  CHECK(response->stored(1).precertificate() == precertificate(half, 'j', 't'));
  CHECK(response->stored(1).certificate().empty());
  CHECK(response->stored(2).precertificate().empty());
  CHECK(response->stored(2).certificate() == certificate(plain, 'k', 'u'));

  CHECK(s.log_watch().FindSerials(s.Call(), {})->stored().empty());
  request.add_serials("x");
  CHECK_REASON(s.log_watch().FindSerials(s.Call(), request), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::sa
