#include "services/ra/core/watch_logs.h"

#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "libs/ct/test_chain.h"
#include "libs/ct/test_log.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using errors::Reason;
using sa::FakeSa;
using testing::World;

const absl::Status kAway = errors::Make(Reason::kUnavailable, "no log answers");

// A CA whose logs have been looked at once, and so are read from now on. The fake
// publisher's logs are oak, elm and fir.
struct Watched {
  Watched()
      : world(testing::WithCt), issuers{world.signer.root_der(), other.issuer().certificate_der()} {
    options.watched_issuers = issuers;
    Watch();
  }

  void Watch(WatchLogs* watch = nullptr) {
    CHECK_OK((watch == nullptr ? watch_logs : *watch).Run(world.call));
    world.Drain();
  }
  // A certificate of the CA, by all rules, and its work with logs done.
  void Issue(const std::string& name) {
    const auto account = world.Account();
    const auto order = world.ReadyOrder(account, {name});
    REQUIRE_OK(
        world.finalize_order.Run(world.call, world.Finalize(account, order.order_id(), {name})));
    world.Drain();
    world.WorkLogs();
    REQUIRE(world.Read(account, order.order_id()).status() == core::v1::Order::STATUS_VALID);
  }
  // Of one of the issuers; the CA knows nothing of it.
  std::string Precertificate() {
    return other.Precertificate(world.clock.Now(),
                                world.clock.Now() + absl::Hours(24) - absl::Seconds(1));
  }
  ct::SignedCertificateTimestamp Promise(const std::string& precertificate) {
    const cairn::testing::TestLog log;
    return log.Promise(other.EntryOf(precertificate), world.clock.Now());
  }
  // Each time with other SCTs.
  std::string Final(const std::string& precertificate) {
    return other.Final(precertificate, std::vector{Promise(precertificate)});
  }
  std::string Foreign() { return Final(Precertificate()); }
  std::vector<audit::v1::LogEntryUnexplained> Alarms() {
    std::vector<audit::v1::LogEntryUnexplained> alarms;
    for (const audit::v1::Event& event : world.audit.events()) {
      if (event.has_log_entry_unexplained()) alarms.push_back(event.log_entry_unexplained());
    }
    return alarms;
  }

  World world;
  cairn::testing::TestChain other{world.clock.Now()};
  const std::vector<std::string> issuers;
  Options options = world.options;
  WatchLogs watch_logs{options,           {world.sa, world.publisher},
                       world.log_readers, world.audit,
                       world.clock,       world.pause,
                       world.observer};
};

TEST_CASE("what the CA issued raises no alarm, in whichever log it is", "[CT-21]") {
  Watched w;
  w.Issue("a.test");
  w.Issue("b.test");
  w.Watch();
  // Two precertificates in two logs each, and two certificates in one.
  CHECK(w.world.observer.entries_read() == 6);
  CHECK(w.world.observer.behind("oak") == 0);
  CHECK(w.Alarms().empty());
  CHECK(w.world.observer.unexplained().empty());
  CHECK(w.world.observer.failures().empty());
  // And is not read again.
  w.Watch();
  CHECK(w.world.observer.entries_read() == 6);
}

TEST_CASE("a certificate of our issuer that the CA did not issue is an alarm, once", "[CT-21]") {
  Watched w;
  w.Issue("a.test");
  const std::string der = w.Foreign();
  w.world.publisher.Insert("elm", der);
  w.Watch();
  w.Watch();
  const auto alarms = w.Alarms();
  REQUIRE(alarms.size() == 1);
  CHECK(alarms[0].log() == "elm");
  CHECK(alarms[0].index() == 1);
  CHECK(alarms[0].certificate() == der);
  CHECK(alarms[0].serial() == x509::Certificate::Parse(der)->tbs().serial);
  CHECK_FALSE(alarms[0].precertificate());
  CHECK(w.world.observer.unexplained() ==
        std::vector<std::string>{"its serial number is none of this CA's"});
}

// As if the CA had issued it.
void Store(World& world, const std::string& der, bool certificate = true) {
  sa::v1::ReconcileSerialsRequest request;
  request.set_signer("ca-1");
  sa::v1::JournaledSerial& journaled = *request.add_serials();
  journaled.set_serial(x509::Certificate::Parse(der)->tbs().serial);
  REQUIRE(journaled.serial().size() == 16);
  journaled.set_issuance_id(std::string(16, 'i'));
  journaled.set_not_after(absl::ToUnixSeconds(world.clock.Now()) + 86400);
  (certificate ? *journaled.mutable_certificate() : *journaled.mutable_precertificate()) = der;
  request.set_next_index(1);
  REQUIRE_OK(world.sa.ReconcileSerials(world.call, request));
}

TEST_CASE("a certificate that the SA does not have, of a serial number that it has, is an alarm",
          "[CT-21]") {
  Watched w;
  const std::string precertificate = w.Precertificate();
  const std::string one = w.Final(precertificate);
  const std::string other = w.Final(precertificate);  // with other SCTs
  SECTION("the signer signed twice") {
    Store(w.world, one);
    w.world.publisher.Insert("oak", other);
    w.Watch();
    CHECK(w.world.observer.unexplained() ==
          std::vector<std::string>{"another one is stored for its serial number"});
  }
  SECTION("the SA has only the precertificate") {
    Store(w.world, precertificate, /*certificate=*/false);
    w.world.publisher.Insert("oak", one);
    w.Watch();
    CHECK(w.world.observer.unexplained() ==
          std::vector<std::string>{"nothing of its kind is stored for its serial number"});
  }
}

TEST_CASE("the same certificate with another signature is no alarm: anybody can make one",
          "[CT-21]") {
  Watched w;
  const std::string precertificate = w.Precertificate();
  const std::vector scts = {w.Promise(precertificate)};
  const std::string one = w.other.Final(precertificate, scts);
  const std::string other = w.other.Final(precertificate, scts);
  REQUIRE(one != other);
  Store(w.world, one);
  w.world.publisher.Insert("oak", other);
  w.Watch();
  CHECK(w.world.observer.entries_read() == 1);
  CHECK(w.Alarms().empty());
}

TEST_CASE("what was in a log before it was first seen is not read", "[CT-21]") {
  Watched w;
  FakeSa fresh(w.world.clock, w.world.random);
  WatchLogs first(w.options, {fresh, w.world.publisher}, w.world.log_readers, w.world.audit,
                  w.world.clock, w.world.pause, w.world.observer);
  w.world.publisher.Insert("oak", w.Foreign());
  w.Watch(&first);
  w.Watch(&first);
  CHECK(w.Alarms().empty());
  w.world.publisher.Insert("oak", w.Foreign());
  w.Watch(&first);
  CHECK(w.Alarms().size() == 1);
}

TEST_CASE("a database that is a moment behind is no alarm", "[CT-21]") {
  Watched w;
  w.Issue("a.test");
  // The first look finds nothing, for whatever reason; the second does.
  struct Behind final : sa::LogWatch {
    explicit Behind(sa::LogWatch& truth) : truth(truth) {}
    absl::StatusOr<sa::v1::GetLogPositionsResponse> GetLogPositions(
        const base::Call& call, const sa::v1::GetLogPositionsRequest& request) override {
      return truth.GetLogPositions(call, request);
    }
    absl::StatusOr<sa::v1::MoveLogPositionResponse> MoveLogPosition(
        const base::Call& call, const sa::v1::MoveLogPositionRequest& request) override {
      return truth.MoveLogPosition(call, request);
    }
    absl::StatusOr<sa::v1::FindSerialsResponse> FindSerials(
        const base::Call& call, const sa::v1::FindSerialsRequest& request) override {
      return looks++ % 2 == 0 ? sa::v1::FindSerialsResponse() : truth.FindSerials(call, request);
    }
    sa::LogWatch& truth;
    int looks = 0;
  } behind(w.world.sa);
  WatchLogs watch(w.options, {behind, w.world.publisher}, w.world.log_readers, w.world.audit,
                  w.world.clock, w.world.pause, w.world.observer);
  w.Watch(&watch);
  CHECK(behind.looks > 0);
  CHECK(w.world.observer.entries_read() == 3);
  CHECK(w.Alarms().empty());
}

// The SA, which answers late: what was being read when it was asked has been read to
// its end by the time its answer is there.
struct LateAnswer final : sa::LogWatch {
  LateAnswer(sa::LogWatch& truth, std::shared_future<void> go, std::function<void()> meanwhile)
      : truth(truth), go(std::move(go)), meanwhile(std::move(meanwhile)) {}
  absl::StatusOr<sa::v1::GetLogPositionsResponse> GetLogPositions(
      const base::Call& call, const sa::v1::GetLogPositionsRequest& request) override {
    auto response = truth.GetLogPositions(call, request);
    meanwhile();
    return response;
  }
  absl::StatusOr<sa::v1::MoveLogPositionResponse> MoveLogPosition(
      const base::Call& call, const sa::v1::MoveLogPositionRequest& request) override {
    return truth.MoveLogPosition(call, request);
  }
  absl::StatusOr<sa::v1::FindSerialsResponse> FindSerials(
      const base::Call& call, const sa::v1::FindSerialsRequest& request) override {
    go.wait();
    return truth.FindSerials(call, request);
  }
  sa::LogWatch& truth;
  const std::shared_future<void> go;
  const std::function<void()> meanwhile;
};

TEST_CASE("a log that is read while its position is asked for is not read from there again",
          "[CT-21]") {
  Watched w;
  w.world.publisher.Insert("oak", w.Foreign());
  std::promise<void> go;
  int runs = 0;
  LateAnswer late(w.world.sa, go.get_future().share(), [&] {
    if (++runs < 2) return;
    go.set_value();
    w.world.Drain();
  });
  WatchLogs watch(w.options, {late, w.world.publisher}, w.world.log_readers, w.world.audit,
                  w.world.clock, w.world.pause, w.world.observer);
  CHECK_OK(watch.Run(w.world.call));  // oak waits for the SA
  CHECK_OK(watch.Run(w.world.call));
  w.world.Drain();
  CHECK(w.Alarms().size() == 1);
}

TEST_CASE("an entry whose alarm could not be written is read again", "[CT-21]") {
  Watched w;
  w.world.publisher.Insert("oak", w.Foreign());
  SECTION("the audit log is full") { w.world.audit.SetFailing(true); }
  SECTION("the SA is away when it is asked") {
    w.world.sa.FailNext("FindSerials", FakeSa::Fault::kNotDone);
  }
  SECTION("the service stops") { w.world.pause.SetStopped(true); }
  w.Watch();
  CHECK(w.Alarms().empty());
  w.world.audit.SetFailing(false);
  w.world.pause.SetStopped(false);
  w.Watch();
  CHECK(w.Alarms().size() == 1);
}

TEST_CASE("a log that can't be read doesn't keep the others from being read", "[CT-21]") {
  Watched w;
  for (const char* log : {"oak", "elm", "fir"}) w.world.publisher.Insert(log, w.Foreign());
  w.world.publisher.FailNext(absl::OkStatus());  // the list comes
  w.world.publisher.FailNext(kAway);             // and oak does not answer
  w.Watch();
  CHECK(w.world.observer.failures() == std::vector<std::string>{"watch_log oak"});
  CHECK(w.Alarms().size() == 2);
  w.Watch();
  CHECK(w.Alarms().size() == 3);
}

TEST_CASE("where another RA has read on, this one neither fails nor goes back", "[CT-21]") {
  Watched w;
  w.world.publisher.Insert("oak", w.Foreign());
  w.world.sa.FailNext("MoveLogPosition", FakeSa::Fault::kDoneButAnswerLost);
  w.Watch();
  CHECK(w.world.observer.failures() == std::vector<std::string>{"watch_log oak"});
  w.Watch();
  CHECK(w.Alarms().size() == 1);
  CHECK(w.world.observer.failures().size() == 1);
}

// A publisher of one log that says of it what it is told to.
struct OddPublisher final : publisher::Publisher {
  absl::StatusOr<publisher::v1::GetSctsResponse> GetScts(
      const base::Call&, const publisher::v1::GetSctsRequest&) override {
    return kAway;
  }
  absl::StatusOr<publisher::v1::SubmitCertificateResponse> SubmitCertificate(
      const base::Call&, const publisher::v1::SubmitCertificateRequest&) override {
    return kAway;
  }
  absl::StatusOr<publisher::v1::CheckInclusionResponse> CheckInclusion(
      const base::Call&, const publisher::v1::CheckInclusionRequest&) override {
    return kAway;
  }
  absl::StatusOr<publisher::v1::ListLogsResponse> ListLogs(
      const base::Call&, const publisher::v1::ListLogsRequest&) override {
    publisher::v1::ListLogsResponse response;
    response.add_logs()->set_log_id(std::string(32, 'o'));
    response.mutable_logs(0)->set_name("odd");
    return response;
  }
  absl::StatusOr<publisher::v1::ReadLogResponse> ReadLog(
      const base::Call&, const publisher::v1::ReadLogRequest&) override {
    ++reads;
    return read;
  }
  publisher::v1::ReadLogResponse read;
  int reads = 0;
};

TEST_CASE("answers that make no sense neither move a log's position nor make it spin", "[CT-21]") {
  Watched w;
  OddPublisher odd;
  WatchLogs watch(w.options, {w.world.sa, odd}, w.world.log_readers, w.world.audit, w.world.clock,
                  w.world.pause, w.world.observer);
  odd.read.set_tree_size(10);
  w.Watch(&watch);  // begins at 10
  CHECK(odd.reads == 1);
  odd.reads = 0;
  SECTION("it goes back") {
    odd.read.set_tree_size(20);
    odd.read.set_next(5);
    w.Watch(&watch);
    CHECK(w.world.observer.failures() == std::vector<std::string>{"watch_log odd"});
  }
  SECTION("it goes beyond the end") {
    odd.read.set_tree_size(20);
    odd.read.set_next(21);
    w.Watch(&watch);
    CHECK(w.world.observer.failures() == std::vector<std::string>{"watch_log odd"});
  }
  SECTION("it stays where it is, though there is more") {
    odd.read.set_tree_size(20);
    odd.read.set_next(10);
    w.Watch(&watch);
    CHECK(w.world.observer.behind("odd") == 10);
    CHECK(w.world.observer.failures().empty());
  }
  SECTION("the log is shorter, as of a front end that is behind") {
    odd.read.set_tree_size(9);
    odd.read.set_next(9);
    w.Watch(&watch);
    CHECK(w.world.observer.failures().empty());
  }
  CHECK(odd.reads == 1);
  const auto stored = w.world.sa.GetLogPositions(w.world.call, {});
  REQUIRE_OK(stored);
  for (const sa::v1::LogPosition& position : stored->positions()) {
    if (position.log_id() == std::string(32, 'o')) CHECK(position.next_entry() == 10);
  }
  CHECK(stored->positions_size() == 4);
}

TEST_CASE("without its peers the watch says so", "[CT-21]") {
  Watched w;
  SECTION("the publisher") { w.world.publisher.FailNext(kAway); }
  SECTION("the SA") { w.world.sa.FailNext("GetLogPositions", FakeSa::Fault::kNotDone); }
  CHECK_REASON(w.watch_logs.Run(w.world.call), Reason::kUnavailable);
}

}  // namespace
}  // namespace cairn::ra
