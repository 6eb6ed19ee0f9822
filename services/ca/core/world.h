#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/audit/fake_log.h"
#include "libs/base/random.h"
#include "libs/crypto/private_key.h"
#include "libs/ct/log_list.h"
#include "libs/ct/log_policy.h"
#include "libs/ct/test_log.h"
#include "libs/evidence/test_evidence.h"
#include "libs/evidence/verifier.h"
#include "libs/journal/faulty_log.h"
#include "libs/journal/log.h"
#include "libs/journal/memory_log.h"
#include "libs/lint/lint.h"
#include "libs/metrics/metrics.h"
#include "libs/policy/key_blocklist.h"
#include "libs/testing/fake_clock.h"
#include "libs/x509/test_certificates.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/complete_certificate.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issue_certificate.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/lints.h"
#include "services/ca/core/refusals.h"
#include "services/ca/core/revoke.h"
#include "services/ca/core/sign_crl.h"
#include "services/ca/core/sign_journaled.h"
#include "services/ca/core/sign_ocsp.h"
#include "services/ca/core/use_key.h"
#include "services/ca/signing/signer.h"

// The signer over a log in memory, with subscribers, perspectives and issuers
// whose keys the test has, and faults on demand.
namespace cairn::ca::testing {

// What happened, in order: "intent", "audit certificate_signing", "sign", ...
// Thread-safe.
class Happenings {
 public:
  void Add(const std::string& what);
  std::vector<std::string> list() const;
  int Count(const std::string& what) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> list_;
};

// Signs with the issuers' keys, or fails as ordered.
class FaultySigner final : public signing::Signer {
 public:
  enum class Fault {
    kNone,
    kNotDone,
    kAnswerLost,  // the key was used, but the caller sees an error
    kWrong,       // a signature over something else
  };

  FaultySigner(signing::Signer& signer, Happenings& happenings)
      : signer_(signer), happenings_(happenings) {}

  void FailNext(Fault fault) { fault_ = fault; }
  absl::StatusOr<std::string> Sign(signing::Checked<signing::Tbs>&& tbs) override;

 private:
  signing::Signer& signer_;
  Happenings& happenings_;
  std::atomic<Fault> fault_ = Fault::kNone;
};

class World {
 public:
  static constexpr char kBase[] = "https://acme.test";

  explicit World(std::vector<crypto::KeyType> issuer_types = {crypto::KeyType::kEcP256});
  ~World();

  // A request for the names with the key, by the subscriber, with fresh evidence
  // for each name. `order_id` decides the finalize URL.
  v1::SignCertificateRequest Request(uint64_t order_id, const std::string& csr_der,
                                     const std::vector<std::string>& names) const;
  // The usual one: two names and a P-256 key.
  v1::SignCertificateRequest Request(uint64_t order_id = 1) const;

  // Without SCTs the evidence is what counts: the answer has the certificate, or
  // with CT the precertificate.
  absl::StatusOr<v1::SignCertificateResponse> Run(const v1::SignCertificateRequest& request);
  absl::StatusOr<v1::SignCertificateResponse> Complete(const v1::SignCertificateRequest& request);
  // The certificate that was signed for this issuance's precertificate.
  std::optional<std::string> FindSigned(const std::string& issuance_id) const {
    return complete_->FindSigned(issuance_id).value();
  }
  // Promises of these logs (by position) for a precertificate of the first issuer.
  v1::SignCertificateRequest Promised(const v1::SignCertificateRequest& request,
                                      const std::string& precertificate,
                                      const std::vector<size_t>& by) const;

  // As after a crash: all that was in memory is made again from the log.
  void Restart();
  // Before Restart: how the next process is configured.
  std::function<void(IssueCertificate::Rules&, std::vector<Issuer>&)> configure;

  std::vector<v1::JournalRecord> Records() const;
  std::vector<v1::SigningIntent> Intents() const;
  std::vector<v1::Signed> Signatures() const;
  // The audit events of one kind: "signing_refused".
  int Audited(const std::string& kind) const;

  cairn::testing::FakeClock clock;
  base::SystemRandom random;
  cairn::testing::TestIssuer root;
  std::vector<std::unique_ptr<cairn::testing::TestIssuer>> cas;
  cairn::testing::TestSubscriber subscriber;
  cairn::testing::TestPerspectives perspectives;
  crypto::PrivateKey key;  // the usual subscriber's, for the certificate
  Happenings happenings;
  journal::MemoryLog log;
  journal::FaultyLog faulty_log;
  audit::FakeLog audit;
  metrics::Registry metrics;
  std::unique_ptr<FaultySigner> signer;
  // With CT: three logs of three operators; the third is static.
  std::vector<cairn::testing::TestLog> log_keys;
  std::vector<ct::Log> logs;  // what the next list has
  absl::Time log_list_at;     // and its timestamp
  ct::LogPolicy ct_policy;    // of the next process
  lint::AllowList allowed;
  std::unique_ptr<Issuers> issuers;
  std::unique_ptr<IssuanceJournal> journal;
  std::unique_ptr<Revoke> revoke;
  std::unique_ptr<SignCrl> sign_crl;
  std::unique_ptr<SignOcsp> sign_ocsp;
  // Of the first issuer.
  std::string ocsp_signer_der;

 private:
  class NotedLog;
  class NotedAudit;

  std::shared_ptr<const ct::LogList> List() const;
  // Gives the first issuer a delegated signer of OCSP responses; returns its key.
  crypto::PrivateKey MakeOcspSigner();
  void RestartStatus();

  std::unique_ptr<journal::Log> noted_log_;
  std::unique_ptr<audit::Log> noted_audit_;
  std::unique_ptr<signing::Signer> keys_;
  std::optional<evidence::Verifier> verifier_;
  policy::KeyBlocklist no_keys_;
  std::unique_ptr<Lints> lints_;
  std::unique_ptr<UseKey> use_key_;
  std::unique_ptr<SignJournaled> sign_;
  std::unique_ptr<Refusals> refusals_;
  std::unique_ptr<IssueCertificate> issue_;
  std::unique_ptr<CompleteCertificate> complete_;
};

}  // namespace cairn::ca::testing
