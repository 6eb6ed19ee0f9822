#include "services/publisher/api/fake_publisher.h"

#include <catch2/catch.hpp>

#include "libs/testing/fake_clock.h"
#include "services/publisher/api/publisher_contract.h"

namespace cairn::publisher {
namespace {

using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

class World {
 public:
  v1::GetSctsRequest Request() {
    v1::GetSctsRequest request;
    const std::string precertificate =
        chain.Precertificate(kNow, kNow + absl::Hours(24) - absl::Seconds(1));
    for (const std::string& der : chain.Above(precertificate)) request.add_chain(der);
    return request;
  }

  testing::FakeClock clock{kNow};
  testing::TestChain chain{kNow};
  FakePublisher publisher{clock};
};

TEST_CASE("the fake keeps the contract of the publisher", "[CT-02][CT-12][CT-22]") {
  World world;
  const int days = GENERATE(6, 200);
  CheckPublisherContract(world.publisher, world.chain, world.publisher.logs(), kNow, days);
  CHECK(world.publisher.requests().size() == 2);
  CHECK(world.publisher.submitted().size() == 3);
  CHECK_OK(ct::LogList::Parse(world.publisher.log_list_json()));
}

TEST_CASE("the fake fails when it is told to") {
  World world;
  world.publisher.FailNext(errors::Make(Reason::kUnavailable, "down"));
  CHECK_REASON(world.publisher.GetScts({}, world.Request()), Reason::kUnavailable);
  CHECK_OK(world.publisher.GetScts({}, world.Request()));
}

TEST_CASE("the fake forges when it is told to", "[CT-12]") {
  World world;
  world.publisher.Forge(true);
  const v1::GetSctsRequest request = world.Request();
  const auto response = world.publisher.GetScts({}, request);
  REQUIRE_OK(response);
  const auto sct = ct::SignedCertificateTimestamp::Parse(response->scts(0).encoded());
  REQUIRE_OK(sct);
  CHECK_REASON(ct::VerifySct(*sct, world.publisher.logs().Find(sct->log_id)->key,
                             world.chain.EntryOf(request.chain(0))),
               Reason::kIncorrectResponse);
}

TEST_CASE("an entry that the fake dropped is missing after the merge delay", "[CT-22]") {
  World world;
  world.publisher.Drop(true);
  const v1::GetSctsRequest request = world.Request();
  const auto response = world.publisher.GetScts({}, request);
  REQUIRE_OK(response);
  v1::CheckInclusionRequest check;
  check.set_sct(response->scts(0).encoded());
  check.set_entry(v1::CheckInclusionRequest::ENTRY_PRECERTIFICATE);
  *check.mutable_chain() = request.chain();
  CHECK(world.publisher.CheckInclusion({}, check)->outcome() ==
        v1::CheckInclusionResponse::OUTCOME_NOT_YET);
  world.clock.Advance(absl::Hours(25));
  CHECK(world.publisher.CheckInclusion({}, check)->outcome() ==
        v1::CheckInclusionResponse::OUTCOME_FAILED);
}

}  // namespace
}  // namespace cairn::publisher
