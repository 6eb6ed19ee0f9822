#include "services/ca/core/world.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libs/base/call.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/sct.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"
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

// "intent", "signed", "revocation", "crl_intent", ...
std::string NameOf(const v1::JournalRecord& record) {
  const google::protobuf::OneofDescriptor* const oneof =
      v1::JournalRecord::descriptor()->FindOneofByName("record");
  const google::protobuf::FieldDescriptor* const field =
      record.GetReflection()->GetOneofFieldDescriptor(record, oneof);
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
    if (index.ok()) happenings_.Add(NameOf(record));
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
      faulty_log(log),
      log_keys(3),
      log_list_at(kNow - absl::Hours(24)) {
  logs = {log_keys[0].Listed("oak", "Oak"), log_keys[1].Listed("elm", "Elm"),
          log_keys[2].Listed("ash", "Ash", ct::LogKind::kStatic)};
  // These tests have no lists of names, and most of them no CT.
  allowed =
      lint::AllowList::Create({"w_sct_list_missing", "w_ct_sct_policy_count_unsatisfied"},
                              {"e_dnsname_not_valid_tld", "e_dnsname_contains_bare_iana_suffix",
                               "e_dnsname_wildcard_left_of_public_suffix"})
          .value();
  std::map<std::string, crypto::PrivateKey> keys;
  for (const crypto::KeyType type : issuer_types) {
    const std::string name = base::Cat("issuer-", cas.size() + 1);
    cas.push_back(std::make_unique<TestIssuer>(name, type, kNow - absl::Hours(100),
                                               kNow + absl::Hours(20000), &root));
    keys.emplace(name, crypto::PrivateKey::FromPem(cas.back()->key().ToPem()).value());
  }
  keys.emplace(signing::OcspKeyOf("issuer-1"), MakeOcspSigner());
  keys_ = std::make_unique<signing::FileSigner>(std::move(keys));
  noted_log_ = std::make_unique<NotedLog>(faulty_log, happenings);
  noted_audit_ = std::make_unique<NotedAudit>(audit, happenings);
  signer = std::make_unique<FaultySigner>(*keys_, happenings);
  verifier_ = evidence::Verifier::Create({.pack = policy::Pack::kWebPki,
                                          .perspectives = perspectives.perspectives(),
                                          .base_urls = {kBase},
                                          .caa_identities = {cairn::testing::kTestCaaIdentity},
                                          .methods = {"http-01", "dns-01"}})
                  .value();
  Restart();
}

World::~World() = default;

crypto::PrivateKey World::MakeOcspSigner() {
  crypto::PrivateKey ocsp_key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  ocsp_signer_der = cairn::testing::DelegateOcsp(*cas.front(), ocsp_key.public_key(),
                                                 kNow - absl::Hours(1), kNow + absl::Hours(2000));
  return ocsp_key;
}

void World::Restart() {
  std::vector<Issuer> list;
  for (size_t i = 0; i < cas.size(); ++i) {
    list.push_back({.name = base::Cat("issuer-", i + 1),
                    .certificate = x509::Certificate::Parse(cas[i]->certificate_der()).value(),
                    .chain = {cas[i]->certificate_der()},
                    .ca_issuers_url = base::Cat("http://ca.test/issuer-", i + 1, ".der")});
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
  list.front().ocsp_signer = x509::Certificate::Parse(ocsp_signer_der).value();
  if (configure) configure(rules, list);
  sign_ocsp.reset();
  sign_crl.reset();
  revoke.reset();
  complete_.reset();
  issue_.reset();
  issuers = std::make_unique<Issuers>(std::move(list));
  journal = IssuanceJournal::Open(*noted_log_, clock).value();
  lints_ = std::make_unique<Lints>(
      Lints::Options{.pack = rules.pack, .allowed = allowed, .blocked_keys = no_keys_});
  use_key_ = std::make_unique<UseKey>(UseKey::Parts{.issuers = *issuers,
                                                    .signer = *signer,
                                                    .audit = *noted_audit_,
                                                    .clock = clock,
                                                    .metrics = metrics});
  sign_ = std::make_unique<SignJournaled>(SignJournaled::Parts{.issuers = *issuers,
                                                               .journal = *journal,
                                                               .key = *use_key_,
                                                               .audit = *noted_audit_,
                                                               .metrics = metrics});
  refusals_ = std::make_unique<Refusals>(*noted_audit_, metrics);
  issue_ = std::make_unique<IssueCertificate>(std::move(rules),
                                              IssueCertificate::Parts{.verifier = *verifier_,
                                                                      .issuers = *issuers,
                                                                      .journal = *journal,
                                                                      .lints = *lints_,
                                                                      .sign = *sign_,
                                                                      .refusals = *refusals_,
                                                                      .clock = clock,
                                                                      .random = random});
  complete_ = std::make_unique<CompleteCertificate>(
      CompleteCertificate::Parts{.logs = [this] { return List(); },
                                 .policy = ct_policy,
                                 .issuers = *issuers,
                                 .journal = *journal,
                                 .lints = *lints_,
                                 .sign = *sign_,
                                 .refusals = *refusals_,
                                 .clock = clock});
  RestartStatus();
}

void World::RestartStatus() {
  revoke = std::make_unique<Revoke>(uint8_t{7}, Revoke::Parts{.issuers = *issuers,
                                                              .journal = *journal,
                                                              .audit = *noted_audit_,
                                                              .refusals = *refusals_,
                                                              .clock = clock});
  sign_crl = std::make_unique<SignCrl>(uint8_t{7}, SignCrl::Parts{.issuers = *issuers,
                                                                  .journal = *journal,
                                                                  .lints = *lints_,
                                                                  .key = *use_key_,
                                                                  .audit = *noted_audit_,
                                                                  .refusals = *refusals_,
                                                                  .clock = clock,
                                                                  .metrics = metrics});
  sign_ocsp = std::make_unique<SignOcsp>(SignOcsp::Parts{.issuers = *issuers,
                                                         .journal = *journal,
                                                         .lints = *lints_,
                                                         .key = *use_key_,
                                                         .audit = *noted_audit_,
                                                         .refusals = *refusals_,
                                                         .clock = clock,
                                                         .metrics = metrics});
}

std::shared_ptr<const ct::LogList> World::List() const {
  return std::make_shared<const ct::LogList>(
      ct::LogList::Parse(cairn::testing::ListJson(logs, "1.0", log_list_at)).value());
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

namespace {

absl::StatusOr<v1::SignCertificateResponse> ResponseOf(absl::StatusOr<Issued> issued) {
  if (!issued.ok()) return issued.status();
  v1::SignCertificateResponse response;
  response.set_certificate(issued->der);
  response.set_serial(issued->serial);
  for (const std::string& der : issued->issuer->chain) response.add_chain(der);
  response.set_issuer(issued->issuer->name);
  return response;
}

base::Call FromRa() {
  base::Call call;
  call.peer = "ra";
  return call;
}

}  // namespace

absl::StatusOr<v1::SignCertificateResponse> World::Run(const v1::SignCertificateRequest& request) {
  return ResponseOf(issue_->Run(FromRa(), {.issuance_id = request.issuance_id(),
                                           .profile = request.profile(),
                                           .evidence = request.evidence()}));
}

absl::StatusOr<v1::SignCertificateResponse> World::Complete(
    const v1::SignCertificateRequest& request) {
  return ResponseOf(complete_->Run(FromRa(), request));
}

v1::SignCertificateRequest World::Promised(const v1::SignCertificateRequest& request,
                                           const std::string& precertificate,
                                           const std::vector<size_t>& by) const {
  const x509::Certificate parsed = x509::Certificate::Parse(precertificate).value();
  const ct::Entry entry = ct::Entry::Precertificate(cas[0]->key().public_key(),
                                                    ct::RemovePoison(parsed.tbs_der()).value());
  v1::SignCertificateRequest completing;
  completing.set_issuance_id(request.issuance_id());
  for (const size_t i : by) {
    const bool is_static = logs[i].kind == ct::LogKind::kStatic;
    completing.add_scts(
        log_keys[i]
            .Promise(entry, clock.Now(), is_static ? ct::LeafIndexExtensions(7) : std::string())
            .Encode());
  }
  return completing;
}

std::vector<v1::Signed> World::Signatures() const {
  std::vector<v1::Signed> signatures;
  for (const v1::JournalRecord& record : Records()) {
    if (record.has_signed_()) signatures.push_back(record.signed_());
  }
  return signatures;
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
