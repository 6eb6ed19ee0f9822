#include "services/ra/ra_service.h"

#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "libs/audit/fake_log.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/worker_pool.h"
#include "libs/errors/errors.h"
#include "libs/service/host.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "services/ra/api/grpc_registration.h"
#include "services/ra/core/test_account_request.h"
#include "services/ra/impatience.h"
#include "services/sa/api/fake_sa.h"
#include "services/va/api/fake_validation.h"

namespace cairn::ra {
namespace {

using core::v1::Authorization;
using errors::Reason;

// A process with the TLS name of `role`.
std::unique_ptr<service::Host> MakeHost(const cairn::testing::TempDir& dir,
                                        const cairn::testing::TestCa& ca, const std::string& role) {
  const auto identity = ca.Issue({role + ".cairn.internal"});
  service::Host::Options options{.name = role};
  options.common.set_listen("127.0.0.1:0");
  options.common.set_internal_domain("cairn.internal");
  options.common.set_worker_threads(2);
  config::Tls& tls = *options.common.mutable_tls();
  tls.set_certificate(dir.Write(role + ".pem", identity.certificate_pem));
  tls.set_key(dir.Write(role + ".key", identity.key_pem));
  tls.set_ca(dir.Write("trust.pem", ca.pem()));
  auto host = service::Host::Create(std::move(options));
  REQUIRE_OK(host);
  return *std::move(host);
}

class NoSigner final : public ca::Signer {
 public:
  absl::StatusOr<ca::v1::SignPrecertificateResponse> SignPrecertificate(
      const base::Call&, const ca::v1::SignPrecertificateRequest&) override {
    return errors::Make(Reason::kUnavailable, "no order gets this far here");
  }
  absl::StatusOr<ca::v1::SignCertificateResponse> SignCertificate(
      const base::Call&, const ca::v1::SignCertificateRequest&) override {
    return errors::Make(Reason::kUnavailable, "no order gets this far here");
  }
};

class NoPause final : public Pause {
 public:
  bool For(absl::Duration) override { return false; }
};

class NoObserver final : public Observer {
 public:
  void ValidationEnded(const base::Call&, uint64_t, uint32_t, ValidationOutcome,
                       const absl::Status&) override {}
  void IssuanceEnded(const base::Call&, uint64_t, IssuanceOutcome, const absl::Status&) override {}
  void SctsRefused(const base::Call&, uint64_t, const absl::Status&) override {}
  void LogWorkEnded(const base::Call&, std::string_view, LogOutcome, const absl::Status&) override {
  }
  void OldestUnsubmitted(absl::Duration) override {}
  void LogRead(std::string_view, uint64_t, uint64_t, absl::Time) override {}
  void LogEntryUnexplained(const base::Call&, std::string_view, uint64_t, std::string_view,
                           std::string_view) override {}
  void WorkRecovered(Recovered) override {}
  void BackgroundFailed(const base::Call&, std::string_view, const absl::Status&) override {}
};

Options TestOptions() {
  config::Ra config;
  for (config::Peer* peer : {config.mutable_sa(), config.mutable_va(), config.mutable_ca()}) {
    peer->set_address("127.0.0.1:4001");
    peer->set_name("peer.cairn.internal");
  }
  config.set_base_url("https://ca.test");
  return Options::Parse(config, absl::Now()).value();
}

// An RA that serves over TLS, with its peers in memory.
struct Stack {
  Stack() {
    host->Serve(std::make_unique<RaService>(host->runner(), impatience, clock,
                                            UseCases{new_account, update_account, new_order,
                                                     start_validation, finalize_order}),
                {{"cairn.ra.v1.Registration/*", {"wfe"}}});
    REQUIRE_OK(host->Start());
  }
  // The work of the pool uses what is declared after it.
  ~Stack() { pool.Stop(); }

  GrpcRegistration Connect(service::Host& caller) {
    config::Peer peer;
    peer.set_address(host->grpc_address());
    peer.set_name("ra.cairn.internal");
    peer.set_timeout("10m");
    const auto dialled = caller.Dial(peer);
    REQUIRE_OK(dialled);
    return GrpcRegistration(*dialled);
  }

  cairn::testing::TempDir dir;
  cairn::testing::TestCa tls;
  const Options options = TestOptions();
  base::SystemClock clock;
  base::SystemRandom random;
  sa::FakeSa sa{clock, random};
  va::FakeValidation va{clock};
  NoSigner signer;
  audit::FakeLog audit;
  NoPause pause;
  NoObserver observer;
  Impatience impatience;
  base::WorkerPool pool{{.threads = 1, .queue = 4}};
  WorkQueue queue{pool, 4};
  Validate validate{options, sa, va, clock, pause, observer};
  IssueCertificate issue{options, {sa, va, signer}, audit, clock, pause, observer};
  NewAccount new_account{options, sa, audit, {clock, random}};
  UpdateAccount update_account{options, sa, audit};
  NewOrder new_order{options, sa, audit, {clock, random}};
  StartValidation start_validation{options, sa, validate, queue, clock};
  FinalizeOrder finalize_order{options, sa, issue, queue, audit, {clock, random}};
  std::unique_ptr<service::Host> host = MakeHost(dir, tls, "ra");
  base::Call call{.deadline = absl::Now() + absl::Seconds(10)};
};

core::v1::AccountRef NewAccountOf(const base::Call& call, GrpcRegistration& registration) {
  const auto response = registration.NewAccount(call, testing::AccountRequest());
  REQUIRE_OK(response);
  CHECK(response->created());
  core::v1::AccountRef account;
  account.set_account_id(response->account().account_id());
  account.set_thumbprint(response->account().thumbprint());
  return account;
}

TEST_CASE("a WFE takes an order through all methods") {
  Stack stack;
  const auto wfe = MakeHost(stack.dir, stack.tls, "wfe");
  GrpcRegistration registration = stack.Connect(*wfe);

  v1::NewOrderRequest new_order;
  *new_order.mutable_account() = NewAccountOf(stack.call, registration);
  new_order.add_identifiers()->set_type("dns");
  new_order.mutable_identifiers(0)->set_value("a.test");
  const auto order = registration.NewOrder(stack.call, new_order);
  REQUIRE_OK(order);

  v1::FinalizeOrderRequest finalize;
  *finalize.mutable_account() = new_order.account();
  finalize.set_order_id(order->order().order_id());
  CHECK_REASON(registration.FinalizeOrder(stack.call, finalize), Reason::kMalformed);

  v1::StartValidationRequest start;
  *start.mutable_account() = new_order.account();
  start.set_order_id(order->order().order_id());
  start.set_method("http-01");
  CHECK_OK(registration.StartValidation(stack.call, start));

  v1::UpdateAccountRequest update;
  *update.mutable_account() = new_order.account();
  update.set_deactivate(true);
  CHECK_OK(registration.UpdateAccount(stack.call, update));
}

// An order of one name, and a request that says its challenge is ready.
v1::StartValidationRequest Challenge(Stack& stack, GrpcRegistration& registration) {
  v1::NewOrderRequest new_order;
  *new_order.mutable_account() = NewAccountOf(stack.call, registration);
  new_order.add_identifiers()->set_type("dns");
  new_order.mutable_identifiers(0)->set_value("a.test");
  const auto order = registration.NewOrder(stack.call, new_order);
  REQUIRE_OK(order);
  v1::StartValidationRequest start;
  *start.mutable_account() = new_order.account();
  start.set_order_id(order->order().order_id());
  start.set_method("http-01");
  return start;
}

TEST_CASE("a caller that would wait learns how the validation ended") {
  Stack stack;
  const auto wfe = MakeHost(stack.dir, stack.tls, "wfe");
  GrpcRegistration registration = stack.Connect(*wfe);
  v1::StartValidationRequest start = Challenge(stack, registration);
  start.set_wait_milliseconds(60'000);
  const bool allowed = GENERATE(true, false);
  if (!allowed) stack.va.DenyControl("a.test", Reason::kIncorrectResponse, "wrong content");
  const auto started = registration.StartValidation(stack.call, start);
  REQUIRE_OK(started);
  CHECK(started->authorization().status() ==
        (allowed ? Authorization::STATUS_VALID : Authorization::STATUS_INVALID));
}

TEST_CASE("a caller learns what is known when it would wait no longer") {
  Stack stack;
  const auto wfe = MakeHost(stack.dir, stack.tls, "wfe");
  GrpcRegistration registration = stack.Connect(*wfe);
  v1::StartValidationRequest start = Challenge(stack, registration);
  std::promise<void> go;
  REQUIRE(stack.pool.TryRun([held = go.get_future().share()] { held.wait(); }));
  SECTION("at once") { start.set_wait_milliseconds(0); }
  SECTION("after a while") { start.set_wait_milliseconds(50); }
  SECTION("before its deadline, whatever it says") {
    start.set_wait_milliseconds(3'600'000);
    stack.call.deadline = absl::Now() + absl::Seconds(2);
  }
  const auto started = registration.StartValidation(stack.call, start);
  REQUIRE_OK(started);
  CHECK(started->authorization().status() == Authorization::STATUS_PROCESSING);
  // Nothing of its own to wait for.
  stack.call.deadline = absl::Now() + absl::Hours(1);
  start.set_wait_milliseconds(3'600'000);
  const auto again = registration.StartValidation(stack.call, start);
  REQUIRE_OK(again);
  CHECK(again->authorization().status() == Authorization::STATUS_PROCESSING);
  go.set_value();
}

TEST_CASE("an RA that stops answers those who wait") {
  Stack stack;
  const auto wfe = MakeHost(stack.dir, stack.tls, "wfe");
  GrpcRegistration registration = stack.Connect(*wfe);
  v1::StartValidationRequest start = Challenge(stack, registration);
  start.set_wait_milliseconds(3'600'000);
  std::promise<void> go;
  REQUIRE(stack.pool.TryRun([held = go.get_future().share()] { held.wait(); }));
  stack.call.deadline = absl::Now() + absl::Hours(2);
  auto started = std::async(std::launch::async,
                            [&] { return registration.StartValidation(stack.call, start); });
  while (stack.queue.taken() == 0) std::this_thread::yield();
  stack.impatience.Stop();
  const auto answered = started.get();
  REQUIRE_OK(answered);
  CHECK(answered->authorization().status() == Authorization::STATUS_PROCESSING);
  go.set_value();
}

TEST_CASE("a refusal travels with its subproblems", "[ACME-067]") {
  Stack stack;
  const auto wfe = MakeHost(stack.dir, stack.tls, "wfe");
  GrpcRegistration registration = stack.Connect(*wfe);
  v1::NewOrderRequest request;
  *request.mutable_account() = NewAccountOf(stack.call, registration);
  for (const char* name : {"bad_.test", "worse_.test"}) {
    v1::RequestedIdentifier& identifier = *request.add_identifiers();
    identifier.set_type("dns");
    identifier.set_value(name);
  }
  const auto refused = registration.NewOrder(stack.call, request);
  CHECK_REASON(refused, Reason::kMalformed);
  CHECK(errors::PayloadOf(refused.status()).subproblems_size() == 2);
}

TEST_CASE("nobody but a WFE may call the RA") {
  Stack stack;
  const std::string role = GENERATE("sa", "va", "ca", "ra", "status", "eu-1.perspective");
  INFO(role);
  const auto caller = MakeHost(stack.dir, stack.tls, role);
  CHECK_FALSE(stack.Connect(*caller).NewAccount(stack.call, testing::AccountRequest()).ok());
  CHECK(stack.sa.calls("CreateAccount") == 0);
}

}  // namespace
}  // namespace cairn::ra
