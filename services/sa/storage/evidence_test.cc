// What people are shown of validations, over MariaDB with the SA's own rights. No
// service reads it, so there is no fake of it.

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "protos/core/v1/core.pb.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/mariadb_evidence.h"
#include "services/sa/storage/test_backends.h"

namespace cairn::sa {
namespace {

using core::v1::Authorization;
using errors::Reason;

struct EvidenceStage : Stage<MariaDbBackend> {
  absl::StatusOr<v1::FindValidationsResponse> TryFind(const v1::FindValidationsRequest& request,
                                                      absl::Duration limit = absl::Seconds(20)) {
    return MariaDbEvidence(database(), clock)
        .FindValidations({.deadline = clock.Now() + limit}, request);
  }
  v1::FindValidationsResponse Find(const v1::FindValidationsRequest& request) {
    const auto response = TryFind(request);
    REQUIRE_OK(response);
    return *response;
  }
  v1::FindValidationsRequest OfOrder(uint64_t order_id) {
    v1::FindValidationsRequest request;
    request.set_order_id(order_id);
    request.set_limit(10);
    return request;
  }
  v1::FindValidationsRequest OfName(const std::string& name, absl::Duration ago) {
    v1::FindValidationsRequest request;
    request.mutable_name()->mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    request.mutable_name()->mutable_identifier()->set_value(name);
    request.set_made_since(absl::ToUnixSeconds(clock.Now() - ago));
    request.set_limit(10);
    return request;
  }
  static evidence::v1::Attempt Recheck(const std::string& name) {
    evidence::v1::Receipt receipt;
    receipt.set_version(1);
    receipt.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    receipt.mutable_identifier()->set_value(name);
    return Attempt(receipt.SerializeAsString());
  }
};

TEST_CASE("the receipts of a validation that failed are found like those of one that did not",
          "[LOG-04][LOG-05][LOG-06]") {
  EvidenceStage s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"good.test", "bad.test"}).order_id();
  REQUIRE_OK(s.Begin(ref, id, 0));
  s.Finish(id, 0, true);
  REQUIRE_OK(s.Begin(ref, id, 1));
  s.Finish(id, 1, false);

  const auto found = s.Find(s.OfOrder(id));
  REQUIRE(found.validations_size() == 2);
  const v1::StoredValidation& good = found.validations(0);
  CHECK(good.authorization().status() == Authorization::STATUS_VALID);
  CHECK(good.authorization().validated_at() == kStart);
  CHECK(good.authorization().account_id() == ref.account_id());
  CHECK(good.attempt().receipts(0).receipt() == "receipt 0");
  CHECK(good.attempt().receipts(0).signature() == std::string("\0\xff", 2));
  const v1::StoredValidation& bad = found.validations(1);
  CHECK(bad.authorization().status() == Authorization::STATUS_INVALID);
  CHECK(bad.authorization().method() == "http-01");
  CHECK(bad.authorization().offered_size() == 2);
  CHECK(bad.authorization().problem().detail() == "connection refused");
  CHECK(bad.corroboration() == "6/6");
  CHECK(bad.attempt().receipts(0).receipt() == "receipt 1");
  CHECK(bad.place().position() == 1);
  CHECK(bad.serial().empty());

  v1::FindValidationsRequest one;
  one.mutable_authorization()->set_order_id(id);
  one.mutable_authorization()->set_position(1);
  one.set_limit(10);
  REQUIRE(s.Find(one).validations_size() == 1);
  CHECK(s.Find(one).validations(0).authorization().identifier().value() == "bad.test");
  one.mutable_authorization()->set_position(2);
  CHECK(s.Find(one).validations().empty());
}

TEST_CASE("a reused authorization brings the original's evidence, and says whose it is",
          "[LOG-05]") {
  EvidenceStage s;
  const auto ref = s.Register('a');
  const uint64_t first = s.ReadyOrder(ref, {"a.test"}).order_id();
  const uint64_t second = s.NewOrder(ref, {"b.test", "a.test"}).order_id();
  const auto found = s.Find(s.OfOrder(second));
  REQUIRE(found.validations_size() == 2);
  CHECK(found.validations(0).attempt().receipts().empty());
  CHECK(found.validations(0).authorization().order_id() == second);
  const v1::StoredValidation& reused = found.validations(1);
  CHECK(reused.place().order_id() == second);
  CHECK(reused.place().position() == 1);
  CHECK(reused.authorization().order_id() == first);
  CHECK(reused.authorization().position() == 0);
  CHECK(reused.authorization().status() == Authorization::STATUS_VALID);
  CHECK(reused.attempt().receipts(0).receipt() == "receipt 0");
}

TEST_CASE("a certificate's serial leads to its order, and each name has its own CAA rechecks",
          "[LOG-05][LOG-15]") {
  EvidenceStage s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test", "b.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  v1::AddReceiptsRequest add;
  add.set_order_id(id);
  add.set_issuance_id(s.Octets(16, 'i'));
  add.set_lease_seconds(30);
  *add.add_attempts() = s.Recheck("b.test");
  REQUIRE_OK(s.order_writer().AddReceipts(s.Call(), add));
  REQUIRE_OK(s.FinishIssuance(id, 'i', 's'));

  v1::FindValidationsRequest request;
  request.set_serial(s.Octets(16, 's'));
  request.set_limit(10);
  const auto found = s.Find(request);
  REQUIRE(found.validations_size() == 2);
  CHECK(found.validations(0).caa_rechecks().empty());
  REQUIRE(found.validations(1).caa_rechecks_size() == 1);
  CHECK(found.validations(1).caa_rechecks(0).SerializeAsString() ==
        s.Recheck("b.test").SerializeAsString());
  CHECK(found.validations(1).serial() == s.Octets(16, 's'));
  request.set_serial(s.Octets(16, 't'));
  CHECK(s.Find(request).validations().empty());
}

TEST_CASE("a search by name finds the newest first, within its time and its limit", "[LOG-05]") {
  EvidenceStage s;
  const auto ref = s.Register('a');
  const auto other = s.Register('b');
  const uint64_t oldest = s.NewOrder(ref, {"a.test"}).order_id();
  s.clock.Advance(absl::Hours(5));
  const uint64_t middle = s.NewOrder(other, {"x.test", "a.test"}).order_id();
  s.NewOrder(ref, {"*.a.test", "ba.test"});
  s.clock.Advance(absl::Minutes(90));
  const uint64_t newest = s.NewOrder(ref, {"a.test"}).order_id();

  const auto all = s.Find(s.OfName("a.test", absl::Hours(24)));
  REQUIRE(all.validations_size() == 3);
  CHECK(all.validations(0).place().order_id() == newest);
  CHECK(all.validations(1).place().order_id() == middle);
  CHECK(all.validations(1).place().position() == 1);
  CHECK(all.validations(2).place().order_id() == oldest);
  CHECK(all.searched_since() == s.Now() - 24 * 3600);

  CHECK(s.Find(s.OfName("a.test", absl::Hours(6))).validations_size() == 2);
  auto limited = s.OfName("a.test", absl::Hours(24));
  limited.set_limit(2);
  CHECK(s.Find(limited).validations_size() == 2);
  auto wildcard = s.OfName("a.test", absl::Hours(24));
  wildcard.mutable_name()->set_wildcard(true);
  REQUIRE(s.Find(wildcard).validations_size() == 1);
  CHECK(s.Find(wildcard).validations(0).authorization().wildcard());
  CHECK(s.Find(s.OfName("none.test", absl::Hours(24))).validations().empty());
}

TEST_CASE("a search reads the orders of its time only, and says when it did not get to the end") {
  EvidenceStage s;
  const auto ref = s.Register('a');
  for (int i = 0; i < 50; ++i) s.NewOrder(ref, {"old.test"});
  s.clock.Advance(absl::Hours(10));
  s.NewOrder(ref, {"a.test"});
  const uint64_t before = s.RowsRead();
  const uint64_t overhead = s.RowsRead() - before;
  const uint64_t start = s.RowsRead();
  CHECK(s.Find(s.OfName("a.test", absl::Hours(2))).validations_size() == 1);
  CHECK(s.RowsRead() - start - overhead < 30);

  const auto hurried = s.TryFind(s.OfName("old.test", absl::Hours(24)), absl::Seconds(1));
  REQUIRE_OK(hurried);
  CHECK(hurried->validations().empty());
  CHECK(hurried->searched_since() == s.Now());
}

TEST_CASE("a search that names nothing, or asks for too much, is refused") {
  EvidenceStage s;
  v1::FindValidationsRequest request;
  request.set_limit(10);
  CHECK_REASON(s.TryFind(request), Reason::kMalformed);
  request.set_serial("short");
  CHECK_REASON(s.TryFind(request), Reason::kMalformed);
  request = s.OfName("a.test", absl::Hours(1));
  request.set_limit(0);
  CHECK_REASON(s.TryFind(request), Reason::kMalformed);
  request.set_limit(101);
  CHECK_REASON(s.TryFind(request), Reason::kMalformed);
  request = s.OfName("", absl::Hours(1));
  CHECK_REASON(s.TryFind(request), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::sa
