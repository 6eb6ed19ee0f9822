#include "services/publisher/core/check_inclusion.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/ct/test_chain.h"
#include "libs/log/line_sink.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/publisher/core/fake_logs.h"
#include "services/publisher/core/submit.h"

namespace cairn::publisher {
namespace {

using Behaviour = FakeLogs::Behaviour;
using errors::Reason;
using Request = v1::CheckInclusionRequest;
using Response = v1::CheckInclusionResponse;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

class World {
 public:
  explicit World(ct::LogKind kind) {
    logs.Add("oak", "Alpha", kind);
    list = logs.list();
    // Two neighbours in the tree.
    (void)Submit();
    (void)Submit();
  }

  // Gives a precertificate to the log; the request asks for its inclusion.
  Request Submit() {
    const std::string precertificate =
        chain.Precertificate(kNow, kNow + absl::Hours(24) - absl::Seconds(1));
    google::protobuf::RepeatedPtrField<std::string> ders;
    for (const std::string& der : chain.Above(precertificate)) *ders.Add() = der;
    const Chain parsed = Chain::Parse(ders).value();
    const auto sct =
        submit.Run({}, list->logs()[0], parsed, parsed.PrecertificateEntry().value(), nullptr);
    REQUIRE_OK(sct);
    Request request;
    request.set_sct(sct->Encode());
    request.set_entry(Request::ENTRY_PRECERTIFICATE);
    *request.mutable_chain() = ders;
    return request;
  }
  absl::StatusOr<Response> Check(const Request& request) {
    return check_inclusion.Run({}, request);
  }

  testing::FakeClock clock{kNow};
  metrics::Registry metrics;
  testing::TestChain chain{kNow};
  FakeLogs logs{clock};
  std::shared_ptr<const ct::LogList> list;
  LogClient client{logs, false};
  log::LineSink sink{2};
  log::Logger log{"publisher", log::Level::kError, clock, sink};
  LogHealth health{{}, clock};
  publisher::Submit submit{absl::Minutes(1), {client, health, log, metrics, clock}};
  CheckInclusion check_inclusion{[this] { return list; }, client, clock};
};

ct::LogKind BothKinds() { return GENERATE(ct::LogKind::kRfc6962, ct::LogKind::kStatic); }

TEST_CASE("an entry that was merged is proven to be in the tree", "[CT-22]") {
  World world(BothKinds());
  Request request = world.Submit();
  (void)world.Submit();
  const auto response = world.Check(request);
  REQUIRE_OK(response);
  CHECK(response->outcome() == Response::OUTCOME_INCLUDED);
  CHECK(response->log() == "oak");
  CHECK(response->leaf_index() == 2);
  CHECK(response->tree_size() == 4);

  SECTION("the final certificate shows it as well as the precertificate") {
    const std::vector scts = {ct::SignedCertificateTimestamp::Parse(request.sct()).value()};
    request.set_chain(0, world.chain.Final(request.chain(0), scts));
    CHECK(world.Check(request)->outcome() == Response::OUTCOME_INCLUDED);
  }
}

TEST_CASE("an entry that was dropped is missing once the merge delay is over", "[CT-22]") {
  World world(BothKinds());
  world.logs.Set("oak", Behaviour::kDrop);
  const Request request = world.Submit();
  CHECK(world.Check(request)->outcome() == Response::OUTCOME_NOT_YET);
  world.clock.Advance(absl::Hours(24));
  CHECK(world.Check(request)->outcome() == Response::OUTCOME_NOT_YET);
  world.clock.Advance(absl::Seconds(1));
  const auto response = world.Check(request);
  CHECK(response->outcome() == Response::OUTCOME_FAILED);
  CHECK_FALSE(response->detail().empty());
}

TEST_CASE("another entry in the place of a dropped one is no excuse", "[CT-22]") {
  World world(ct::LogKind::kStatic);
  world.logs.Set("oak", Behaviour::kDrop);
  const Request request = world.Submit();
  world.logs.Set("oak", Behaviour::kGood);
  (void)world.Submit();  // gets the same leaf index
  CHECK(world.Check(request)->outcome() == Response::OUTCOME_FAILED);
}

TEST_CASE("a log that lies about its tree has failed at once", "[CT-22]") {
  const Behaviour behaviour = GENERATE(Behaviour::kWrongHead, Behaviour::kWrongProof);
  World world(BothKinds());
  const Request request = world.Submit();
  world.logs.Set("oak", behaviour);
  const auto response = world.Check(request);
  REQUIRE_OK(response);
  CHECK(response->outcome() == Response::OUTCOME_FAILED);
}

TEST_CASE("a log that can't be reached is asked again later", "[CT-22]") {
  const Behaviour behaviour = GENERATE(Behaviour::kDown, Behaviour::kFull);
  World world(BothKinds());
  const Request request = world.Submit();
  world.logs.Set("oak", behaviour);
  CHECK_REASON(world.Check(request), Reason::kUnavailable);
}

TEST_CASE("a request about no SCT of ours is refused") {
  World world(ct::LogKind::kRfc6962);
  Request request = world.Submit();
  SECTION("no SCT") { request.set_sct("x"); }
  SECTION("no kind of entry") { request.clear_entry(); }
  SECTION("another kind of entry") { request.set_entry(Request::ENTRY_CERTIFICATE); }
  SECTION("another certificate") { request.set_chain(0, world.Submit().chain(0)); }
  SECTION("no issuer") { request.mutable_chain()->DeleteSubrange(1, 2); }
  CHECK_REASON(world.Check(request), Reason::kMalformed);
}

TEST_CASE("an SCT of a log that isn't in the list is told") {
  World world(ct::LogKind::kRfc6962);
  Request request = world.Submit();
  auto sct = ct::SignedCertificateTimestamp::Parse(request.sct()).value();
  sct.log_id.back() ^= 1;
  request.set_sct(sct.Encode());
  CHECK_REASON(world.Check(request), Reason::kNotFound);
}

}  // namespace
}  // namespace cairn::publisher
