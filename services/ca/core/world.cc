#include "services/ca/core/world.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libs/base/call.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "services/ca/signing/file_signer.h"

namespace cairn::ca::testing {
namespace {

using cairn::testing::TestIssuer;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

std::string KindOf(const audit::v1::Event& event) {
  const google::protobuf::OneofDescriptor* const oneof =
      audit::v1::Event::descriptor()->FindOneofByName("event");
  const google::protobuf::FieldDescriptor* const field =
      event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  return field == nullptr ? "" : field->name();
}

}  // namespace

void Happenings::Add(const std::string& what) {
  std::lock_guard lock(mutex_);
  list_.push_back(what);
}

std::vector<std::string> Happenings::list() const {
  std::lock_guard lock(mutex_);
  return list_;
}

int Happenings::Count(const std::string& what) const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(std::count(list_.begin(), list_.end(), what));
}

absl::StatusOr<std::string> FaultySigner::Sign(signing::Checked<signing::Tbs>&& tbs) {
  const Fault fault = fault_.exchange(Fault::kNone);
  if (fault == Fault::kNotDone) {
    return errors::Make(errors::Reason::kUnavailable, "the key failed as the test ordered");
  }
  absl::StatusOr<std::string> signature = signer_.Sign(std::move(tbs));
  happenings_.Add("sign");
  if (fault == Fault::kAnswerLost) {
    return errors::Make(errors::Reason::kUnavailable, "the key failed as the test ordered");
  }
  if (fault == Fault::kWrong && signature.ok()) signature->back() ^= 1;
  return signature;
}

// Notes each record that is appended.
class World::NotedLog final : public journal::Log {
 public:
  NotedLog(journal::Log& log, Happenings& happenings) : log_(log), happenings_(happenings) {}

  absl::StatusOr<uint64_t> Append(std::string_view bytes) override {
    absl::StatusOr<uint64_t> index = log_.Append(bytes);
    v1::JournalRecord record;
    record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (index.ok()) happenings_.Add(record.has_intent() ? "intent" : "signed");
    return index;
  }
  absl::StatusOr<std::string> Read(uint64_t index) override { return log_.Read(index); }
  uint64_t size() const override { return log_.size(); }
  absl::Status ForEach(
      uint64_t first,
      const std::function<absl::Status(uint64_t index, std::string_view record)>& visit) override {
    return log_.ForEach(first, visit);
  }

 private:
  journal::Log& log_;
  Happenings& happenings_;
};

// Notes each event that is written.
class World::NotedAudit final : public audit::Log {
 public:
  NotedAudit(audit::Log& log, Happenings& happenings) : log_(log), happenings_(happenings) {}

  absl::Status Write(const audit::v1::Event& event) override {
    const absl::Status status = log_.Write(event);
    if (status.ok()) happenings_.Add("audit " + KindOf(event));
    return status;
  }

 private:
  audit::Log& log_;
  Happenings& happenings_;
};

World::World(std::vector<crypto::KeyType> issuer_types)
    : clock(kNow),
      root("Root", crypto::KeyType::kEcP384, kNow - absl::Hours(1), kNow + absl::Hours(50000)),
      subscriber(kBase),
      perspectives(5),
      key(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)),
      faulty_log(log) {
  std::map<std::string, crypto::PrivateKey> keys;
  for (const crypto::KeyType type : issuer_types) {
    const std::string name = base::Cat("issuer-", cas.size() + 1);
    cas.push_back(std::make_unique<TestIssuer>(name, type, kNow - absl::Hours(100),
                                               kNow + absl::Hours(20000), &root));
    keys.emplace(name, crypto::PrivateKey::FromPem(cas.back()->key().ToPem()).value());
  }
  keys_ = std::make_unique<signing::FileSigner>(std::move(keys));
  noted_log_ = std::make_unique<NotedLog>(faulty_log, happenings);
  noted_audit_ = std::make_unique<NotedAudit>(audit, happenings);
  signer = std::make_unique<FaultySigner>(*keys_, happenings);
  verifier_ = evidence::Verifier::Create({.pack = policy::Pack::kWebPki,
                                          .perspectives = perspectives.perspectives(),
                                          .base_urls = {kBase},
                                          .caa_identities = {cairn::testing::kTestCaaIdentity},
                                          .methods = {"http-01"}})
                  .value();
  Restart();
}

World::~World() = default;

void World::Restart() {
  std::vector<Issuer> list;
  for (size_t i = 0; i < cas.size(); ++i) {
    list.push_back({.name = base::Cat("issuer-", i + 1),
                    .certificate = x509::Certificate::Parse(cas[i]->certificate_der()).value(),
                    .chain = {cas[i]->certificate_der()},
                    .active = true,
                    .ca_issuers_url = std::nullopt});
  }
  IssueCertificate::Rules rules{
      .pack = policy::Pack::kWebPki,
      .instance = 7,
      .profiles = {{.name = "default",
                    .validity = absl::Hours(144),
                    .backdate = absl::Hours(1),
                    .include_common_name = false,
                    .key_types = {crypto::KeyType::kRsa, crypto::KeyType::kEcP256,
                                  crypto::KeyType::kEcP384}}},
      .keys = {.p521_certificates = true, .blocklist = nullptr}};
  if (configure) configure(rules, list);
  issue_.reset();
  issuers = std::make_unique<Issuers>(std::move(list));
  journal = IssuanceJournal::Open(*noted_log_, clock).value();
  issue_ = std::make_unique<IssueCertificate>(std::move(rules),
                                              IssueCertificate::Parts{.verifier = *verifier_,
                                                                      .issuers = *issuers,
                                                                      .journal = *journal,
                                                                      .signer = *signer,
                                                                      .audit = *noted_audit_,
                                                                      .clock = clock,
                                                                      .random = random,
                                                                      .metrics = metrics});
}

v1::SignCertificateRequest World::Request(uint64_t order_id, const std::string& csr_der,
                                          const std::vector<std::string>& names) const {
  v1::SignCertificateRequest request;
  request.set_issuance_id(crypto::Sha256(base::Cat("issuance", order_id)).substr(0, 16));
  request.set_profile("default");
  evidence::v1::Evidence& evidence = *request.mutable_evidence();
  evidence.set_finalize_jws(subscriber.FinalizeJws(order_id, csr_der));
  evidence.mutable_account()->set_salt(subscriber.salt());
  evidence.mutable_account()->set_jwk(subscriber.jwk());
  for (const std::string& name : names) {
    *evidence.add_attempts() =
        perspectives.Attempt(subscriber, name, clock.Now() - absl::Minutes(10));
  }
  return request;
}

v1::SignCertificateRequest World::Request(uint64_t order_id) const {
  const std::vector<std::string> names = {"a.example.test", "b.example.test"};
  return Request(order_id, cairn::testing::MakeCsr(key, names), names);
}

absl::StatusOr<v1::SignCertificateResponse> World::Run(const v1::SignCertificateRequest& request) {
  base::Call call;
  call.peer = "ra";
  return issue_->Run(call, request);
}

std::vector<v1::JournalRecord> World::Records() const {
  std::vector<v1::JournalRecord> records;
  const absl::Status status = journal->ForEach(0, [&](uint64_t, const v1::JournalRecord& record) {
    records.push_back(record);
    return absl::OkStatus();
  });
  INVARIANT(status.ok(), "a log in memory can be read");
  return records;
}

std::vector<v1::SigningIntent> World::Intents() const {
  std::vector<v1::SigningIntent> intents;
  for (const v1::JournalRecord& record : Records()) {
    if (record.has_intent()) intents.push_back(record.intent());
  }
  return intents;
}

int World::Audited(const std::string& kind) const { return happenings.Count("audit " + kind); }

}  // namespace cairn::ca::testing
