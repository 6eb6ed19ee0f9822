#include "services/ra/core/world.h"

#include <catch2/catch.hpp>
#include <string_view>
#include <thread>

#include "libs/acme/jwk.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/serial_number.h"
#include "libs/x509/tbs_certificate.h"
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

// The text between `begin` and the next quote.
std::string Quoted(std::string_view text, std::string_view begin) {
  const size_t at = text.find(begin);
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + begin.size());
  return std::string(text.substr(0, text.find('"')));
}

}  // namespace

SignerDouble::SignerDouble(const base::Clock& clock)
    : clock_(clock),
      issuer_("Issuer", crypto::KeyType::kEcP256, clock.Now() - absl::Hours(1),
              clock.Now() + absl::Hours(24 * 365)),
      subscriber_(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)) {}

absl::StatusOr<ca::v1::SignPrecertificateResponse> SignerDouble::SignPrecertificate(
    const base::Call&, const ca::v1::SignPrecertificateRequest&) {
  return errors::Make(errors::Reason::kMalformed, "this signer makes no precertificates");
}

absl::StatusOr<ca::v1::SignCertificateResponse> SignerDouble::SignCertificate(
    const base::Call&, const ca::v1::SignCertificateRequest& request) {
  std::lock_guard lock(mutex_);
  last_request_ = request;
  std::optional<Fault> fault;
  if (!faults_.empty()) {
    fault = faults_.front();
    faults_.erase(faults_.begin());
  } else if (away_) {
    fault = Fault{errors::Make(errors::Reason::kUnavailable, "the signer is away"), false};
  }
  if (fault.has_value() && !fault->but_done) return fault->status;
  const auto known = signed_.find(request.issuance_id());
  const ca::v1::SignCertificateResponse response =
      known != signed_.end() ? known->second : Sign(request);
  if (fault.has_value()) return fault->status;
  return response;
}

ca::v1::SignCertificateResponse SignerDouble::Sign(const ca::v1::SignCertificateRequest& request) {
  const auto serial = x509::SerialNumber::Draw(1, random_);
  const auto algorithm = crypto::SignatureAlgorithm::kEcdsaSha256;
  const std::string tbs = x509::ComposeTbs({.serial = serial,
                                            .algorithm = algorithm,
                                            .issuer_der = issuer_.name_der(),
                                            .not_before = absl::FromUnixSeconds(1795000000),
                                            .not_after = absl::FromUnixSeconds(1796000000),
                                            .public_key = subscriber_.public_key(),
                                            .authority_key_id = issuer_.key_id(),
                                            .names = {.dns = {"www.example.test"}, .ips = {}}});
  ca::v1::SignCertificateResponse response;
  response.set_certificate(
      x509::ComposeCertificate(tbs, algorithm, issuer_.key().Sign(algorithm, tbs).value()));
  response.set_serial(std::string(serial.bytes().begin(), serial.bytes().end()));
  response.add_chain(issuer_.certificate_der());

  const std::string protected_header =
      base::FromBase64Url(Quoted(request.evidence().finalize_jws(), "\"protected\":\""))
          .value_or("");
  ca::v1::JournalEntry& intent = journal_.emplace_back();
  intent.set_index(journal_.size() - 1);
  intent.mutable_record()->set_recorded_at_ms(absl::ToUnixMillis(clock_.Now()));
  intent.mutable_record()->mutable_intent()->set_issuance_id(request.issuance_id());
  intent.mutable_record()->mutable_intent()->set_finalize_url(
      Quoted(protected_header, "\"url\":\""));
  ca::v1::JournalEntry& entry = journal_.emplace_back();
  entry.set_index(journal_.size() - 1);
  entry.mutable_record()->set_recorded_at_ms(absl::ToUnixMillis(clock_.Now()));
  ca::v1::Signed& record = *entry.mutable_record()->mutable_signed_();
  record.set_issuance_id(request.issuance_id());
  record.set_serial(response.serial());
  record.set_certificate(response.certificate());
  record.set_intent_index(journal_.size() - 2);
  signed_[request.issuance_id()] = response;
  return response;
}

absl::StatusOr<ca::v1::ReadJournalResponse> SignerDouble::ReadJournal(
    const base::Call&, const ca::v1::ReadJournalRequest& request) {
  std::lock_guard lock(mutex_);
  ca::v1::ReadJournalResponse response;
  response.set_size(journal_.size());
  uint64_t next = request.first_index();
  while (next < journal_.size() && response.entries_size() < static_cast<int>(request.limit())) {
    const ca::v1::JournalEntry& entry = journal_[next++];
    if (request.only_certificates() && !entry.record().has_signed_()) continue;
    *response.add_entries() = entry;
  }
  response.set_next_index(next);
  return response;
}

void SignerDouble::FailNext(absl::Status status, bool but_done) {
  std::lock_guard lock(mutex_);
  faults_.push_back({std::move(status), but_done});
}

void SignerDouble::SetAway(bool away) {
  std::lock_guard lock(mutex_);
  away_ = away;
}

void SignerDouble::ForgetJournal() {
  std::lock_guard lock(mutex_);
  journal_.clear();
}

int SignerDouble::signatures() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(signed_.size());
}

std::vector<std::string> SignerDouble::serials() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> serials;
  for (const auto& [id, response] : signed_) serials.push_back(response.serial());
  return serials;
}

std::optional<ca::v1::SignCertificateRequest> SignerDouble::last_request() const {
  std::lock_guard lock(mutex_);
  return last_request_;
}

World::World(void (*change)(config::Ra&))
    : clock(absl::FromUnixSeconds(1795430000)),
      options(Options::Parse(Config(change), clock.Now()).value()),
      sa(clock, random),
      va(clock),
      signer(clock),
      pause(clock),
      account_key(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)),
      key(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)),
      call{.deadline = absl::InfiniteFuture(),
           .peer = "wfe.cairn.internal",
           .trace = base::Trace::Start(random)},
      validation_pool({.threads = 2, .queue = kPlaces}),
      issuance_pool({.threads = 2, .queue = kPlaces}),
      validations(validation_pool, kPlaces),
      issuances(issuance_pool, kPlaces),
      validate(options, sa, va, clock, pause, observer),
      issue(options, {sa, va, signer}, audit, clock, pause, observer),
      new_account(options, sa, audit, {clock, random}),
      update_account(options, sa, audit),
      new_order(options, sa, audit, {clock, random}),
      start_validation(options, sa, validate, validations, clock),
      finalize_order(options, sa, issue, issuances, audit, {clock, random}),
      recover_work(options, sa, {validate, validations, issue, issuances}, clock, observer),
      reconcile_journal(options, {sa, signer}, issue, audit, clock, observer) {}

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
  while (validations.taken() + issuances.taken() > 0) std::this_thread::yield();
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

}  // namespace cairn::ra::testing
