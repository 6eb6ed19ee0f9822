#include "services/va/core/corroborate.h"

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "libs/audit/fake_log.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/dns/fake_resolver.h"
#include "libs/evidence/receipt.h"
#include "libs/log/line_sink.h"
#include "libs/policy/addresses.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/va/api/fake_perspective.h"
#include "services/va/core/caa_refusals.h"
#include "services/va/core/fake_web.h"
#include "services/va/core/validate_http01.h"

namespace cairn::va {
namespace {

using errors::Reason;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');

// Fake perspectives that answer when they are asked, or when told to.
class FakeRemotes final : public Remotes {
 public:
  FakeRemotes(int count, const base::Clock& clock) {
    for (int i = 1; i <= count; ++i) {
      perspectives.push_back(std::make_unique<FakePerspective>(
          base::Cat("remote-", i), static_cast<evidence::v1::Receipt::Rir>(1 + i % 5), clock));
    }
    held.resize(perspectives.size());
  }

  void Ask(const base::Call& call, std::shared_ptr<const v1::ObserveRequest> request,
           OnAnswer on_answer) override {
    requests.push_back(request);
    for (size_t i = 0; i < perspectives.size(); ++i) {
      auto response = perspectives[i]->Observe(call, *request);
      if (response.ok() && change) change(i, *response);
      if (held[i]) {
        late.push_back([=] { on_answer(i, response); });
      } else {
        on_answer(i, response);
      }
    }
    if (asked) asked();
  }

  std::vector<std::unique_ptr<FakePerspective>> perspectives;
  std::vector<bool> held;
  std::vector<std::function<void()>> late;
  std::vector<std::shared_ptr<const v1::ObserveRequest>> requests;
  std::function<void(size_t, v1::ObserveResponse&)> change;
  std::function<void()> asked;
};

class FakeRefusals final : public CaaRefusals {
 public:
  void Refused(CaaRefusal refusal) override { refusals.push_back(std::move(refusal)); }
  std::vector<CaaRefusal> refusals;
};

class World {
 public:
  struct Setup {
    int count = 5;  // of remotes
    policy::Pack pack = policy::Pack::kWebPki;
    int shadow = 0;  // the number of a remote; 0: none
    absl::Duration linger = absl::ZeroDuration();
    absl::Duration problem_linger = absl::ZeroDuration();
  };
  explicit World(int count = 5, policy::Pack pack = policy::Pack::kWebPki)
      : World(Setup{.count = count, .pack = pack}) {}
  explicit World(const Setup& setup) : remotes(setup.count, clock) {
    dns.SetAddresses("a.test", {"93.184.216.34"});
    dns.SetAddresses("b.test", {"93.184.216.34"});
    web.Serve("93.184.216.34:80", "",
              {.status = 200,
               .body = base::ToBase64Url(kToken) + "." + base::ToBase64Url(kThumbprint),
               .whole = true});
    Corroborate::Options options{.pack = setup.pack,
                                 .caa_identities = {kFakeCaaIdentity},
                                 .software_version = "fake",
                                 .linger = setup.linger,
                                 .problem_linger = setup.problem_linger};
    std::vector<evidence::Site> sites = {{.id = "primary",
                                          .primary = true,
                                          .rir = evidence::v1::Receipt::RIR_ARIN,
                                          .place = policy::Place{0, 0}}};
    options.perspectives.push_back({.site = sites.front()});
    for (const auto& remote : remotes.perspectives) {
      const size_t number = options.perspectives.size();
      const evidence::Site site{.id = remote->id(),
                                .rir = remote->rir(),
                                .place = policy::Place{0, 20.0 * static_cast<double>(number)}};
      const bool shadow = number == static_cast<size_t>(setup.shadow);
      options.perspectives.push_back({.site = site, .shadow = shadow});
      if (!shadow) sites.push_back(site);
    }
    rules.emplace(setup.pack, sites, log, metrics, clock);
    corroborate.emplace(options, Corroborate::Environment{*rules, observe, remotes, audit, log,
                                                          metrics, clock, random, &refusals});
  }

  // A value of a gauge or counter, as it is written.
  std::string Metric(const std::string& line) {
    const std::string text = metrics.Text();
    const size_t at = text.find("\n" + line + " ");
    if (at == text.npos) return "absent";
    const size_t value = at + line.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }

  absl::StatusOr<v1::ValidateResponse> Validate(const std::string& name = "a.test") {
    v1::ValidateRequest request;
    *request.mutable_subject() = Subject(name, kToken);
    base::Call call;
    call.deadline = clock.Now() + patience;
    return corroborate->Validate(call, request);
  }

  static v1::Subject Subject(const std::string& name, const std::string& token) {
    v1::Subject subject;
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value(name);
    subject.set_account_uri("https://ca.test/acme/account/a");
    subject.set_account_thumbprint(kThumbprint);
    subject.set_method("http-01");
    subject.set_token(token);
    subject.set_caa_only(token.empty());
    return subject;
  }

  FakePerspective& remote(int number) { return *remotes.perspectives.at(number - 1); }

  // Between 2026-06-15 and 2026-12-15: four remotes are the least.
  testing::FakeClock clock{absl::FromUnixSeconds(1'795'000'000)};
  testing::CountingRandom random;
  audit::FakeLog audit;
  metrics::Registry metrics;
  log::LineSink sink{-1};
  log::Logger log{"va", log::Level::kError, clock, sink};
  crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  dns::FakeResolver dns;
  FakeWeb web;
  policy::AddressRules addresses{{}};
  ValidateHttp01 http01{{}, addresses, web};
  CheckCaa check_caa{{kFakeCaaIdentity}};
  Observe observe{{.perspective_id = "primary",
                   .rir = evidence::v1::Receipt::RIR_ARIN,
                   .software_version = "fake"},
                  key,
                  dns,
                  {{"http-01", &http01}},
                  check_caa,
                  clock};
  FakeRemotes remotes;
  std::optional<RulesWatch> rules;
  FakeRefusals refusals;
  std::optional<Corroborate> corroborate;
  absl::Duration patience = absl::Milliseconds(20);
};

TEST_CASE("when all see the same, all receipts of one attempt are the result",
          "[MPIC-01][MPIC-08][MPIC-16][MPIC-17][LOG-04][LOG-05][LOG-06]") {
  World world;
  const auto response = world.Validate();
  REQUIRE_OK(response);
  CHECK(response->valid());
  CHECK_FALSE(response->has_problem());
  CHECK(response->corroboration() == "5/5");
  REQUIRE(response->attempt().receipts_size() == 6);
  for (int i = 0; i < 6; ++i) {
    const auto receipt = evidence::PeekReceipt(response->attempt().receipts(i));
    REQUIRE_OK(receipt);
    CHECK(receipt->perspective_id() == (i == 0 ? "primary" : base::Cat("remote-", i)));
    CHECK(receipt->attempt_id().size() == 16);
    CHECK(receipt->attempt_id() == world.remotes.requests[0]->attempt_id());
    CHECK(receipt->control().token() == kToken);
  }

  REQUIRE(world.audit.events().size() == 1);
  const auto done = world.audit.events()[0].validation_done();
  CHECK(done.valid());
  CHECK(done.identifier().value() == "a.test");
  CHECK(done.identifier().type() == core::v1::Identifier::TYPE_DNS);
  CHECK(done.account_uri() == "https://ca.test/acme/account/a");
  CHECK(done.attempt_id() == world.remotes.requests[0]->attempt_id());
  CHECK(done.method() == "http-01");
  CHECK(done.corroboration() == "5/5");
  REQUIRE(done.perspectives_size() == 6);
  for (int i = 0; i < 6; ++i) {
    const auto& result = done.perspectives(i);
    CHECK(result.perspective_id() == (i == 0 ? "primary" : base::Cat("remote-", i)));
    CHECK(result.control());
    CHECK(result.caa());
    CHECK(result.problem().empty());
  }
}

TEST_CASE("as many remotes may fail as the table allows", "[MPIC-03][CAA-20]") {
  struct Row {
    int remotes, failing;
    bool valid;
  };
  for (const Row& row : {Row{4, 1, true}, Row{4, 2, false}, Row{5, 1, true}, Row{5, 2, false},
                         Row{6, 2, true}, Row{6, 3, false}}) {
    INFO(row.remotes << " remotes, " << row.failing << " fail");
    for (const bool caa : {false, true}) {
      World world(row.remotes);
      for (int i = 1; i <= row.failing; ++i) {
        if (caa) {
          world.remote(i).ForbidCaa("a.test", "forbidden");
        } else {
          world.remote(i).DenyControl("a.test", Reason::kConnection, "refused");
        }
      }
      const auto response = world.Validate();
      REQUIRE_OK(response);
      CHECK(response->valid() == row.valid);
      CHECK(response->corroboration() == base::Cat(row.remotes - row.failing, "/", row.remotes));
    }
  }
}

TEST_CASE("control and CAA each need their quorum, not the same perspectives", "[MPIC-15]") {
  World world;
  world.remote(1).DenyControl("a.test", Reason::kConnection, "refused");
  world.remote(2).ForbidCaa("a.test", "forbidden");
  CHECK(world.Validate()->valid());
}

TEST_CASE("a remote's problem is told without its name", "[MPIC-19]") {
  World world;
  world.remote(2).DenyControl("a.test", Reason::kConnection, "refused");
  world.remote(4).DenyControl("a.test", Reason::kConnection, "refused");
  const auto response = world.Validate();
  REQUIRE_OK(response);
  CHECK_FALSE(response->valid());
  CHECK(response->problem().detail().starts_with(
      "During secondary validation: refused (seen by 2 of 5 remote network perspectives"));
  CHECK(response->problem().reason() == static_cast<int>(Reason::kConnection));
  // The record names it.
  const auto done = world.audit.events().back().validation_done();
  CHECK(done.perspectives(2).perspective_id() == "remote-2");
  CHECK_FALSE(done.perspectives(2).control());
  CHECK(done.perspectives(2).problem() == "refused");
  CHECK_FALSE(done.valid());
  CHECK(done.corroboration() == "3/5");
}

TEST_CASE("the remotes can't replace the primary", "[MPIC-10]") {
  World world;
  SECTION("in control") {
    world.dns.SetAddresses("a.test", {"93.184.216.35"});
    const auto response = world.Validate();
    REQUIRE_OK(response);
    CHECK_FALSE(response->valid());
    CHECK(response->corroboration() == "5/5");
    CHECK(response->problem().reason() == static_cast<int>(Reason::kConnection));
    CHECK(response->problem().detail().find("secondary") == std::string::npos);
  }
  SECTION("in CAA") {
    world.dns.AddCaa("a.test", "issue", "other.test");
    const auto response = world.Validate();
    REQUIRE_OK(response);
    CHECK_FALSE(response->valid());
    CHECK(response->problem().reason() == static_cast<int>(Reason::kCaa));
  }
}

TEST_CASE("too few answers are our failure, not the subscriber's", "[MPIC-01]") {
  World world;
  for (const int i : {1, 2}) {
    world.remote(i).FailNext(errors::Make(Reason::kUnavailable, "down"));
  }
  CHECK_REASON(world.Validate(), Reason::kUnavailable);
  const auto done = world.audit.events().back().validation_done();
  CHECK_FALSE(done.valid());
  CHECK(done.corroboration() == "3/5");
  CHECK(done.perspectives(1).problem() == "unreachable: unavailable");
  // A second attempt has nothing of the first: other ids, other receipts.
  CHECK(world.Validate()->valid());
  CHECK(world.remotes.requests[0]->attempt_id() != world.remotes.requests[1]->attempt_id());
}

TEST_CASE("corroborations of one attempt never count in the next", "[MPIC-11]") {
  World world;
  // First remotes 1 and 2 fail, then 3 and 4: each time three of five.
  for (const int i : {1, 2}) world.remote(i).FailNext(errors::Make(Reason::kUnavailable, "down"));
  CHECK_FALSE(world.Validate().ok());
  for (const int i : {3, 4}) world.remote(i).FailNext(errors::Make(Reason::kUnavailable, "down"));
  CHECK_FALSE(world.Validate().ok());
}

TEST_CASE("a receipt of another attempt, name or perspective does not count",
          "[MPIC-08][MPIC-11]") {
  World world;
  std::function<void(evidence::v1::Receipt&)> change;
  world.remotes.change = [&](size_t i, v1::ObserveResponse& response) {
    if (i > 1) return;
    auto receipt = *evidence::PeekReceipt(response.receipts(0));
    change(receipt);
    *response.mutable_receipts(0) = *evidence::SignReceipt(world.remote(i + 1).key(), receipt);
  };
  change = [](auto&) {};
  CHECK(world.Validate()->corroboration() == "5/5");
  const std::vector<std::function<void(evidence::v1::Receipt&)>> changes = {
      [](auto& receipt) { receipt.set_attempt_id(std::string(16, 'x')); },
      [](auto& receipt) { receipt.set_perspective_id("remote-5"); },
      [](auto& receipt) { receipt.set_rir(evidence::v1::Receipt::RIR_UNSPECIFIED); },
      [](auto& receipt) { receipt.mutable_identifier()->set_value("b.test"); },
      [](auto& receipt) { receipt.set_wildcard(true); },
      [](auto& receipt) { receipt.set_account_uri("https://ca.test/acme/account/b"); },
      [](auto& receipt) { receipt.set_account_thumbprint(std::string(32, 'x')); },
      [](auto& receipt) { receipt.mutable_control()->set_token(std::string(16, 'x')); },
      [](auto& receipt) { receipt.clear_control(); },
      [](auto& receipt) { receipt.clear_caa(); },
      [](auto& receipt) { receipt.mutable_caa()->set_identities(0, "other.test"); },
      [](auto& receipt) { receipt.mutable_caa()->add_identities("other.test"); },
      [](auto& receipt) { receipt.mutable_caa()->set_method("dns-01"); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    change = changes[i];
    CHECK_REASON(world.Validate(), Reason::kUnavailable);
  }
}

TEST_CASE("nobody waits for a remote that can't change the outcome", "[MPIC-18]") {
  World world;
  world.patience = absl::Hours(1);
  SECTION("a yes") {
    world.remotes.held[3] = true;
    const auto response = world.Validate();
    REQUIRE_OK(response);
    CHECK(response->valid());
    CHECK(response->corroboration() == "4/5");
    REQUIRE(world.audit.events().size() == 1);
    CHECK(world.audit.events()[0].validation_done().perspectives(4).problem() == "no answer yet");
    // What comes later is recorded, too.
    for (const auto& answer : world.remotes.late) answer();
    REQUIRE(world.audit.events().size() == 2);
    const auto done = world.audit.events()[1].validation_done();
    CHECK(done.attempt_id() == world.audit.events()[0].validation_done().attempt_id());
    CHECK(done.corroboration() == "5/5");
    CHECK(done.perspectives(4).control());
  }
  SECTION("a no") {
    world.remote(1).DenyControl("a.test", Reason::kConnection, "refused");
    world.remote(2).DenyControl("a.test", Reason::kConnection, "refused");
    world.remotes.held[3] = true;
    world.remotes.held[4] = true;
    const auto response = world.Validate();
    REQUIRE_OK(response);
    CHECK_FALSE(response->valid());
    for (const auto& answer : world.remotes.late) answer();
    CHECK(world.audit.events().size() == 2);
  }
}

TEST_CASE("a problem waits longer for the rest, to say how many saw it", "[MPIC-18][MPIC-19]") {
  World world({.problem_linger = absl::Hours(1)});
  world.patience = absl::Hours(1);
  world.dns.SetAddresses("a.test", {"93.184.216.35"});
  world.remotes.held.assign(5, true);
  std::jthread answers;
  world.remotes.asked = [&] {
    answers = std::jthread([&] {
      for (const auto& answer : world.remotes.late) answer();
    });
  };
  const auto response = world.Validate();
  REQUIRE_OK(response);
  CHECK(response->problem().detail().find("(seen by 1 of 6 network perspectives; 5 saw no") !=
        std::string::npos);
}

TEST_CASE("a quorum that is open at the deadline is missed") {
  World world;
  world.remotes.held[3] = true;
  world.remotes.held[4] = true;
  CHECK_REASON(world.Validate(), Reason::kUnavailable);
  for (const auto& answer : world.remotes.late) answer();
}

TEST_CASE("a remote that is always late is not lingered for, and is again when it keeps up",
          "[MPIC-18]") {
  World world({.linger = absl::Milliseconds(1)});
  world.patience = absl::Hours(1);
  const std::string gauge = "cairn_va_perspective_lags{perspective=\"remote-4\"}";
  const auto late_answer = [&](absl::Duration after) {
    world.remotes.held[3] = true;
    CHECK(world.Validate()->corroboration() == "4/5");
    world.clock.Advance(after);
    for (const auto& answer : world.remotes.late) answer();
    world.remotes.late.clear();
  };
  late_answer(absl::Seconds(1));
  late_answer(absl::Seconds(1));
  CHECK(world.Metric(gauge) == "0");
  late_answer(absl::Seconds(1));
  CHECK(world.Metric(gauge) == "1");
  late_answer(absl::Seconds(1));
  CHECK(world.Metric(gauge) == "1");
  // It is asked all the same, and what it says is recorded.
  CHECK(world.remote(4).requests().size() == 4);
  CHECK(world.audit.events().back().validation_done().corroboration() == "5/5");
  // Nobody waited, but lingering would have been enough.
  late_answer(absl::ZeroDuration());
  CHECK(world.Metric(gauge) == "0");
}

TEST_CASE("a remote that fails at once lags as well; one that only says no doesn't", "[MPIC-18]") {
  World world;
  for (int i = 0; i < 3; ++i) {
    world.remote(1).FailNext(errors::Make(Reason::kUnavailable, "down"));
    world.remote(2).ForbidCaa("b.test", "forbidden");
    CHECK(world.Validate()->valid());
  }
  CHECK(world.Metric("cairn_va_perspective_lags{perspective=\"remote-1\"}") == "1");
  CHECK(world.Metric("cairn_va_perspective_lags{perspective=\"remote-2\"}") == "0");
  CHECK(world.Validate()->valid());
  CHECK(world.Metric("cairn_va_perspective_lags{perspective=\"remote-1\"}") == "0");
}

TEST_CASE("a remote that misses the deadline is late, whenever it answers") {
  World world({.count = 4});
  for (int i = 0; i < 3; ++i) {
    world.remotes.held[2] = world.remotes.held[3] = true;
    CHECK_REASON(world.Validate(), Reason::kUnavailable);
    for (const auto& answer : world.remotes.late) answer();
    world.remotes.late.clear();
  }
  CHECK(world.Metric("cairn_va_perspective_lags{perspective=\"remote-4\"}") == "1");
  CHECK(world.Metric("cairn_va_perspective_lags{perspective=\"remote-2\"}") == "0");
}

TEST_CASE("a shadow is asked and compared, and changes nothing", "[MPIC-17]") {
  World world({.count = 6, .shadow = 2});
  const auto answers = [&](const std::string& outcome) {
    return world.Metric("cairn_va_shadow_answers_total{outcome=\"" + outcome +
                        "\",perspective=\"remote-2\"}");
  };
  const auto response = world.Validate();
  REQUIRE_OK(response);
  CHECK(response->corroboration() == "5/5");
  REQUIRE(response->attempt().receipts_size() == 6);
  for (const auto& receipt : response->attempt().receipts()) {
    CHECK(evidence::PeekReceipt(receipt)->perspective_id() != "remote-2");
  }
  CHECK(world.audit.events().back().validation_done().perspectives_size() == 6);
  CHECK(world.remote(2).requests().size() == 1);
  CHECK(answers("agrees") == "1");

  SECTION("its yes helps nobody") {
    for (const int i : {1, 3}) world.remote(i).DenyControl("a.test", Reason::kConnection, "no");
    const auto refused = world.Validate();
    REQUIRE_OK(refused);
    CHECK_FALSE(refused->valid());
    CHECK(refused->corroboration() == "3/5");
    CHECK(answers("disagrees") == "1");
  }
  SECTION("its no hinders nobody, and its problem is not told") {
    world.remote(2).DenyControl("a.test", Reason::kConnection, "shadow");
    world.remote(1).DenyControl("a.test", Reason::kConnection, "one");
    CHECK(world.Validate()->valid());
    CHECK(answers("disagrees") == "1");
    world.remote(3).DenyControl("a.test", Reason::kConnection, "three");
    CHECK(world.Validate()->problem().detail().starts_with(
        "During secondary validation: one (seen by 2 of 5 remote network perspectives"));
    CHECK(answers("agrees") == "2");
  }
  SECTION("its failure is no one's") {
    world.remote(2).FailNext(errors::Make(Reason::kUnavailable, "down"));
    CHECK(world.Validate()->corroboration() == "5/5");
    CHECK(answers("unreachable") == "1");
    CHECK(world.Metric("cairn_va_perspective_lags{perspective=\"remote-2\"}") == "0");
  }
  SECTION("nobody waits for it, and what it says later is compared, too") {
    world.patience = absl::Hours(1);
    world.remotes.held[1] = true;
    CHECK(world.Validate()->corroboration() == "5/5");
    CHECK(answers("agrees") == "1");
    const size_t records = world.audit.events().size();
    for (const auto& answer : world.remotes.late) answer();
    CHECK(answers("agrees") == "2");
    CHECK(world.audit.events().size() == records);
  }
  SECTION("it is compared with what came out, not with what did not") {
    for (const int i : {1, 3}) {
      world.remote(i).FailNext(errors::Make(Reason::kUnavailable, "down"));
    }
    CHECK_REASON(world.Validate(), Reason::kUnavailable);
    CHECK(answers("agrees") == "1");
    CHECK(answers("disagrees") == "0");
  }
}

TEST_CASE("the law of the day decides how many remotes there must be", "[MPIC-02][MPIC-04]") {
  World four(4);
  CHECK(four.Validate()->valid());
  CHECK(four.Metric("cairn_va_lawful_until_timestamp_seconds") == "1797292800");
  four.clock.Set(absl::FromUnixSeconds(1'797'292'800));  // 2026-12-15
  const auto refused = four.Validate();
  CHECK_REASON(refused, Reason::kUnavailable);
  CHECK(std::string(refused.status().message()) ==
        "no validation: the perspectives break a rule: at least 5 remote perspectives are needed, "
        "not 4 (BR 3.2.2.9)");
  // Nobody was asked.
  CHECK(four.remotes.requests.size() == 1);
  CHECK(four.web.requests().size() == 1);
  v1::CheckCaaRequest caa;
  *caa.add_subjects() = World::Subject("a.test", "");
  CHECK_REASON(four.corroborate->CheckCaa({}, caa), Reason::kUnavailable);
  four.clock.Advance(-absl::Seconds(1));
  CHECK(four.Validate()->valid());
  World none(0, policy::Pack::kPrivate);
  CHECK(none.Validate()->valid());
  CHECK(none.Validate()->corroboration() == "0/0");
}

TEST_CASE("CAA of several names is one attempt with a result for each", "[CAA-06][MPIC-09]") {
  World world;
  world.dns.AddCaa("b.test", "issue", "other.test");
  v1::CheckCaaRequest request;
  *request.add_subjects() = World::Subject("a.test", "");
  *request.add_subjects() = World::Subject("b.test", "");
  base::Call call;
  call.deadline = world.clock.Now() + absl::Seconds(1);
  const auto response = world.corroborate->CheckCaa(call, request);
  REQUIRE_OK(response);
  REQUIRE(response->results_size() == 2);
  CHECK(response->results(0).valid());
  CHECK(response->results(0).attempt().receipts_size() == 6);
  CHECK_FALSE(response->results(1).valid());
  CHECK(response->results(1).problem().reason() == static_cast<int>(Reason::kCaa));
  CHECK(world.remotes.requests.size() == 1);
  CHECK(world.web.requests().empty());
  REQUIRE(world.audit.events().size() == 2);
  CHECK(world.audit.events()[0].validation_done().method() == "caa");
}

TEST_CASE("what CAA prevented is in the record, whole", "[CAA-31][LOG-12]") {
  World world;
  world.dns.AddCaa("a.test", "issue", "other.test");
  for (int i = 1; i <= 5; ++i) world.remote(i).ForbidCaa("a.test", "no");
  CHECK_FALSE(world.Validate()->valid());
  const auto done = world.audit.events().back().validation_done();
  CHECK(done.identifier().value() == "a.test");
  CHECK(done.account_uri() == "https://ca.test/acme/account/a");
  REQUIRE(done.has_caa_refusal());
  CHECK(done.caa_refusal().perspective_id() == "primary");
  CHECK(done.caa_refusal().observed_at() == absl::ToUnixSeconds(world.clock.Now()));
  const evidence::v1::Caa& caa = done.caa_refusal().caa();
  CHECK(caa.found_at() == "a.test");
  CHECK(caa.records(0) == "0 issue \"other.test\"");
  CHECK(caa.decided_by() == caa.records(0));
  CHECK(caa.clause() == "RFC 8659 section 4.2");
  CHECK(caa.ttl_seconds() == 300);
  CHECK(caa.rrset_digest().size() == 32);

  // Where remotes alone prevent it, the first of them is in the record.
  World remotes;
  for (int i = 3; i <= 5; ++i) remotes.remote(i).ForbidCaa("a.test", "no");
  CHECK_FALSE(remotes.Validate()->valid());
  const auto secondary = remotes.audit.events().back().validation_done();
  CHECK(secondary.caa_refusal().perspective_id() == "remote-3");
  // One that can't stop it has prevented nothing.
  World tolerated;
  tolerated.remote(1).ForbidCaa("a.test", "no");
  CHECK(tolerated.Validate()->valid());
  CHECK_FALSE(tolerated.audit.events().back().validation_done().has_caa_refusal());
}

TEST_CASE("a refusal is passed on once a quorum has seen it, and only then", "[CAA-32]") {
  World world;
  world.dns.AddCaa("a.test", "issue", "other.test");
  SECTION("seen by all") {
    for (int i = 1; i <= 5; ++i) world.remote(i).ForbidCaa("a.test", "no");
    CHECK_FALSE(world.Validate()->valid());
    REQUIRE(world.refusals.refusals.size() == 1);
    const CaaRefusal& refusal = world.refusals.refusals[0];
    CHECK(refusal.name == "a.test");
    CHECK(refusal.observed == world.clock.Now());
    CHECK(refusal.caa.found_at() == "a.test");
    CHECK(refusal.caa.rrset_digest().size() == 32);
  }
  SECTION("seen by the last ones late") {
    for (int i = 1; i <= 5; ++i) world.remote(i).ForbidCaa("a.test", "no");
    world.remotes.held[3] = true;
    world.remotes.held[4] = true;
    CHECK_FALSE(world.Validate()->valid());
    CHECK(world.refusals.refusals.empty());
    for (const auto& answer : world.remotes.late) answer();
    CHECK(world.refusals.refusals.size() == 1);
  }
  SECTION("seen by the primary alone") {
    CHECK_FALSE(world.Validate()->valid());
    CHECK(world.refusals.refusals.empty());
  }
  SECTION("a lookup that failed is no refusal by records") {
    world.dns.Fail("a.test", dns::Type::kCaa);
    for (int i = 1; i <= 5; ++i) world.remote(i).ForbidCaa("a.test", "no");
    CHECK_FALSE(world.Validate()->valid());
    CHECK(world.refusals.refusals.empty());
    CHECK(world.audit.events().back().validation_done().caa_refusal().perspective_id() ==
          "remote-1");
  }
}

TEST_CASE("requests that make no sense are refused before anybody is asked") {
  World world;
  CHECK_REASON(world.corroborate->Validate({}, {}), Reason::kMalformed);
  CHECK_REASON(world.corroborate->CheckCaa({}, {}), Reason::kMalformed);
  v1::ValidateRequest no_token;
  *no_token.mutable_subject() = World::Subject("a.test", "");
  CHECK_REASON(world.corroborate->Validate({}, no_token), Reason::kMalformed);
  v1::CheckCaaRequest token;
  *token.add_subjects() = World::Subject("a.test", kToken);
  CHECK_REASON(world.corroborate->CheckCaa({}, token), Reason::kMalformed);
  v1::CheckCaaRequest address;
  *address.add_subjects() = World::Subject("93.184.216.34", "");
  address.mutable_subjects(0)->mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
  CHECK_REASON(world.corroborate->CheckCaa({}, address), Reason::kMalformed);
  CHECK(world.remotes.requests.empty());
}

TEST_CASE("without a record there is no result") {
  World world;
  world.audit.SetFailing(true);
  CHECK_REASON(world.Validate(), Reason::kUnavailable);
}

TEST_CASE("outcomes are counted by perspective") {
  World world;
  world.remote(3).DenyControl("a.test", Reason::kConnection, "refused");
  CHECK_OK(world.Validate());
  const std::string text = world.metrics.Text();
  for (const char* line :
       {"cairn_va_validations_total{method=\"http-01\",outcome=\"valid\"} 1",
        "cairn_va_perspective_results_total{outcome=\"no\",perspective=\"remote-3\"} 1",
        "cairn_va_perspective_results_total{outcome=\"yes\",perspective=\"primary\"} 1"}) {
    INFO(text);
    CHECK(text.find(line) != std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::va
