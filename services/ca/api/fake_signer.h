#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/x509/test_certificates.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/api/journal.h"
#include "services/ca/api/signer.h"

namespace cairn::ca {

// The signer in memory, for tests of those who call it: certificates of a
// throw-away CA, one for each issuance id and finalize URL, and a journal of
// them. It looks at no evidence, and takes any key, any names and any SCTs: with CT
// where SignPrecertificate came first, else without. Thread-safe.
class FakeSigner final : public Signer, public Journal {
 public:
  enum class Fault {
    kNotDone,     // nothing happened
    kAnswerLost,  // it was signed and journaled, but the caller sees an error
  };

  explicit FakeSigner(const base::Clock& clock);

  absl::StatusOr<v1::SignPrecertificateResponse> SignPrecertificate(
      const base::Call& call, const v1::SignPrecertificateRequest& request) override;
  absl::StatusOr<v1::SignCertificateResponse> SignCertificate(
      const base::Call& call, const v1::SignCertificateRequest& request) override;
  absl::StatusOr<v1::ReadJournalResponse> ReadJournal(
      const base::Call& call, const v1::ReadJournalRequest& request) override;

  enum class Method { kSignPrecertificate, kSignCertificate };
  // The next call of the method answers `status`. Several orders queue up.
  void FailNext(Method method, Fault fault, absl::Status status);
  // Neither method can be reached, until told otherwise.
  void SetAway(bool away);
  // As after a restore from an old disk; what was signed stays known.
  void ForgetJournal();

  // The root of its certificates, which signs them itself.
  const std::string& root_der() const { return ca_.certificate_der(); }
  // Certificates and precertificates.
  int signatures() const;
  // Each once.
  std::vector<std::string> serials() const;
  // Of all calls, refused ones too.
  std::vector<v1::SignPrecertificateRequest> precertificate_requests() const;
  std::vector<v1::SignCertificateRequest> certificate_requests() const;

 private:
  struct Issuance {
    std::string request;  // the JWS
    std::string serial;
    absl::Time not_after;
    uint64_t precertificate_index = 0;
    std::string precertificate;  // DER; empty without CT
    std::string certificate;     // DER; empty until it is signed
  };

  struct Order {
    Method method;
    Fault fault;
    absl::Status status;
  };

  // Answers a call of `method` with what `sign` does, unless told to fail.
  template <typename Response>
  absl::StatusOr<Response> Answer(Method method,
                                  const std::function<absl::StatusOr<Response>()>& sign);
  // The issuance of this id, begun if it is new: with its TBSCertificate as
  // composed, without CT's extensions.
  absl::StatusOr<Issuance*> Begin(const std::string& issuance_id, const std::string& jws_body,
                                  std::string* tbs_der);
  absl::StatusOr<v1::SignPrecertificateResponse> Precertificate(
      const v1::SignPrecertificateRequest& request);
  absl::StatusOr<v1::SignCertificateResponse> Certificate(
      const v1::SignCertificateRequest& request);
  // Signs and journals.
  absl::StatusOr<std::string> Sign(const std::string& issuance_id, const Issuance& issuance,
                                   v1::Signable signable, const std::string& tbs_der);

  const base::Clock& clock_;
  base::SystemRandom random_;
  const testing::TestIssuer ca_;

  mutable std::mutex mutex_;
  int signatures_ = 0;
  bool away_ = false;
  std::vector<Order> orders_;
  std::vector<v1::SignPrecertificateRequest> precertificate_requests_;
  std::vector<v1::SignCertificateRequest> certificate_requests_;
  std::map<std::string, Issuance> issuances_;  // by id
  std::set<std::string> served_urls_;
  std::vector<v1::JournalEntry> journal_;
};

}  // namespace cairn::ca
