#include "tests/compromise/signer_world.h"

#include <absl/time/clock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <sstream>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/errors/grpc_status.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"

namespace cairn::compromise {
namespace {

using crypto::KeyType;
using evidence::v1::Receipt;

constexpr char kBinary[] = "services/ca/ca";
constexpr absl::Duration kDay = absl::Hours(24);

std::string NameOf(Receipt::Rir rir) {
  switch (rir) {
    case Receipt::RIR_ARIN:
      return "ARIN";
    case Receipt::RIR_APNIC:
      return "APNIC";
    default:
      return "RIPE NCC";
  }
}

constexpr char kSuffixes[] = "// ===BEGIN ICANN DOMAINS===\ntest\n// ===END ICANN DOMAINS===\n";

void Prepare(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  context.set_wait_for_ready(true);
}

template <typename Response, typename Stub, typename Request>
absl::StatusOr<Response> Ask(Stub& stub,
                             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                             const Request& request) {
  grpc::ClientContext context;
  Prepare(context);
  Response response;
  const absl::Status status = errors::FromGrpc((stub.*method)(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

}  // namespace

SignerWorld::SignerWorld()
    : root("Root", KeyType::kEcP384, absl::Now() - kDay, absl::Now() + 4000 * kDay),
      issuer("Issuer", KeyType::kEcP256, absl::Now() - kDay, absl::Now() + 900 * kDay, &root),
      ocsp_key(crypto::PrivateKey::Generate(KeyType::kEcP256)),
      victim_key(crypto::PrivateKey::Generate(KeyType::kEcP256)),
      mallory_key(crypto::PrivateKey::Generate(KeyType::kEcP256)) {
  folder.Write("ca.yaml", Config());
  Start();
}

std::string SignerWorld::TlsFiles(const std::string& role) const {
  const testing::TlsIdentity identity = tls.Issue({role + ".cairn.internal"});
  return base::Cat("{certificate: ", folder.Write(role + ".pem", identity.certificate_pem),
                   ", key: ", folder.Write(role + ".key", identity.key_pem),
                   ", ca: ", folder.Write("tls-ca.pem", tls.pem()), "}");
}

std::string SignerWorld::LogList() const {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(KeyType::kEcP256);
  const std::vector<ct::Log> listed = {logs[0].Listed("oak", "Alpha"),
                                       logs[1].Listed("elm", "Beta")};
  const std::string json = testing::ListJson(listed, "1", absl::Now() - kDay);
  folder.Write("list.sig", key.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, json).value());
  return base::Cat("{file: ", folder.Write("list.json", json),
                   ", public_key: ", folder.Write("list.pub", key.public_key().ToPem()), "}");
}

std::string SignerWorld::Config() const {
  std::string config = base::Cat(
      "common:\n  listen: \"127.0.0.1:0\"\n  internal_domain: cairn.internal\n  tls: ",
      TlsFiles("ca"), "\ninstance: 1\njournal_directory: ", folder.File("journal"),
      "\nbase_urls: [\"", kBase, "\", \"", kOldBase, "\"]\ncaa_identities: [",
      testing::kTestCaaIdentity,
      "]\nmethods: [http-01, dns-01]\npolicy_pack: webpki\nallow_software_keys: true\n"
      "public_suffix_file: ",
      folder.Write("suffixes.dat", kSuffixes), "\nct: {log_list: ", LogList(),
      "}\nissuers:\n  - {name: one, ccadb_disclosed: true, ca_issuers_url: "
      "\"http://ca.test/one.der\", ",
      "certificate_file: ", folder.Write("issuer.pem", issuer.certificate_pem()),
      ", key_file: ", folder.Write("issuer.key", issuer.key().ToPem()),
      ",\n     crl_base_url: \"http://crl.test/\", crl_shards: 2,\n     ocsp_signer: "
      "{certificate_file: ",
      folder.Write("ocsp.pem",
                   base::ToPem("CERTIFICATE",
                               testing::DelegateOcsp(issuer, ocsp_key.public_key(),
                                                     absl::Now() - kDay, absl::Now() + 90 * kDay))),
      ", key_file: ", folder.Write("ocsp.key", ocsp_key.ToPem()), "}}\nperspectives:\n");
  int longitude = 0;
  for (const evidence::Perspective& perspective : perspectives.perspectives()) {
    config += base::Cat(
        "  - {id: ", perspective.id, ", rir: ", NameOf(perspective.rir),
        ", location: {latitude: 0, longitude: ", longitude += 20, "}",
        ", primary: ", perspective.primary ? "true" : "false", ", public_key_file: ",
        folder.Write("receipt-" + perspective.id + ".pub", perspective.key.ToPem()), "}\n");
  }
  return config;
}

void SignerWorld::Start() {
  auto started = harness::Process::Start(
      {.command = {kBinary, "--config", folder.File("ca.yaml")}, .log_path = folder.File("log")});
  REQUIRE_OK(started);
  process_ = *std::move(started);
  stubs_.clear();
}

void SignerWorld::Restart() {
  process_->Stop(SIGKILL);
  log_of_former_ += process_->Log();
  Start();
}

SignerWorld::Stubs& SignerWorld::As(const std::string& role) {
  Stubs& stubs = stubs_[role];
  if (stubs.signer == nullptr) {
    const testing::TlsIdentity identity = tls.Issue({role + ".cairn.internal"});
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = tls.pem();
    options.pem_cert_chain = identity.certificate_pem;
    options.pem_private_key = identity.key_pem;
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("ca.cairn.internal");
    const auto channel = grpc::CreateCustomChannel(process_->Field("grpc"),
                                                   grpc::SslCredentials(options), arguments);
    stubs = {ca::v1::Signer::NewStub(channel), ca::v1::Journal::NewStub(channel),
             ca::v1::StatusSigner::NewStub(channel)};
  }
  return stubs;
}

ca::v1::SignCertificateRequest SignerWorld::Request(const testing::TestSubscriber& whose,
                                                    uint64_t order_id, const std::string& csr_der,
                                                    const std::vector<std::string>& names) const {
  ca::v1::SignCertificateRequest request;
  request.set_issuance_id(crypto::Sha256(base::Cat(whose.account_uri(), order_id)).substr(0, 16));
  request.set_profile("default");
  request.mutable_evidence()->set_finalize_jws(whose.FinalizeJws(order_id, csr_der));
  request.mutable_evidence()->mutable_account()->set_salt(whose.salt());
  request.mutable_evidence()->mutable_account()->set_jwk(whose.jwk());
  for (const std::string& name : names) {
    *request.mutable_evidence()->add_attempts() =
        perspectives.Attempt(whose, name, absl::Now() - absl::Minutes(10));
  }
  return request;
}

ca::v1::SignCertificateRequest SignerWorld::Request(uint64_t order_id) const {
  return Request(victim, order_id, testing::MakeCsr(victim_key, names), names);
}

SignerWorld::Precertificate SignerWorld::SignPrecertificate(
    const ca::v1::SignCertificateRequest& request, const std::string& role) {
  ca::v1::SignPrecertificateRequest signing;
  signing.set_issuance_id(request.issuance_id());
  signing.set_profile(request.profile());
  *signing.mutable_evidence() = request.evidence();
  return Ask(*As(role).signer, &ca::v1::Signer::Stub::SignPrecertificate, signing);
}

SignerWorld::Answer SignerWorld::Sign(const ca::v1::SignCertificateRequest& request,
                                      const std::string& role) {
  const Precertificate response = SignPrecertificate(request, role);
  if (!response.ok()) return response.status();
  ca::v1::SignCertificateResponse answer;
  answer.set_certificate(response->precertificate());
  answer.set_serial(response->serial());
  *answer.mutable_chain() = response->chain();
  answer.set_issuer(response->issuer());
  return answer;
}

SignerWorld::Answer SignerWorld::Complete(const ca::v1::SignCertificateRequest& request) {
  return Ask(*As("ra").signer, &ca::v1::Signer::Stub::SignCertificate, request);
}

absl::StatusOr<ca::v1::RevokeResponse> SignerWorld::Revoke(const ca::v1::RevokeRequest& request,
                                                           const std::string& role) {
  return Ask(*As(role).status, &ca::v1::StatusSigner::Stub::Revoke, request);
}

absl::StatusOr<ca::v1::SignCrlResponse> SignerWorld::SignCrl(const ca::v1::SignCrlRequest& request,
                                                             const std::string& role) {
  return Ask(*As(role).status, &ca::v1::StatusSigner::Stub::SignCrl, request);
}

absl::StatusOr<ca::v1::SignOcspResponsesResponse> SignerWorld::SignOcsp(
    const ca::v1::SignOcspResponsesRequest& request, const std::string& role) {
  return Ask(*As(role).status, &ca::v1::StatusSigner::Stub::SignOcspResponses, request);
}

bool SignerWorld::IsCertificate(const Answer& answer, const std::vector<std::string>& expected,
                                const crypto::PublicKey& key) const {
  if (!answer.ok()) return false;
  const auto certificate = x509::Certificate::Parse(answer->certificate());
  if (!certificate.ok()) return false;
  return certificate->public_key() == key && certificate->tbs().names.dns == expected &&
         certificate->tbs().serial == answer->serial() &&
         // Not the chain: no verifier takes a poison.
         crypto::judge::VerifyCertificate(answer->certificate(), issuer.key().public_key());
}

int SignerWorld::Records() {
  grpc::ClientContext context;
  Prepare(context);
  ca::v1::ReadJournalRequest request;
  request.set_limit(1000);
  ca::v1::ReadJournalResponse response;
  REQUIRE_OK(errors::FromGrpc(As("ra").journal->ReadJournal(&context, request, &response)));
  // All of it, or a count would say nothing.
  REQUIRE(response.next_index() == response.size());
  int records = 0;
  for (const ca::v1::JournalEntry& entry : response.entries()) {
    if (entry.record().has_intent() || entry.record().has_signed_()) ++records;
  }
  return records;
}

int SignerWorld::Audited(std::string_view kind, std::string_view text) const {
  const std::string start = base::Cat(R"({"audit":true,"event":")", kind, "\"");
  std::istringstream lines(log_of_former_ + process_->Log());
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start) && line.find(text) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace cairn::compromise
