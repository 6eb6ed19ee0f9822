#pragma once

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/random.h"
#include "libs/errors/errors.h"
#include "libs/sql/connection.h"
#include "libs/sql/database.h"
#include "libs/sql/migrations.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/sa/api/fake_sa.h"
#include "services/sa/migrations/migrations.h"
#include "services/sa/storage/mariadb_accounts.h"
#include "services/sa/storage/mariadb_certificates.h"
#include "services/sa/storage/mariadb_log_queue.h"
#include "services/sa/storage/mariadb_log_watch.h"
#include "services/sa/storage/mariadb_orders.h"
#include "tests/harness/mariadb.h"

namespace cairn::sa {

inline constexpr int64_t kStart = 1'800'000'000;

// The fake and the real SA behind the same names.
class FakeBackend {
 public:
  AccountReader& account_reader() { return sa_; }
  AccountWriter& account_writer() { return sa_; }
  OrderReader& order_reader() { return sa_; }
  OrderWriter& order_writer() { return sa_; }
  LogQueue& log_queue() { return sa_; }
  LogWatch& log_watch() { return sa_; }
  void RevokeAccount(const std::string& account_id) { sa_.RevokeAccount(account_id); }

  testing::FakeClock clock{absl::FromUnixSeconds(kStart)};

 private:
  base::SystemRandom random_;
  FakeSa sa_{clock, random_};
};

// Counts statements and commits.
class CountingObserver final : public sql::Observer {
 public:
  void Ran(std::string_view statement, sql::Failure, absl::Duration) override {
    std::lock_guard lock(mutex_);
    ++statements_[std::string(statement)];
  }
  void Committed() override {
    std::lock_guard lock(mutex_);
    ++commits_;
  }
  struct Counts {
    int statements = 0;
    int commits = 0;
  };
  // Since the last time.
  Counts Take() {
    std::lock_guard lock(mutex_);
    Counts counts{.commits = std::exchange(commits_, 0)};
    for (const auto& [name, count] : statements_) counts.statements += count;
    statements_.clear();
    return counts;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> statements_;
  int commits_ = 0;
};

// Over a real server: a schema for each test, and a user with the rights of
// grants.sql, so that the tests fail if a statement needs more.
class MariaDbBackend {
 public:
  explicit MariaDbBackend(harness::MariaDb& server = harness::MariaDb::Shared())
      : schema_(server.NewSchema()), server_(server) {
    auto admin = sql::Connection::Open(server.Admin(schema_), {}, absl::Seconds(5));
    REQUIRE_OK(admin);
    REQUIRE_OK(sql::Migrate(**admin, Migrations(), 1));
    REQUIRE_OK(Admin("CREATE USER IF NOT EXISTS 'cairn_sa'@'localhost'"));
    std::ifstream grants("services/sa/migrations/grants.sql");
    int applied = 0;
    for (std::string line; std::getline(grants, line);) {
      if (line.empty() || line.starts_with("--")) continue;
      line.pop_back();
      REQUIRE_OK(Admin(line));
      ++applied;
    }
    REQUIRE(applied > 0);
    Restart();
  }

  // As another process over the same data.
  void Restart() {
    log_watch_.reset();
    log_queue_.reset();
    orders_.reset();
    certificates_.reset();
    accounts_.reset();
    sql::Server server = server_.Admin(schema_);
    server.user = "cairn_sa";
    database_ = std::make_unique<sql::Database>(
        sql::Database::Options{.server = server, .connections = 8}, clock, random_, &observer);
    accounts_ = std::make_unique<MariaDbAccounts>(*database_, clock);
    certificates_ = std::make_unique<MariaDbCertificates>(*database_, clock, *accounts_);
    orders_ =
        std::make_unique<MariaDbOrders>(*database_, clock, random_, *accounts_, *certificates_);
    log_queue_ = std::make_unique<MariaDbLogQueue>(*database_, clock, *certificates_);
    log_watch_ = std::make_unique<MariaDbLogWatch>(*database_, clock);
  }

  AccountReader& account_reader() { return *accounts_; }
  AccountWriter& account_writer() { return *accounts_; }
  OrderReader& order_reader() { return *orders_; }
  OrderWriter& order_writer() { return *orders_; }
  LogQueue& log_queue() { return *log_queue_; }
  LogWatch& log_watch() { return *log_watch_; }
  void RevokeAccount(const std::string&) { REQUIRE_OK(Admin("UPDATE account SET status = 3")); }

  absl::Status Admin(const std::string& text) { return server_.Run(schema_, text); }
  sql::Database& database() { return *database_; }
  // How many rows the whole server has read so far, with the same number more for
  // each call of this function.
  uint64_t RowsRead() {
    constexpr sql::Statement kRowsRead{
        "rows_read",
        "SELECT CAST(SUM(variable_value) AS UNSIGNED) FROM information_schema.global_status "
        "WHERE variable_name LIKE 'HANDLER_READ%'"};
    auto admin = sql::Connection::Open(server_.Admin(schema_), {}, absl::Seconds(5));
    REQUIRE_OK(admin);
    sql::Rows rows;
    REQUIRE_OK((*admin)->Run(kRowsRead, {}, absl::Seconds(5), &rows));
    return rows[0].Unsigned(0);
  }

  testing::FakeClock clock{absl::FromUnixSeconds(kStart)};
  CountingObserver observer;

 private:
  const std::string schema_;
  harness::MariaDb& server_;
  base::SystemRandom random_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<MariaDbAccounts> accounts_;
  std::unique_ptr<MariaDbCertificates> certificates_;
  std::unique_ptr<MariaDbOrders> orders_;
  std::unique_ptr<MariaDbLogQueue> log_queue_;
  std::unique_ptr<MariaDbLogWatch> log_watch_;
};

// One backend with subscribers, and shorthands for what every test does.
template <typename Backend>
struct Stage : Backend {
  using Backend::Backend;

  // Of each order that NewOrder made.
  std::map<uint64_t, std::vector<std::string>> names_of_order;

  base::Call Call() { return {.deadline = this->clock.Now() + absl::Seconds(20)}; }
  int64_t Now() { return absl::ToUnixSeconds(this->clock.Now()); }

  static std::string Octets(size_t size, char fill) { return std::string(size, fill); }

  core::v1::Account AccountOf(char who) {
    core::v1::Account account;
    account.set_account_id(Octets(24, who));
    account.set_thumbprint(Octets(32, who));
    account.set_first_thumbprint(Octets(32, who));
    account.set_salt(Octets(16, who));
    account.set_jwk(R"({"crv":"P-256"})");
    return account;
  }
  core::v1::AccountRef Ref(char who) {
    core::v1::AccountRef ref;
    ref.set_account_id(Octets(24, who));
    ref.set_thumbprint(Octets(32, who));
    return ref;
  }
  core::v1::AccountRef Register(char who) {
    v1::CreateAccountRequest request;
    *request.mutable_account() = AccountOf(who);
    REQUIRE_OK(this->account_writer().CreateAccount(Call(), request));
    return Ref(who);
  }
  void Deactivate(const core::v1::AccountRef& ref) {
    v1::UpdateAccountRequest request;
    *request.mutable_account() = ref;
    request.set_deactivate(true);
    REQUIRE_OK(this->account_writer().UpdateAccount(Call(), request));
  }

  v1::CreateOrderRequest OrderRequest(const core::v1::AccountRef& ref,
                                      const std::vector<std::string>& names) {
    v1::CreateOrderRequest request;
    *request.mutable_account() = ref;
    char token = 'a';
    for (const std::string& name : names) {
      v1::NewAuthorization& authorization = *request.add_authorizations();
      authorization.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
      const bool wildcard = name.starts_with("*.");
      authorization.mutable_identifier()->set_value(wildcard ? name.substr(2) : name);
      authorization.set_wildcard(wildcard);
      authorization.set_token(Octets(16, token++));
      for (const char* method : {"http-01", "dns-01"}) authorization.add_offered(method);
    }
    request.set_profile("classic");
    request.set_expires_at(Now() + 7200);
    request.set_authorization_expires_at(Now() + 3600);
    request.set_reuse_if_valid_until(Now() + 600);
    return request;
  }
  core::v1::Order NewOrder(const core::v1::AccountRef& ref, const std::vector<std::string>& names) {
    const auto response = this->order_writer().CreateOrder(Call(), OrderRequest(ref, names));
    REQUIRE_OK(response);
    names_of_order[response->order().order_id()] = names;
    return response->order();
  }
  v1::GetOrderResponse Get(const core::v1::AccountRef& ref, uint64_t order_id) {
    v1::GetOrderRequest request;
    *request.mutable_account() = ref;
    request.set_order_id(order_id);
    const auto response = this->order_reader().GetOrder(Call(), request);
    REQUIRE_OK(response);
    return *response;
  }
  core::v1::Order::Status StatusOf(const core::v1::AccountRef& ref, uint64_t order_id) {
    return Get(ref, order_id).order().status();
  }

  v1::BeginValidationRequest BeginRequest(const core::v1::AccountRef& ref, uint64_t order_id,
                                          uint32_t position) {
    v1::BeginValidationRequest request;
    *request.mutable_account() = ref;
    request.set_order_id(order_id);
    request.set_position(position);
    request.set_method("http-01");
    request.set_lease_seconds(30);
    return request;
  }
  absl::StatusOr<v1::BeginValidationResponse> Begin(const core::v1::AccountRef& ref,
                                                    uint64_t order_id, uint32_t position) {
    return this->order_writer().BeginValidation(Call(), BeginRequest(ref, order_id, position));
  }
  static evidence::v1::Attempt Attempt(const std::string& receipt) {
    evidence::v1::Attempt attempt;
    attempt.add_receipts()->set_receipt(receipt);
    attempt.mutable_receipts(0)->set_signature(std::string("\0\xff", 2));
    return attempt;
  }
  v1::FinishValidationRequest FinishRequest(uint64_t order_id, uint32_t position, bool valid) {
    v1::FinishValidationRequest request;
    request.set_order_id(order_id);
    request.set_position(position);
    request.set_valid(valid);
    *request.mutable_attempt() = Attempt("receipt " + std::to_string(position));
    if (valid) {
      request.set_validated_at(Now());
      request.set_expires_at(Now() + 1800);
    } else {
      request.mutable_problem()->set_reason(static_cast<int>(errors::Reason::kConnection));
      request.mutable_problem()->set_detail("connection refused");
    }
    request.set_corroboration("6/6");
    return request;
  }
  void Finish(uint64_t order_id, uint32_t position, bool valid) {
    REQUIRE_OK(
        this->order_writer().FinishValidation(Call(), FinishRequest(order_id, position, valid)));
  }
  // An order whose authorizations are all valid.
  core::v1::Order ReadyOrder(const core::v1::AccountRef& ref,
                             const std::vector<std::string>& names) {
    const core::v1::Order order = NewOrder(ref, names);
    for (const auto& authorization : order.authorizations()) {
      if (authorization.status() == core::v1::Authorization::STATUS_VALID) continue;
      REQUIRE_OK(Begin(ref, authorization.order_id(), authorization.position()));
      Finish(authorization.order_id(), authorization.position(), true);
    }
    return order;
  }

  v1::BeginIssuanceRequest IssuanceRequest(const core::v1::AccountRef& ref, uint64_t order_id,
                                           char issuance) {
    v1::BeginIssuanceRequest request;
    *request.mutable_account() = ref;
    request.set_order_id(order_id);
    request.set_issuance_id(Octets(16, issuance));
    request.set_finalize_jws(std::string("{\"payload\":\"\0\xff\"}", 16));
    request.set_lease_seconds(30);
    for (const std::string& name : names_of_order[order_id]) {
      request.add_names()->mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
      request.mutable_names()->rbegin()->mutable_identifier()->set_value(name);
    }
    if (request.names().empty()) request.add_names();
    return request;
  }
  absl::Status BeginIssuance(const core::v1::AccountRef& ref, uint64_t order_id, char issuance) {
    return this->order_writer()
        .BeginIssuance(Call(), IssuanceRequest(ref, order_id, issuance))
        .status();
  }
  v1::FinishIssuanceRequest FinishIssuanceRequest(uint64_t order_id, char issuance, char serial) {
    v1::FinishIssuanceRequest request;
    request.set_order_id(order_id);
    request.set_issuance_id(Octets(16, issuance));
    request.set_serial(Octets(16, serial));
    request.set_certificate(std::string("\x30\x00 leaf ", 8) + serial);
    request.add_chain("issuer");
    request.add_chain("root");
    request.set_not_after(Now() + 86400);
    return request;
  }
  absl::Status FinishIssuance(uint64_t order_id, char issuance, char serial) {
    return this->order_writer()
        .FinishIssuance(Call(), FinishIssuanceRequest(order_id, issuance, serial))
        .status();
  }
  v1::StorePrecertificateRequest PrecertificateRequest(uint64_t order_id, char issuance,
                                                       char serial) {
    v1::StorePrecertificateRequest request;
    request.set_order_id(order_id);
    request.set_issuance_id(Octets(16, issuance));
    request.set_serial(Octets(16, serial));
    request.set_precertificate(std::string("\x30\x00 poison ", 10) + serial);
    request.add_chain("issuer");
    request.add_chain("root");
    request.set_not_after(Now() + 86400);
    return request;
  }
  absl::Status StorePrecertificate(uint64_t order_id, char issuance, char serial) {
    return this->order_writer()
        .StorePrecertificate(Call(), PrecertificateRequest(order_id, issuance, serial))
        .status();
  }
  v1::KeepSctsRequest SctsRequest(char issuance, char serial, const std::string& sct) {
    v1::KeepSctsRequest request;
    request.set_issuance_id(Octets(16, issuance));
    request.set_serial(Octets(16, serial));
    request.add_scts(sct);
    request.add_scts("of another log");
    return request;
  }
  absl::Status KeepScts(char issuance, char serial, const std::string& sct) {
    return this->order_writer().KeepScts(Call(), SctsRequest(issuance, serial, sct)).status();
  }
  // FinishIssuance after StorePrecertificate.
  absl::Status FinishWithCt(uint64_t order_id, char issuance, char serial) {
    auto request = FinishIssuanceRequest(order_id, issuance, serial);
    request.set_after_precertificate(true);
    return this->order_writer().FinishIssuance(Call(), request).status();
  }
  // A valid order whose certificate waits to be submitted to a log.
  uint64_t IssuedWithCt(const core::v1::AccountRef& ref, const std::string& name, char issuance,
                        char serial) {
    const uint64_t id = ReadyOrder(ref, {name}).order_id();
    REQUIRE_OK(BeginIssuance(ref, id, issuance));
    REQUIRE_OK(StorePrecertificate(id, issuance, serial));
    REQUIRE_OK(FinishWithCt(id, issuance, serial));
    return id;
  }
  v1::LeaseLogWorkResponse LeaseLogWork(uint32_t limit = 10) {
    v1::LeaseLogWorkRequest request;
    request.set_limit(limit);
    request.set_lease_seconds(30);
    const auto response = this->log_queue().LeaseLogWork(Call(), request);
    REQUIRE_OK(response);
    return *response;
  }
  // The end of the work `item`; what is next is due in an hour.
  v1::FinishLogWorkRequest EndOf(const v1::LogWorkItem& item, v1::LogWork next) {
    v1::FinishLogWorkRequest request;
    request.set_serial(item.serial());
    request.set_leased_until(item.leased_until());
    request.set_next(next);
    if (next != v1::LOG_WORK_NONE) request.set_due_at(Now() + 3600);
    return request;
  }
  absl::Status FinishLogWork(const v1::FinishLogWorkRequest& request) {
    return this->log_queue().FinishLogWork(Call(), request).status();
  }
  absl::Status FailIssuance(uint64_t order_id, char issuance) {
    v1::FailIssuanceRequest request;
    request.set_order_id(order_id);
    request.set_issuance_id(Octets(16, issuance));
    request.mutable_problem()->set_reason(static_cast<int>(errors::Reason::kCaa));
    request.mutable_problem()->set_detail("forbidden");
    return this->order_writer().FailIssuance(Call(), request).status();
  }
  v1::GetIssuanceResponse Issuance(uint64_t order_id) {
    v1::GetIssuanceRequest request;
    request.set_order_id(order_id);
    const auto response = this->order_writer().GetIssuance(Call(), request);
    REQUIRE_OK(response);
    return *response;
  }
  v1::LeaseExpiredWorkResponse Lease(uint32_t limit = 10) {
    v1::LeaseExpiredWorkRequest request;
    request.set_limit(limit);
    request.set_lease_seconds(30);
    const auto response = this->order_writer().LeaseExpiredWork(Call(), request);
    REQUIRE_OK(response);
    return *response;
  }
  absl::StatusOr<v1::GetCertificateResponse> Certificate(const core::v1::AccountRef& ref,
                                                         char serial) {
    v1::GetCertificateRequest request;
    *request.mutable_account() = ref;
    request.set_serial(Octets(16, serial));
    return this->order_reader().GetCertificate(Call(), request);
  }
  enum class Journaled { kCertificates, kPrecertificates };
  v1::ReconcileSerialsResponse Reconcile(const std::string& serials, const std::string& issuances,
                                         uint64_t next_index,
                                         Journaled what = Journaled::kCertificates) {
    v1::ReconcileSerialsRequest request;
    request.set_signer("ca-1");
    for (size_t i = 0; i < serials.size(); ++i) {
      v1::JournaledSerial& serial = *request.add_serials();
      serial.set_serial(Octets(16, serials[i]));
      serial.set_issuance_id(Octets(16, issuances[i]));
      if (what == Journaled::kCertificates)
        serial.set_certificate("journaled");
      else
        serial.set_precertificate("journaled");
      serial.set_not_after(Now() + 86400);
    }
    request.set_next_index(next_index);
    const auto response = this->order_writer().ReconcileSerials(Call(), request);
    REQUIRE_OK(response);
    return *response;
  }
};

}  // namespace cairn::sa
