#include "services/publisher/core/read_log.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/ct/test_chain.h"
#include "libs/log/line_sink.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "services/publisher/core/fake_logs.h"
#include "services/publisher/core/submit.h"

namespace cairn::publisher {
namespace {

using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

class World {
 public:
  explicit World(ct::LogKind kind) {
    logs.Add("oak", "Alpha", kind);
    list = logs.list();
    request.set_log_id(list->logs()[0].id);
    request.add_issuers(ours.issuer().certificate_der());
  }

  // A precertificate of somebody, which is in the log afterwards.
  std::string Submit(testing::TestChain& chain) {
    const std::string precertificate =
        chain.Precertificate(kNow, kNow + absl::Hours(24) - absl::Seconds(1));
    google::protobuf::RepeatedPtrField<std::string> ders;
    for (const std::string& der : chain.Above(precertificate)) *ders.Add() = der;
    const Chain parsed = Chain::Parse(ders).value();
    REQUIRE_OK(
        submit.Run({}, list->logs()[0], parsed, parsed.PrecertificateEntry().value(), nullptr));
    return precertificate;
  }

  // All finds of the log, read from its beginning to its end.
  std::vector<v1::ReadLogResponse::Found> ReadAll() {
    std::vector<v1::ReadLogResponse::Found> found;
    request.set_begin(0);
    while (true) {
      const auto response = read_log.Run({}, request);
      REQUIRE_OK(response);
      for (const auto& one : response->found()) found.push_back(one);
      if (response->next() == response->tree_size()) return found;
      REQUIRE(response->next() > request.begin());
      request.set_begin(response->next());
    }
  }

  testing::FakeClock clock{kNow};
  metrics::Registry metrics;
  // Two CAs of the same names: only the keys differ.
  testing::TestChain ours{kNow};
  testing::TestChain theirs{kNow};
  FakeLogs logs{clock};
  std::shared_ptr<const ct::LogList> list;
  LogClient client{logs, false};
  log::LineSink sink{2};
  log::Logger log{"publisher", log::Level::kError, clock, sink};
  LogHealth health{{}, clock};
  publisher::Submit submit{absl::Minutes(1), {client, health, log, metrics, clock}};
  v1::ReadLogRequest request;
  ReadLog read_log{[this] { return list; }, client};
};

ct::LogKind AnyKind() { return GENERATE(ct::LogKind::kRfc6962, ct::LogKind::kStatic); }

TEST_CASE("what our key has signed is found among what others have", "[CT-21]") {
  World world(AnyKind());
  world.Submit(world.theirs);
  const std::string first = world.Submit(world.ours);
  world.Submit(world.theirs);
  world.Submit(world.theirs);
  const std::string second = world.Submit(world.ours);
  const auto found = world.ReadAll();
  REQUIRE(found.size() == 2);
  CHECK(found[0].certificate() == first);
  CHECK(found[0].index() == 1);
  CHECK(found[0].precertificate());
  CHECK(found[0].serial() == x509::Certificate::Parse(first)->tbs().serial);
  CHECK(found[1].certificate() == second);
  CHECK(found[1].index() == 4);
}

TEST_CASE("an empty log, and one that was read to its end, have no finds", "[CT-21]") {
  World world(AnyKind());
  CHECK(world.ReadAll().empty());
  world.Submit(world.ours);
  world.request.set_begin(1);
  const auto response = world.read_log.Run({}, world.request);
  REQUIRE_OK(response);
  CHECK(response->found_size() == 0);
  CHECK(response->next() == 1);
}

TEST_CASE("a log that can't be read, or lies about its tree, is an error", "[CT-21]") {
  World world(AnyKind());
  world.Submit(world.ours);
  world.logs.Set("oak", FakeLogs::Behaviour::kDown);
  CHECK_REASON(world.read_log.Run({}, world.request), Reason::kUnavailable);
  world.logs.Set("oak", FakeLogs::Behaviour::kWrongHead);
  CHECK_REASON(world.read_log.Run({}, world.request), Reason::kIncorrectResponse);
  world.logs.Set("oak", FakeLogs::Behaviour::kGarbage);
  CHECK_REASON(world.read_log.Run({}, world.request), Reason::kIncorrectResponse);
  world.request.set_log_id("elm");
  CHECK_REASON(world.read_log.Run({}, world.request), Reason::kNotFound);
}

TEST_CASE("logs are worth reading while a client may trust what they took", "[CT-21]") {
  World world(ct::LogKind::kRfc6962);
  const std::vector<std::pair<ct::LogState, bool>> states = {
      {ct::LogState::kUsable, true},    {ct::LogState::kQualified, true},
      {ct::LogState::kReadOnly, true},  {ct::LogState::kUnlisted, false},
      {ct::LogState::kPending, false},  {ct::LogState::kRetired, false},
      {ct::LogState::kRejected, false},
  };
  std::set<std::string> expected = {"oak"};
  for (const auto& [state, worth] : states) {
    const std::string name(ct::NameOf(state));
    world.logs.Add(name, "Beta").state = state;
    if (worth) expected.insert(name);
  }
  world.list = world.logs.list();
  std::set<std::string> listed;
  const v1::ListLogsResponse response = world.read_log.List();
  for (const auto& log : response.logs()) {
    listed.insert(log.name());
    CHECK(world.list->Find(log.log_id())->description == log.name());
  }
  CHECK(listed == expected);
}

}  // namespace
}  // namespace cairn::publisher
