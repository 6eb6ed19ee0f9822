// The real publisher with real logs that misbehave in each way.

#include <signal.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "libs/base/strings.h"
#include "libs/config/values.h"
#include "libs/ct/log_policy.h"
#include "services/publisher/api/publisher_contract.h"
#include "tests/integration/publisher/world.h"

namespace cairn::publisher {
namespace {

using errors::Reason;
using Response = v1::CheckInclusionResponse;

std::set<std::string> Names(const v1::GetSctsResponse& response) {
  std::set<std::string> names;
  for (const v1::Sct& sct : response.scts()) names.insert(sct.log());
  return names;
}

// What the signer will do with an answer.
void CheckComplete(World& world, const v1::GetSctsRequest& request,
                   const v1::GetSctsResponse& response) {
  const ct::LogList list = world.list();
  std::vector<const ct::Log*> used;
  for (const v1::Sct& encoded : response.scts()) {
    const auto sct = ct::SignedCertificateTimestamp::Parse(encoded.encoded());
    REQUIRE_OK(sct);
    used.push_back(list.Find(sct->log_id));
    REQUIRE(used.back() != nullptr);
    CHECK_OK(ct::VerifySct(*sct, used.back()->key, world.chain.EntryOf(request.chain(0))));
  }
  CHECK_OK(ct::CheckClients({}, used, 6));
}

TEST_CASE("the publisher keeps its contract over HTTPS with real logs",
          "[CT-01][CT-02][CT-03][CT-04][CT-11][CT-12][CT-13][CT-22]") {
  World world;
  const int days = GENERATE(6, 200);
  CheckPublisherContract(world.As("ra"), world.chain, world.list(), world.clock.Now(), days);
  CHECK(world.Metrics().find("outcome=\"ok\"") != std::string::npos);
}

TEST_CASE("each misbehaviour of logs is survived", "[CT-05][CT-12][CT-19]") {
  const auto [mode, outcome] = GENERATE(table<const char*, const char*>({
      {"wrong", "wrong"},
      {"forged", "wrong"},
      {"full/60000", "unavailable"},
      {"retired", "refused"},
  }));
  INFO(mode);
  World world;
  // All but one of RFC 6962, and but one of the rest.
  for (const char* log : {"oak1", "oak2", "fir", "ash1"}) world.Admin(base::Cat(log, "/", mode));
  for (int i = 0; i < 5; ++i) {
    const v1::GetSctsRequest request = world.Request();
    const auto response = world.As("ra").GetScts(ContractCall(), request);
    REQUIRE_OK(response);
    CheckComplete(world, request, *response);
    CHECK(Names(*response) == std::set<std::string>{"elm", "ash2"});
  }
  CHECK(world.Metrics().find(base::Cat("outcome=\"", outcome, "\"")) != std::string::npos);
}

TEST_CASE("one dead log is felt once at most", "[CT-05][CT-19]") {
  World world;
  world.Admin("elm/dead");
  for (int i = 0; i < 20; ++i) {
    const v1::GetSctsRequest request = world.Request();
    const auto response = world.As("ra").GetScts(ContractCall(), request);
    REQUIRE_OK(response);
    CheckComplete(world, request, *response);
    CHECK_FALSE(Names(*response).contains("elm"));
  }
  // At most one was given up; nobody has asked it since.
  const std::string metrics = world.Metrics();
  const std::string ended = "cairn_publisher_submission_seconds_count{log=\"elm\",outcome=";
  const size_t first = metrics.find(ended);
  CHECK((first == metrics.npos || metrics.find(ended, first + 1) == metrics.npos));
  CHECK(metrics.find(ended + "\"cancelled\"} 2") == metrics.npos);
}

TEST_CASE("slow logs are waited for where there are no others", "[CT-05]") {
  World world;
  for (const char* log : {"oak1", "oak2", "elm"}) world.Admin(base::Cat(log, "/slow/700"));
  const auto response = world.Get();
  REQUIRE_OK(response);
  CHECK(response->scts_size() == 2);
}

TEST_CASE("with all logs down there are no SCTs, and health says so", "[CT-01]") {
  World world;
  for (const char* log : {"oak1", "oak2", "elm", "fir", "ash1", "ash2"}) {
    world.Admin(base::Cat(log, "/retired"));
  }
  CHECK_REASON(world.Get(), Reason::kUnavailable);
  // Health is asked once a second.
  const auto until = absl::Now() + absl::Seconds(10);
  while (world.Metrics().find("cairn_health{check=\"logs\"} 0") == std::string::npos &&
         absl::Now() < until) {
    std::this_thread::yield();
  }
  CHECK(world.Metrics().find("cairn_health{check=\"logs\"} 0") != std::string::npos);
}

TEST_CASE("a log that drops what it promised is found out", "[CT-22]") {
  World world;
  for (const char* log : {"oak1", "oak2", "elm", "fir", "ash1", "ash2"}) {
    world.Admin(base::Cat(log, "/drop"));
  }
  const v1::GetSctsRequest request = world.Request();
  const auto response = world.As("ra").GetScts(ContractCall(), request);
  REQUIRE_OK(response);
  for (const v1::Sct& sct : response->scts()) {
    v1::CheckInclusionRequest check;
    check.set_sct(sct.encoded());
    check.set_entry(v1::CheckInclusionRequest::ENTRY_PRECERTIFICATE);
    *check.mutable_chain() = request.chain();
    const auto checked = world.As("ra").CheckInclusion(ContractCall(), check);
    REQUIRE_OK(checked);
    // The delay of these logs is a minute or more, and not over yet.
    CHECK(checked->outcome() == Response::OUTCOME_NOT_YET);
    CHECK(checked->log() == sct.log());
  }
}

TEST_CASE("a new list is taken up while the publisher runs", "[CT-07][CT-09]") {
  World world;
  world.Admin("oak1/state/retired");
  world.Admin("oak2/state/readonly");
  const auto until = absl::Now() + absl::Seconds(10);
  while (world.publisher->Log().find("log_list_taken_up") == std::string::npos &&
         absl::Now() < until) {
    std::this_thread::yield();
  }
  const std::string version = world.list().version();
  bool taken_up = false;
  while (!taken_up && absl::Now() < until) {
    const auto response = world.Get();
    REQUIRE_OK(response);
    taken_up = response->log_list_version() == version;
  }
  REQUIRE(taken_up);
  for (int i = 0; i < 10; ++i) {
    const auto response = world.Get();
    REQUIRE_OK(response);
    CHECK(Names(*response).contains("elm"));
  }
}

TEST_CASE("a list that is not signed is refused loudly, and the old one stays", "[CT-09]") {
  World world;
  const std::string version = world.list().version();
  world.folder.Write("log_list.json", "{}");
  const auto until = absl::Now() + absl::Seconds(10);
  while (world.publisher->Log().find("log_list_refused") == std::string::npos &&
         absl::Now() < until) {
    std::this_thread::yield();
  }
  CHECK(world.publisher->Log().find("log_list_refused") != std::string::npos);
  const auto response = world.Get();
  REQUIRE_OK(response);
  CHECK(response->log_list_version() == version);
}

TEST_CASE("only the RA may ask", "[CT-20][NSR-04]") {
  World world;
  for (const char* role : {"wfe", "sa", "va", "ca", "publisher"}) {
    INFO(role);
    const auto response = world.As(role).GetScts(ContractCall(), world.Request());
    CHECK_FALSE(response.ok());
  }
  CHECK_OK(world.Get());
}

TEST_CASE("logs keep their entries over a restart", "[CT-22]") {
  World world;
  v1::GetSctsRequest request = world.Request();
  const auto response = world.As("ra").GetScts(ContractCall(), request);
  REQUIRE_OK(response);
  const std::string listen = world.logs->Field("ct");
  CHECK(world.logs->Stop(SIGTERM) == 0);
  std::string config = config::ReadFile(world.folder.File("logs.yaml")).value();
  config.replace(config.find("127.0.0.1:0"), 11, listen);
  auto restarted = harness::Process::Start({.command = {"tests/harness/ct_log/ct_log", "--config",
                                                        world.folder.Write("logs.yaml", config)},
                                            .log_path = world.folder.File("logs.log")});
  REQUIRE_OK(restarted);
  world.logs = *std::move(restarted);
  for (const v1::Sct& sct : response->scts()) {
    v1::CheckInclusionRequest check;
    check.set_sct(sct.encoded());
    check.set_entry(v1::CheckInclusionRequest::ENTRY_PRECERTIFICATE);
    *check.mutable_chain() = request.chain();
    const auto checked = world.As("ra").CheckInclusion(ContractCall(), check);
    REQUIRE_OK(checked);
    CHECK(checked->outcome() == Response::OUTCOME_INCLUDED);
  }
}

TEST_CASE("the publisher ends in good order") {
  World world;
  CHECK_OK(world.Get());
  CHECK(world.publisher->Stop(SIGTERM) == 0);
  CHECK(world.logs->Stop(SIGTERM) == 0);
}

}  // namespace
}  // namespace cairn::publisher
