#include "services/ra/core/world.h"

#include <catch2/catch.hpp>
#include <string_view>
#include <thread>

#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/test_certificates.h"
#include "services/ra/core/test_account_request.h"

namespace cairn::ra::testing {
namespace {

constexpr size_t kPlaces = 8;

config::Ra Config(void (*change)(config::Ra&)) {
  config::Ra config;
  for (config::Peer* peer : {config.mutable_sa(), config.mutable_va(), config.mutable_ca()}) {
    peer->set_address("127.0.0.1:4001");
    peer->set_name("peer.cairn.internal");
  }
  config.set_base_url("https://ca.test");
  if (change != nullptr) change(config);
  return config;
}

}  // namespace

void WithCt(config::Ra& config) { *config.mutable_publisher() = config.sa(); }

World::World(void (*change)(config::Ra&))
    : clock(absl::FromUnixSeconds(1795430000)),
      options(Options::Parse(Config(change), clock.Now()).value()),
      sa(clock, random),
      va(clock),
      signer(clock),
      publisher(clock),
      pause(clock),
      account_key(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)),
      key(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)),
      call{.deadline = absl::InfiniteFuture(),
           .peer = "wfe.cairn.internal",
           .trace = base::Trace::Start(random)},
      validation_pool({.threads = 2, .queue = kPlaces}),
      issuance_pool({.threads = 2, .queue = kPlaces}),
      log_pool({.threads = 2, .queue = kPlaces}),
      reading_pool({.threads = 1, .queue = kPlaces}),
      validations(validation_pool, kPlaces),
      issuances(issuance_pool, kPlaces),
      log_workers(log_pool, kPlaces),
      log_readers(reading_pool, kPlaces),
      validate(options, sa, va, clock, pause, observer),
      issue(options, {sa, va, signer, options.ct ? &publisher : nullptr}, audit, clock, pause,
            observer),
      new_account(options, sa, audit, {clock, random}),
      update_account(options, sa, audit),
      new_order(options, sa, audit, {clock, random}),
      start_validation(options, sa, validate, validations, clock),
      finalize_order(options, sa, issue, issuances, audit, {clock, random}),
      recover_work(options, sa, {validate, validations, issue, issuances}, clock, observer),
      reconcile_journal(options, {sa, signer}, issue, audit, clock, observer),
      work_log_queue(options, {sa, publisher}, log_workers, audit, clock, observer),
      watch_logs(options, {sa, publisher}, log_readers, audit, clock, pause, observer) {}

core::v1::AccountRef World::Account() {
  v1::NewAccountRequest request = AccountRequest(account_key);
  request.set_terms_agreed(true);
  const auto response = new_account.Run(call, request);
  REQUIRE_OK(response);
  core::v1::AccountRef account;
  account.set_account_id(response->account().account_id());
  account.set_thumbprint(response->account().thumbprint());
  return account;
}

absl::StatusOr<v1::NewOrderResponse> World::TryOrder(const core::v1::AccountRef& account,
                                                     const std::vector<std::string>& names,
                                                     const std::string& profile) {
  v1::NewOrderRequest request;
  *request.mutable_account() = account;
  for (const std::string& name : names) {
    v1::RequestedIdentifier& identifier = *request.add_identifiers();
    identifier.set_type("dns");
    identifier.set_value(name);
  }
  request.set_profile(profile);
  return new_order.Run(call, request);
}

core::v1::Order World::Order(const core::v1::AccountRef& account,
                             const std::vector<std::string>& names) {
  const auto response = TryOrder(account, names);
  REQUIRE_OK(response);
  return response->order();
}

absl::StatusOr<v1::StartValidationResponse> World::Challenge(const core::v1::AccountRef& account,
                                                             uint64_t order_id, uint32_t position) {
  v1::StartValidationRequest request;
  *request.mutable_account() = account;
  request.set_order_id(order_id);
  request.set_position(position);
  request.set_method("http-01");
  return start_validation.Run(call, request);
}

core::v1::Order World::ReadyOrder(const core::v1::AccountRef& account,
                                  const std::vector<std::string>& names) {
  const core::v1::Order order = Order(account, names);
  for (const core::v1::Authorization& authorization : order.authorizations()) {
    if (authorization.status() == core::v1::Authorization::STATUS_VALID) continue;
    REQUIRE_OK(Challenge(account, authorization.order_id(), authorization.position()));
    Drain();
  }
  const core::v1::Order ready = Read(account, order.order_id());
  REQUIRE(ready.status() == core::v1::Order::STATUS_READY);
  return ready;
}

v1::FinalizeOrderRequest World::Finalize(const core::v1::AccountRef& account, uint64_t order_id,
                                         const std::vector<std::string>& names) {
  return FinalizeWith(account, order_id, cairn::testing::MakeCsr(key, names));
}

v1::FinalizeOrderRequest World::FinalizeWith(const core::v1::AccountRef& account, uint64_t order_id,
                                             const std::string& csr) {
  const std::string header = base::Cat(
      R"({"alg":"ES256","kid":")", options.AccountUri(account.account_id()),
      R"(","nonce":"AAAA","url":")", acme::FinalizeUrl("https://ca.test", order_id), R"("})");
  const std::string payload = base::Cat(R"({"csr":")", base::ToBase64Url(csr), R"("})");
  v1::FinalizeOrderRequest request;
  *request.mutable_account() = account;
  request.set_order_id(order_id);
  request.set_csr(csr);
  // The signature is the signer's to verify; its form is enough here.
  request.set_finalize_jws(base::Cat(R"({"protected":")", base::ToBase64Url(header),
                                     R"(","payload":")", base::ToBase64Url(payload),
                                     R"(","signature":")", base::ToBase64Url(std::string(64, '\1')),
                                     R"("})"));
  return request;
}

core::v1::Order World::Read(const core::v1::AccountRef& account, uint64_t order_id) {
  sa::v1::GetOrderRequest request;
  *request.mutable_account() = account;
  request.set_order_id(order_id);
  const auto response = sa.GetOrder(call, request);
  REQUIRE_OK(response);
  return response->order();
}

void World::Drain() {
  while (validations.taken() + issuances.taken() + log_workers.taken() + log_readers.taken() > 0)
    std::this_thread::yield();
}

void World::Recover() {
  clock.Advance(options.lease + absl::Seconds(1));
  CHECK_OK(recover_work.Run(call));
  Drain();
}

absl::Status World::Reconcile() {
  clock.Advance(options.reconcile_grace + absl::Seconds(1));
  return reconcile_journal.Run(call);
}

void World::WorkLogs() {
  CHECK_OK(work_log_queue.Run(call));
  Drain();
}

}  // namespace cairn::ra::testing
