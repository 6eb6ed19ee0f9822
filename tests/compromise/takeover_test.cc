// A WFE, a database and a primary VA that were taken over, each with its own real
// credentials, against a running local stack.

#include <absl/time/clock.h>
#include <arpa/inet.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/acme/account_id.h"
#include "libs/acme/json.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/random.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/errors/grpc_status.h"
#include "libs/evidence/receipt.h"
#include "libs/evidence/test_evidence.h"
#include "libs/http/client/test_server.h"
#include "libs/sql/connection.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/x509/certificate.h"
#include "libs/x509/test_certificates.h"
#include "protos/ca/v1/ca.grpc.pb.h"
#include "protos/ra/v1/ra.grpc.pb.h"
#include "protos/sa/v1/sa.grpc.pb.h"

namespace cairn::compromise {
namespace {

using core::v1::Order;
using crypto::PrivateKey;
using errors::Reason;
using evidence::v1::Attempt;
using testing::TestSubscriber;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

// A subscriber with an account at the stack.
struct Subscriber {
  explicit Subscriber(const std::string& base) : keys(base) {}
  std::string uri() const {
    return acme::AccountUrl(keys.base_url(), *acme::AccountId::FromBytes(ref.account_id()));
  }
  std::string Jws(uint64_t order_id, const std::string& csr, const std::string& kid) const {
    return keys.Jws(kid, keys.FinalizeUrl(order_id),
                    base::Cat(R"({"csr":")", base::ToBase64Url(csr), R"("})"));
  }
  std::string Jws(uint64_t order_id, const std::string& csr) const {
    return Jws(order_id, csr, uri());
  }

  TestSubscriber keys;
  core::v1::AccountRef ref;
};

// The local stack. Whoever answers http-01 for a name says what `owner` says.
class Stack {
 public:
  Stack() : base("https://localhost:" + std::to_string(FreePort())) {
    const std::string acme_port = base.substr(base.rfind(':') + 1);
    const std::string command =
        base::Cat("python3 deploy/local/stack.py up --programs . --no-demo --state ", State(),
                  " --acme-port ", acme_port, " --http01-port ", web.port(), " > ",
                  folder.File("up.log"), " 2>&1");
    INFO(command);
    const int code = std::system(command.c_str());
    INFO(ReadFile(folder.File("up.log")));
    REQUIRE(code == 0);
    auto targets = acme::Json::Parse(ReadFile(State() + "/targets.json"));
    REQUIRE_OK(targets);
    ra = ra::v1::Registration::NewStub(Dial(*targets, "wfe", "ra"));
    orders = sa::v1::OrderReader::NewStub(Dial(*targets, "wfe", "sa"));
    journal = ca::v1::Journal::NewStub(Dial(*targets, "ra", "ca"));
    const acme::Json* mariadb = targets->Find("mariadb");
    REQUIRE(mariadb != nullptr);
    sql::Server server;
    server.socket = std::string(*mariadb->GetString("address")).substr(5);
    server.user = "cairn_sa";
    server.password = ReadFile(State() + "/keys/database-sa.password");
    server.database = "cairn";
    while (server.password.ends_with('\n')) server.password.pop_back();
    auto connection = sql::Connection::Open(server, {}, absl::Seconds(5));
    REQUIRE_OK(connection);
    database = *std::move(connection);
  }
  ~Stack() {
    database.reset();
    const std::string command = base::Cat("python3 deploy/local/stack.py down --state ", State(),
                                          " > ", folder.File("down.log"), " 2>&1");
    if (std::system(command.c_str()) != 0) WARN(ReadFile(folder.File("down.log")));
  }

  std::string State() const { return folder.File("state"); }

  std::shared_ptr<grpc::Channel> Dial(const acme::Json& targets, const std::string& caller,
                                      const std::string& process) const {
    const std::string tls = State() + "/tls/internal/";
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ReadFile(tls + "authority.pem");
    options.pem_cert_chain = ReadFile(tls + caller + ".pem");
    options.pem_private_key = ReadFile(tls + caller + ".key");
    const acme::Json* target = targets.Find(process);
    REQUIRE(target != nullptr);
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(std::string(*target->GetString("tls_name")));
    return grpc::CreateCustomChannel(std::string(*target->GetString("address")),
                                     grpc::SslCredentials(options), arguments);
  }

  template <typename Stub, typename Call, typename Request, typename Response>
  absl::Status Ask(Stub& stub, Call call, const Request& request, Response* response) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    context.set_wait_for_ready(true);
    return errors::FromGrpc((stub.*call)(&context, request, response));
  }

  // What the WFE does for a subscriber, with the WFE's certificate.
  absl::Status Register(Subscriber& who, const std::string& thumbprint) {
    ra::v1::NewAccountRequest request;
    request.set_jwk(who.keys.jwk());
    request.set_thumbprint(thumbprint);
    ra::v1::NewAccountResponse response;
    const absl::Status status =
        Ask(*ra, &ra::v1::Registration::Stub::NewAccount, request, &response);
    who.ref.set_account_id(response.account().account_id());
    who.ref.set_thumbprint(thumbprint);
    return status;
  }
  Subscriber NewSubscriber() {
    Subscriber who(base);
    REQUIRE_OK(Register(who, who.keys.thumbprint()));
    return who;
  }
  uint64_t NewOrder(const Subscriber& who, const std::string& name) {
    ra::v1::NewOrderRequest request;
    *request.mutable_account() = who.ref;
    request.add_identifiers()->set_type("dns");
    request.mutable_identifiers(0)->set_value(name);
    ra::v1::NewOrderResponse response;
    REQUIRE_OK(Ask(*ra, &ra::v1::Registration::Stub::NewOrder, request, &response));
    return response.order().order_id();
  }
  Order Read(const Subscriber& who, uint64_t order_id) {
    sa::v1::GetOrderRequest request;
    *request.mutable_account() = who.ref;
    request.set_order_id(order_id);
    sa::v1::GetOrderResponse response;
    REQUIRE_OK(Ask(*orders, &sa::v1::OrderReader::Stub::GetOrder, request, &response));
    certificate = response.certificate();
    return response.order();
  }
  Order Await(const Subscriber& who, uint64_t order_id, Order::Status was) {
    const absl::Time until = absl::Now() + absl::Seconds(30);
    Order order = Read(who, order_id);
    while (order.status() == was && absl::Now() < until) {
      absl::SleepFor(absl::Milliseconds(10));
      order = Read(who, order_id);
    }
    return order;
  }
  // An order whose name the web server has answered for.
  uint64_t ReadyOrder(const Subscriber& who, const std::string& name) {
    owner = who.ref.thumbprint();
    const uint64_t order_id = NewOrder(who, name);
    // An account that has shown it before need not show it again.
    if (Read(who, order_id).status() == Order::STATUS_READY) return order_id;
    ra::v1::StartValidationRequest request;
    *request.mutable_account() = who.ref;
    request.set_order_id(order_id);
    request.set_method("http-01");
    ra::v1::StartValidationResponse response;
    REQUIRE_OK(Ask(*ra, &ra::v1::Registration::Stub::StartValidation, request, &response));
    const Order order = Await(who, order_id, Order::STATUS_PENDING);
    INFO(order.authorizations(0).problem().detail());
    REQUIRE(order.status() == Order::STATUS_READY);
    return order_id;
  }
  absl::Status Finalize(const Subscriber& who, uint64_t order_id, const std::string& jws,
                        const std::string& csr) {
    ra::v1::FinalizeOrderRequest request;
    *request.mutable_account() = who.ref;
    request.set_order_id(order_id);
    request.set_finalize_jws(jws);
    request.set_csr(csr);
    ra::v1::FinalizeOrderResponse response;
    return Ask(*ra, &ra::v1::Registration::Stub::FinalizeOrder, request, &response);
  }

  // What the SA can do with its own database user.
  void Run(std::string_view text, sql::Values values) {
    INFO(text);
    const auto changed = database->Run({"attack", text}, values, absl::Seconds(5), nullptr);
    REQUIRE_OK(changed);
    REQUIRE(*changed == 1);
  }
  std::string AttemptOf(uint64_t order_id) {
    sql::Rows rows;
    REQUIRE_OK(database->Run({"read", "SELECT attempt FROM authorization WHERE order_id = ?"},
                             {order_id}, absl::Seconds(5), &rows));
    REQUIRE(rows.size() == 1);
    return std::string(rows[0].Bytes(0));
  }
  void SetAttempt(uint64_t order_id, const std::string& attempt) {
    Run("UPDATE authorization SET status = 3, method = 'http-01', attempt = ?, validated_at = ?, "
        "lease_until = NULL WHERE order_id = ?",
        {attempt, absl::ToUnixSeconds(absl::Now()), order_id});
  }
  // The order as one whose RA has died: another RA goes on with what stands there.
  void LeaveForRecovery(uint64_t order_id, const std::string& jws) {
    Run("UPDATE acme_order SET state = 2, issuance_id = ?, finalize_jws = ?, began_at = ?, "
        "lease_until = ? WHERE order_id = ?",
        {base::SystemRandom().Bytes(16), jws, absl::ToUnixSeconds(absl::Now()),
         absl::ToUnixSeconds(absl::Now()) - 1, order_id});
  }

  int Records() {
    int records = 0;
    ca::v1::ReadJournalRequest request;
    request.set_limit(1000);
    ca::v1::ReadJournalResponse response;
    REQUIRE_OK(Ask(*journal, &ca::v1::Journal::Stub::ReadJournal, request, &response));
    REQUIRE(response.next_index() == response.size());
    for (const ca::v1::JournalEntry& entry : response.entries()) {
      if (entry.record().has_intent() || entry.record().has_signed_()) ++records;
    }
    return records;
  }
  // That the signer refused the order's issuance for this reason, and signed nothing.
  void CheckRefused(const Subscriber& who, uint64_t order_id, int records, Reason reason) {
    const Order order = Await(who, order_id, Order::STATUS_PROCESSING);
    CHECK(order.status() == Order::STATUS_INVALID);
    CHECK(order.serial().empty());
    CHECK(Records() == records);
    const std::string line =
        base::Cat("\"signing_refused\":{\"issuance_id\":\"", base::ToHex(order.issuance_id()),
                  "\",\"reason\":\"", errors::MappingOf(reason).name, "\"");
    INFO(line);
    CHECK(ReadFile(State() + "/logs/ca.log").find(line) != std::string::npos);
  }

  const testing::TempDir folder;
  std::string owner;  // thumbprint of the key for which the owner of every name answers
  http::TestServer web{
      {}, [this](http::TestServer::Connection& connection, const std::string& request) {
        const size_t from = request.find("challenge/") + 10;
        connection.Write(base::Cat("HTTP/1.1 200 OK\r\n\r\n",
                                   request.substr(from, request.find(' ', from) - from), ".",
                                   base::ToBase64Url(owner)));
      }};
  const std::string base;
  std::unique_ptr<ra::v1::Registration::Stub> ra;
  std::unique_ptr<sa::v1::OrderReader::Stub> orders;
  std::unique_ptr<ca::v1::Journal::Stub> journal;
  std::unique_ptr<sql::Connection> database;
  std::string certificate;  // of the order that was read last
};

std::string Csr(const PrivateKey& key, const std::string& name) {
  return testing::MakeCsr(key, std::vector<std::string>{name});
}

TEST_CASE("a WFE that was taken over gets no certificate: it holds no account key",
          "[ACME-043][ACCT-18]") {
  Stack stack;
  const PrivateKey own = PrivateKey::Generate(crypto::KeyType::kEcP256);
  const PrivateKey key = PrivateKey::Generate(crypto::KeyType::kEcP256);
  const Subscriber victim = stack.NewSubscriber();
  const Subscriber mallory = stack.NewSubscriber();
  const int before = stack.Records();

  {
    INFO("a request that it made up for the victim's order, signed with a key of its own");
    const uint64_t order = stack.ReadyOrder(victim, "a.victim.test");
    const std::string csr = Csr(own, "a.victim.test");
    CHECK_OK(stack.Finalize(victim, order, mallory.Jws(order, csr, victim.uri()), csr));
    stack.CheckRefused(victim, order, before, Reason::kEvidenceForged);
  }
  {
    INFO("its own account's request for the victim's order");
    const uint64_t order = stack.ReadyOrder(victim, "b.victim.test");
    const std::string csr = Csr(own, "b.victim.test");
    CHECK_FALSE(stack.Finalize(mallory, order, mallory.Jws(order, csr), csr).ok());
    CHECK(stack.Read(victim, order).status() == Order::STATUS_READY);
    CHECK_OK(stack.Finalize(victim, order, mallory.Jws(order, csr), csr));
    stack.CheckRefused(victim, order, before, Reason::kEvidenceForged);
  }
  {
    INFO("the victim's request for another order");
    const uint64_t first = stack.ReadyOrder(victim, "c.victim.test");
    const uint64_t second = stack.ReadyOrder(victim, "d.victim.test");
    const std::string csr = Csr(key, "d.victim.test");
    CHECK_REASON(stack.Finalize(victim, second, victim.Jws(first, csr), csr), Reason::kMalformed);
    CHECK(stack.Read(victim, second).status() == Order::STATUS_READY);
    CHECK(stack.Records() == before);
  }
  {
    INFO("an account with its own key that it registers under the victim's thumbprint");
    Subscriber chimera(stack.base);
    Subscriber other(stack.base);
    if (stack.Register(chimera, other.keys.thumbprint()).ok()) {
      const uint64_t order = stack.ReadyOrder(chimera, "e.victim.test");
      const std::string csr = Csr(own, "e.victim.test");
      CHECK_OK(stack.Finalize(chimera, order, chimera.Jws(order, csr), csr));
      stack.CheckRefused(chimera, order, before, Reason::kEvidenceMismatch);
    }
    CHECK(stack.Records() == before);
  }
  {
    INFO("another CSR beside the victim's request: the certificate has the victim's key");
    const uint64_t order = stack.ReadyOrder(victim, "f.victim.test");
    const std::string jws = victim.Jws(order, Csr(key, "f.victim.test"));
    CHECK_OK(stack.Finalize(victim, order, jws, Csr(own, "f.victim.test")));
    CHECK(stack.Await(victim, order, Order::STATUS_PROCESSING).status() == Order::STATUS_VALID);
    const auto certificate = x509::Certificate::Parse(stack.certificate);
    REQUIRE_OK(certificate);
    CHECK(certificate->public_key() == key.public_key());
    CHECK(stack.Records() == before + 2);
  }
}

// Receipts for the subscriber's order, in which each perspective says what the
// attacker wants, signed with that perspective's own key where he has it.
std::string Lies(const Stack& stack, const Subscriber& who, const std::string& name,
                 const std::vector<std::string>& taken_over, const PrivateKey* for_the_others) {
  const std::map<std::string, evidence::v1::Receipt::Rir> regions = {
      {"primary", evidence::v1::Receipt::RIR_ARIN},
      {"remote-1", evidence::v1::Receipt::RIR_RIPE_NCC},
      {"remote-2", evidence::v1::Receipt::RIR_APNIC},
      {"remote-3", evidence::v1::Receipt::RIR_ARIN},
      {"remote-4", evidence::v1::Receipt::RIR_LACNIC},
      {"remote-5", evidence::v1::Receipt::RIR_AFRINIC}};
  const testing::TestPerspectives model(0);
  Attempt attempt;
  for (const auto& [id, rir] : regions) {
    evidence::v1::Receipt receipt = model.Receipt(0, who.keys, name, absl::Now());
    receipt.set_perspective_id(id);
    receipt.set_rir(rir);
    receipt.set_account_uri(who.uri());
    receipt.mutable_caa()->set_identities(0, "cairn.test");
    if (std::find(taken_over.begin(), taken_over.end(), id) != taken_over.end()) {
      const auto key = PrivateKey::FromPemFile(stack.State() + "/keys/receipt-" + id + ".key");
      REQUIRE_OK(key);
      *attempt.add_receipts() = *evidence::SignReceipt(*key, receipt);
    } else if (for_the_others != nullptr) {
      *attempt.add_receipts() = *evidence::SignReceipt(*for_the_others, receipt);
    }
  }
  return attempt.SerializeAsString();
}

TEST_CASE("a database that was taken over can't make the signer sign",
          "[ACCT-18][ACME-115][VAL-18]") {
  Stack stack;
  const PrivateKey own = PrivateKey::Generate(crypto::KeyType::kEcP256);
  const PrivateKey key = PrivateKey::Generate(crypto::KeyType::kEcP256);
  const Subscriber victim = stack.NewSubscriber();
  const Subscriber mallory = stack.NewSubscriber();

  // What the victim did in good order.
  const uint64_t done = stack.ReadyOrder(victim, "victim.test");
  const std::string done_jws = victim.Jws(done, Csr(key, "victim.test"));
  REQUIRE_OK(stack.Finalize(victim, done, done_jws, Csr(key, "victim.test")));
  REQUIRE(stack.Await(victim, done, Order::STATUS_PROCESSING).status() == Order::STATUS_VALID);
  const int before = stack.Records();
  REQUIRE(before == 2);
  const std::string csr = Csr(own, "victim.test");

  {
    INFO("receipts that nobody signed but the attacker");
    const uint64_t order = stack.NewOrder(mallory, "victim.test");
    stack.SetAttempt(order, Lies(stack, mallory, "victim.test", {}, &own));
    stack.LeaveForRecovery(order, mallory.Jws(order, csr));
    stack.CheckRefused(mallory, order, before, Reason::kEvidenceForged);
  }
  {
    INFO("the victim's receipts in the attacker's authorization");
    const uint64_t order = stack.NewOrder(mallory, "victim.test");
    stack.SetAttempt(order, stack.AttemptOf(done));
    stack.LeaveForRecovery(order, mallory.Jws(order, csr));
    stack.CheckRefused(mallory, order, before, Reason::kEvidenceMismatch);
  }
  {
    INFO("the attacker's receipts for another name");
    const uint64_t seen = stack.ReadyOrder(mallory, "mallory.test");
    const uint64_t order = stack.NewOrder(mallory, "victim.test");
    stack.SetAttempt(order, stack.AttemptOf(seen));
    stack.LeaveForRecovery(order, mallory.Jws(order, csr));
    stack.CheckRefused(mallory, order, before, Reason::kEvidenceMismatch);
  }
  {
    INFO("a request of the victim that was served, in another order");
    const uint64_t order = stack.ReadyOrder(victim, "victim.test");
    stack.LeaveForRecovery(order, done_jws);
    stack.CheckRefused(victim, order, before, Reason::kReplayed);
  }
  {
    INFO("a primary VA that lies alone");
    const uint64_t order = stack.NewOrder(mallory, "victim.test");
    stack.SetAttempt(order, Lies(stack, mallory, "victim.test", {"primary"}, nullptr));
    stack.LeaveForRecovery(order, mallory.Jws(order, csr));
    stack.CheckRefused(mallory, order, before, Reason::kEvidenceInsufficient);
  }
  {
    INFO("a primary VA that signs for the remotes as well");
    const auto primary = PrivateKey::FromPemFile(stack.State() + "/keys/receipt-primary.key");
    REQUIRE_OK(primary);
    const uint64_t order = stack.NewOrder(mallory, "victim.test");
    stack.SetAttempt(order, Lies(stack, mallory, "victim.test", {"primary"}, &*primary));
    stack.LeaveForRecovery(order, mallory.Jws(order, csr));
    stack.CheckRefused(mallory, order, before, Reason::kEvidenceForged);
  }
  {
    INFO("the victim's account with the attacker's key");
    const Subscriber robbed = stack.NewSubscriber();
    const uint64_t order = stack.ReadyOrder(robbed, "robbed.test");
    Subscriber thief(stack.base);
    const std::string thumbprint = thief.keys.thumbprint();
    stack.Run(
        "UPDATE account SET jwk = ?, thumbprint = ?, first_thumbprint = ?, salt = ? "
        "WHERE account_id = ?",
        {thief.keys.jwk(), thumbprint, thumbprint, thief.keys.salt(), robbed.ref.account_id()});
    thief.ref.set_account_id(robbed.ref.account_id());
    thief.ref.set_thumbprint(thumbprint);
    stack.LeaveForRecovery(order, thief.Jws(order, Csr(own, "robbed.test")));
    stack.CheckRefused(thief, order, before, Reason::kEvidenceMismatch);
  }
  {
    INFO("the limit is real: with the keys of the primary and four remotes of five");
    const uint64_t order = stack.NewOrder(mallory, "victim.test");
    stack.SetAttempt(order,
                     Lies(stack, mallory, "victim.test",
                          {"primary", "remote-1", "remote-2", "remote-3", "remote-4"}, nullptr));
    stack.LeaveForRecovery(order, mallory.Jws(order, csr));
    const Order deceived = stack.Await(mallory, order, Order::STATUS_PROCESSING);
    CHECK(deceived.status() == Order::STATUS_VALID);
    CHECK(stack.Records() == before + 2);
  }
}

}  // namespace
}  // namespace cairn::compromise
