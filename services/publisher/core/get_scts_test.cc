#include "services/publisher/core/get_scts.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/ct/log_policy.h"
#include "libs/ct/test_chain.h"
#include "libs/log/line_sink.h"
#include "libs/metrics/metrics.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/publisher/core/fake_logs.h"
#include "services/publisher/core/submit_certificate.h"

namespace cairn::publisher {
namespace {

using Behaviour = FakeLogs::Behaviour;
using errors::Reason;
using Standing = LogHealth::Standing;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

class World {
 public:
  // Logs have so long, whether they are known or not.
  explicit World(absl::Duration patience = absl::Minutes(1)) : World(patience, patience) {}
  World(absl::Duration least_patience, absl::Duration stagger)
      : health({.least_patience = least_patience}, clock),
        get_scts({.policy = {}, .stagger = stagger, .submission_timeout = absl::Minutes(1)},
                 {[this] { return list; }, submit, health, pool, clock, random}),
        submit_certificate(absl::Minutes(1),
                           {[this] { return list; }, submit, health, clock, random}) {}
  ~World() { pool.Stop(); }

  // Two RFC 6962 logs and two of static-ct, of three operators.
  World& WithUsualLogs() {
    logs.Add("oak", "Alpha");
    logs.Add("elm", "Beta");
    logs.Add("fir", "Beta", ct::LogKind::kStatic);
    logs.Add("ash", "Gamma", ct::LogKind::kStatic);
    list = logs.list();
    return *this;
  }

  std::vector<std::string> Precertificate(int days = 6) {
    precertificate = chain.Precertificate(kNow, kNow + absl::Hours(24 * days) - absl::Seconds(1));
    return chain.Above(precertificate);
  }
  v1::GetSctsRequest Request(int days = 6) {
    v1::GetSctsRequest request;
    for (const std::string& der : Precertificate(days)) request.add_chain(der);
    return request;
  }
  absl::StatusOr<v1::GetSctsResponse> Get(int days = 6) { return get_scts.Run({}, Request(days)); }

  // Whether a client that trusts nobody would take the SCTs for the last request.
  void CheckComplete(const v1::GetSctsResponse& response, int days = 6) {
    std::vector<const ct::Log*> used;
    for (const v1::Sct& encoded : response.scts()) {
      const auto sct = ct::SignedCertificateTimestamp::Parse(encoded.encoded());
      REQUIRE_OK(sct);
      const ct::Log* log_of = list->Find(sct->log_id);
      REQUIRE(log_of != nullptr);
      CHECK(log_of->description == encoded.log());
      CHECK_OK(ct::VerifySct(*sct, log_of->key, chain.EntryOf(precertificate)));
      used.push_back(log_of);
    }
    CHECK_OK(
        ct::CheckForIssuance({}, used, kNow, kNow + absl::Hours(24 * days) - absl::Seconds(1)));
    CHECK(used.size() == static_cast<size_t>(ct::RequiredScts(days)));
  }
  std::set<std::string> Names(const v1::GetSctsResponse& response) {
    std::set<std::string> names;
    for (const v1::Sct& sct : response.scts()) names.insert(sct.log());
    return names;
  }

  testing::FakeClock clock{kNow};
  base::SystemRandom random;
  metrics::Registry metrics;
  log::LineSink sink{2};
  log::Logger log{"publisher", log::Level::kError, clock, sink};
  testing::TestChain chain{kNow};
  std::string precertificate;
  FakeLogs logs{clock};
  std::shared_ptr<const ct::LogList> list;
  LogClient client{logs, false};
  LogHealth health;
  Submit submit{absl::Minutes(1), {client, health, log, metrics, clock}};
  base::WorkerPool pool{{.threads = 16, .queue = 64}};
  GetScts get_scts;
  SubmitCertificate submit_certificate;
};

TEST_CASE("a race gives a set that both policies accept, with no SCT too many",
          "[CT-01][CT-03][CT-04][CT-05][CT-11][CT-12]") {
  World world;
  world.WithUsualLogs();
  const int days = GENERATE(1, 90, 180, 181, 398);
  for (int i = 0; i < 5; ++i) {
    const auto response = world.Get(days);
    REQUIRE_OK(response);
    world.CheckComplete(*response, days);
    CHECK(response->log_list_version() == "1.0");
  }
}

TEST_CASE("logs get the whole chain in order, as base64 in JSON", "[CT-11]") {
  World world;
  world.WithUsualLogs();
  const v1::GetSctsRequest request = world.Request();
  REQUIRE_OK(world.get_scts.Run({}, request));
  const auto requests = world.logs.requests();
  REQUIRE(requests.size() == 2);
  for (const http::ApiRequest& sent : requests) {
    CHECK(sent.method == "POST");
    CHECK(sent.url.ends_with(".test/ct/v1/add-pre-chain"));
    CHECK(sent.content_type == "application/json");
    const auto json = acme::Json::Parse(sent.body);
    REQUIRE_OK(json);
    REQUIRE(json->names() == std::vector<std::string>{"chain"});
    REQUIRE(json->items()[0].items().size() == 3);
    for (int i = 0; i < 3; ++i) {
      CHECK(base::FromBase64(json->items()[0].items()[static_cast<size_t>(i)].string()) ==
            request.chain(i));
    }
  }
}

TEST_CASE("a log that misbehaves in any way is replaced by another", "[CT-05][CT-12][CT-13]") {
  const auto [behaviour, outcome] = GENERATE(table<Behaviour, const char*>({
      {Behaviour::kForged, "wrong"},
      {Behaviour::kOther, "wrong"},
      {Behaviour::kFuture, "wrong"},
      {Behaviour::kAncient, "wrong"},
      {Behaviour::kOtherLog, "wrong"},
      {Behaviour::kGarbage, "wrong"},
      {Behaviour::kRetired, "refused"},
      {Behaviour::kFull, "unavailable"},
      {Behaviour::kDown, "unavailable"},
  }));
  World world;
  world.WithUsualLogs();
  INFO(outcome);
  world.logs.Set("oak", behaviour);
  // Until chance has made the bad log one of the first.
  while (world.logs.asked("oak") == 0) {
    const auto response = world.Get();
    REQUIRE_OK(response);
    world.CheckComplete(*response);
    CHECK_FALSE(world.Names(*response).contains("oak"));
  }
  // The only other log of RFC 6962 has taken its place, and it rests.
  CHECK(world.health.StandingOf(world.list->logs()[0].id) != Standing::kGood);
  CHECK(world.metrics.Text().find(std::string("log=\"oak\",outcome=\"") + outcome) !=
        std::string::npos);
  const int before = world.logs.asked("oak");
  for (int i = 0; i < 5; ++i) REQUIRE_OK(world.Get());
  CHECK(world.logs.asked("oak") == before);
}

TEST_CASE("a static-ct log whose SCT has no leaf index is not believed", "[CT-13]") {
  World world;
  world.logs.Add("oak", "Alpha");
  world.logs.Add("fir", "Beta", ct::LogKind::kStatic);
  world.list = world.logs.list();
  world.logs.Set("fir", Behaviour::kNoIndex);
  CHECK_REASON(world.Get(), Reason::kUnavailable);
}

TEST_CASE("a log that never answers is felt once", "[CT-05][CT-19]") {
  World world(absl::Milliseconds(100));
  world.WithUsualLogs();
  world.logs.Set("elm", Behaviour::kHeld);
  while (world.logs.asked("elm") == 0) {
    const auto response = world.Get();
    REQUIRE_OK(response);
    world.CheckComplete(*response);
  }
  // Now it is known to be late, and not among the first any more.
  const std::string elm = world.list->logs()[1].id;
  CHECK(world.health.StandingOf(elm) == Standing::kLate);
  for (int i = 0; i < 5; ++i) {
    const auto response = world.Get();
    REQUIRE_OK(response);
    CHECK_FALSE(world.Names(*response).contains("elm"));
  }
  CHECK(world.logs.asked("elm") == 1);
  // The late submission has gone on, so that its end can tell what is wrong.
  world.logs.Set("elm", Behaviour::kDown);
  world.logs.Release();
  world.pool.Stop();
  CHECK(world.health.StandingOf(elm) == Standing::kResting);
}

TEST_CASE("a late log that answers in the end is good again", "[CT-05][CT-19]") {
  World world(absl::Milliseconds(1), absl::Minutes(1));
  world.WithUsualLogs();
  const std::string elm = world.list->logs()[1].id;
  while (world.logs.asked("elm") == 0) REQUIRE_OK(world.Get());  // how fast it is, is known
  world.logs.Set("elm", Behaviour::kHeld);
  while (world.health.StandingOf(elm) == Standing::kGood) {
    const auto response = world.Get();
    REQUIRE_OK(response);
    world.CheckComplete(*response);
    CHECK_FALSE(world.Names(*response).contains("elm"));
  }
  CHECK(world.health.StandingOf(elm) == Standing::kLate);
  world.logs.Release();
  world.pool.Stop();
  CHECK(world.health.StandingOf(elm) == Standing::kGood);
}

TEST_CASE("what runs in time when the set is there is cancelled", "[CT-05]") {
  World world(absl::Milliseconds(1), absl::Minutes(1));
  world.logs.Add("oak", "Alpha");
  world.logs.Add("ash", "Gamma", ct::LogKind::kStatic);
  world.list = world.logs.list();
  REQUIRE_OK(world.Get());  // how fast these two are, is known
  world.logs.Add("elm", "Beta");
  world.list = world.logs.list();
  // Oak is asked first and is soon late, so elm is asked, which has a minute; then
  // oak answers.
  const std::string elm = world.list->logs()[1].id;  // those of RFC 6962 come first
  world.health.Late(elm);
  world.logs.Set("oak", Behaviour::kHeld);
  world.logs.Set("elm", Behaviour::kSilent);
  world.logs.OnAsked("elm", [&] { world.logs.Release(); });
  const auto response = world.Get();
  REQUIRE_OK(response);
  world.CheckComplete(*response);
  CHECK_FALSE(world.Names(*response).contains("elm"));
  world.pool.Stop();
  CHECK(world.logs.cancelled("elm") == 1);
}

TEST_CASE("where no set is possible, the race says so at once", "[CT-01]") {
  World world;
  world.WithUsualLogs();
  SECTION("all logs are down") {
    for (const char* name : {"oak", "elm", "fir", "ash"}) world.logs.Set(name, Behaviour::kDown);
  }
  SECTION("only static-ct logs are left") {
    world.logs.Set("oak", Behaviour::kDown);
    world.logs.Set("elm", Behaviour::kForged);
  }
  SECTION("only logs of one operator are left") {
    world.logs.Set("oak", Behaviour::kFull);
    world.logs.Set("ash", Behaviour::kRetired);
  }
  CHECK_REASON(world.Get(), Reason::kUnavailable);
}

TEST_CASE("a race that takes too long ends at its deadline", "[CT-01]") {
  World world(absl::Milliseconds(10));
  world.WithUsualLogs();
  for (const char* name : {"oak", "elm", "fir", "ash"}) world.logs.Set(name, Behaviour::kSilent);
  base::Call call;
  // The clock stands, so the wait is as long as this, and then the time is over.
  call.deadline = kNow;
  CHECK_REASON(world.get_scts.Run(call, world.Request()), Reason::kUnavailable);
}

TEST_CASE("logs that can't take the certificate are not asked", "[CT-07][CT-08][CT-10]") {
  World world;
  world.logs.Add("oak", "Alpha");
  world.logs.Add("ash", "Gamma", ct::LogKind::kStatic);
  for (const ct::LogState state :
       {ct::LogState::kUnlisted, ct::LogState::kPending, ct::LogState::kQualified,
        ct::LogState::kReadOnly, ct::LogState::kRetired, ct::LogState::kRejected}) {
    world.logs.Add(std::string(ct::NameOf(state)), "Beta").state = state;
  }
  const absl::Time end = kNow + absl::Hours(24 * 6) - absl::Seconds(1);
  world.logs.Add("past", "Beta").interval = ct::Log::Interval{kNow, end};
  world.logs.Add("next", "Beta").interval =
      ct::Log::Interval{end + absl::Seconds(1), end + absl::Hours(1000)};
  world.logs.Add("test", "Beta").production = false;
  world.list = world.logs.list();
  for (int i = 0; i < 5; ++i) {
    const auto response = world.Get();
    REQUIRE_OK(response);
    CHECK(world.Names(*response) == std::set<std::string>{"oak", "ash"});
  }
  for (const http::ApiRequest& request : world.logs.requests()) {
    const bool usable =
        request.url.starts_with("https://oak.") || request.url.starts_with("https://ash.");
    CHECK(usable);
  }
}

TEST_CASE("the shard of a log begins with its first second", "[CT-08]") {
  World world;
  const absl::Time end = kNow + absl::Hours(24 * 6) - absl::Seconds(1);
  world.logs.Add("oak", "Alpha").interval = ct::Log::Interval{end, end + absl::Seconds(1)};
  world.logs.Add("ash", "Gamma", ct::LogKind::kStatic);
  world.list = world.logs.list();
  CHECK_OK(world.Get());
}

TEST_CASE("a log that says when to come back is left alone until then", "[CT-19]") {
  World world;
  world.WithUsualLogs();
  world.logs.Set("oak", Behaviour::kFullLong);
  while (world.logs.asked("oak") == 0) REQUIRE_OK(world.Get());
  world.logs.Set("oak", Behaviour::kGood);
  // Not even where there is no other way.
  world.logs.Set("elm", Behaviour::kDown);
  world.clock.Advance(absl::Minutes(59));
  CHECK_REASON(world.Get(), Reason::kUnavailable);
  CHECK(world.logs.asked("oak") == 1);
  // A log that only failed is, rather than to give no certificate.
  world.clock.Advance(absl::Minutes(2));
  const auto response = world.Get();
  REQUIRE_OK(response);
  CHECK(world.Names(*response).contains("oak"));
}

TEST_CASE("a log that is well again is found out without anybody waiting for it", "[CT-19]") {
  World world;
  world.WithUsualLogs();
  world.logs.Set("oak", Behaviour::kDown);
  while (world.logs.asked("oak") == 0) REQUIRE_OK(world.Get());
  world.logs.Set("oak", Behaviour::kGood);
  world.clock.Advance(absl::Seconds(2));
  REQUIRE_OK(world.Get());
  world.pool.Stop();  // the probe has ended
  CHECK(world.logs.asked("oak") == 2);
  CHECK(world.health.StandingOf(world.list->logs()[0].id) == Standing::kGood);
}

TEST_CASE("what is no chain of a precertificate is refused", "[CT-11]") {
  World world;
  world.WithUsualLogs();
  v1::GetSctsRequest request = world.Request();
  SECTION("no issuer") { request.mutable_chain()->DeleteSubrange(1, 2); }
  SECTION("the wrong order") { request.mutable_chain()->SwapElements(1, 2); }
  SECTION("an issuer of somebody else") {
    request.set_chain(1, testing::TestChain(kNow).issuer().certificate_der());
  }
  SECTION("no certificate") { request.set_chain(0, "x"); }
  SECTION("eleven certificates") {
    while (request.chain_size() < 11) request.add_chain(world.chain.root().certificate_der());
  }
  SECTION("a final certificate") {
    const testing::TestLog log;
    const std::vector scts = {log.Promise(world.chain.EntryOf(request.chain(0)), kNow)};
    request.set_chain(0, world.chain.Final(request.chain(0), scts));
  }
  CHECK_REASON(world.get_scts.Run({}, request), Reason::kMalformed);
  CHECK(world.logs.requests().empty());
}

TEST_CASE("plain HTTP is refused unless it is allowed", "[CT-11]") {
  World world;
  world.logs.Add("oak", "Alpha").submission_url = "http://oak.test/";
  world.logs.Add("ash", "Gamma", ct::LogKind::kStatic);
  world.list = world.logs.list();
  CHECK_REASON(world.Get(), Reason::kUnavailable);
  CHECK(world.logs.asked("oak") == 0);
}

TEST_CASE("health asks for a set of logs in good standing", "[CT-03]") {
  World world;
  world.WithUsualLogs();
  CHECK_OK(world.get_scts.CheckEnough(kNow, kNow + absl::Hours(24)));
  world.health.Failed(world.list->logs()[0].id, absl::ZeroDuration());
  CHECK_OK(world.get_scts.CheckEnough(kNow, kNow + absl::Hours(24)));
  world.health.Failed(world.list->logs()[1].id, absl::ZeroDuration());
  CHECK_REASON(world.get_scts.CheckEnough(kNow, kNow + absl::Hours(24)), Reason::kUnavailable);
}

TEST_CASE("a final certificate goes to the first log that takes it", "[CT-02]") {
  World world;
  world.WithUsualLogs();
  v1::SubmitCertificateRequest request;
  const std::string precertificate = world.Precertificate()[0];
  const testing::TestLog log;
  const std::vector scts = {log.Promise(world.chain.EntryOf(precertificate), kNow)};
  const std::string der = world.chain.Final(precertificate, scts);
  for (const std::string& one : world.chain.Above(der)) request.add_chain(one);

  SECTION("three of four logs fail") {
    world.logs.Set("oak", Behaviour::kDown);
    world.logs.Set("elm", Behaviour::kForged);
    world.logs.Set("fir", Behaviour::kFull);
    const auto response = world.submit_certificate.Run({}, request);
    REQUIRE_OK(response);
    CHECK(response->sct().log() == "ash");
    const auto sct = ct::SignedCertificateTimestamp::Parse(response->sct().encoded());
    REQUIRE_OK(sct);
    CHECK_OK(ct::VerifySct(*sct, world.list->Find(sct->log_id)->key, ct::Entry::Certificate(der)));
    CHECK(world.logs.requests().back().url.ends_with("ct/v1/add-chain"));
  }
  SECTION("all fail") {
    for (const char* name : {"oak", "elm", "fir", "ash"}) world.logs.Set(name, Behaviour::kFull);
    CHECK_REASON(world.submit_certificate.Run({}, request), Reason::kUnavailable);
    // All have asked to wait, so the next try asks none.
    CHECK_REASON(world.submit_certificate.Run({}, request), Reason::kUnavailable);
    CHECK(world.logs.requests().size() == 4);
  }
  SECTION("a precertificate is refused") {
    request.set_chain(0, precertificate);
    CHECK_REASON(world.submit_certificate.Run({}, request), Reason::kMalformed);
  }
}

}  // namespace
}  // namespace cairn::publisher
