#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/ct/test_log.h"
#include "libs/evidence/test_evidence.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "libs/x509/test_certificates.h"
#include "protos/ca/v1/ca.grpc.pb.h"
#include "protos/ca/v1/ca.pb.h"
#include "tests/harness/process/process.h"

namespace cairn::compromise {

// The real signer under the rules of the web PKI, with a primary and six remotes
// whose keys the test has, and callers with the certificates of any role. With
// six remotes two need not corroborate (BR 3.2.2.9).
class SignerWorld {
 public:
  static constexpr char kBase[] = "https://acme.test";
  static constexpr char kOldBase[] = "https://old.acme.test";
  static constexpr int kRemotes = 6;
  static constexpr int kTolerated = 2;

  using Answer = absl::StatusOr<ca::v1::SignCertificateResponse>;
  using Precertificate = absl::StatusOr<ca::v1::SignPrecertificateResponse>;

  SignerWorld();

  // What an honest RA sends when `whose` finalizes `order_id` for the names: each
  // name was seen by all perspectives ten minutes ago.
  ca::v1::SignCertificateRequest Request(const testing::TestSubscriber& whose, uint64_t order_id,
                                         const std::string& csr_der,
                                         const std::vector<std::string>& names) const;
  // The victim's usual one: two names and a key of his own.
  ca::v1::SignCertificateRequest Request(uint64_t order_id) const;

  // What the signer answers to the evidence, to a caller with the certificate of the
  // role.
  Precertificate SignPrecertificate(const ca::v1::SignCertificateRequest& request,
                                    const std::string& role = "ra");
  // The same, with the precertificate in the place of the certificate.
  Answer Sign(const ca::v1::SignCertificateRequest& request, const std::string& role = "ra");
  // What it answers to SCTs.
  Answer Complete(const ca::v1::SignCertificateRequest& request);
  // What the signer says about its certificates, to the role.
  absl::StatusOr<ca::v1::RevokeResponse> Revoke(const ca::v1::RevokeRequest& request,
                                                const std::string& role = "ra");
  absl::StatusOr<ca::v1::SignCrlResponse> SignCrl(const ca::v1::SignCrlRequest& request,
                                                  const std::string& role = "crl-updater");
  absl::StatusOr<ca::v1::SignOcspResponsesResponse> SignOcsp(
      const ca::v1::SignOcspResponsesRequest& request, const std::string& role = "ra");

  // As kill -9, and up again on the same journal.
  void Restart();

  // Whether the answer is a precertificate for these names and this key, signed by
  // the issuer.
  bool IsCertificate(const Answer& answer, const std::vector<std::string>& names,
                     const crypto::PublicKey& key) const;
  // Records of certificates and of intents, not of starts.
  int Records();
  // Lines of the audit log of this kind that hold `text`.
  int Audited(std::string_view kind, std::string_view text = "") const;

  const testing::TempDir folder;
  const testing::TestCa tls;
  const testing::TestIssuer root;
  const testing::TestIssuer issuer;
  const std::vector<testing::TestLog> logs{2};  // of two operators
  const crypto::PrivateKey ocsp_key;
  const testing::TestPerspectives perspectives{kRemotes};
  const testing::TestSubscriber victim{kBase};
  const testing::TestSubscriber mallory{kBase};
  const crypto::PrivateKey victim_key;
  const crypto::PrivateKey mallory_key;
  const std::vector<std::string> names = {"a.example.test", "b.example.test"};

 private:
  struct Stubs {
    std::unique_ptr<ca::v1::Signer::Stub> signer;
    std::unique_ptr<ca::v1::Journal::Stub> journal;
    std::unique_ptr<ca::v1::StatusSigner::Stub> status;
  };

  std::string TlsFiles(const std::string& role) const;
  std::string Config() const;
  std::string LogList() const;
  void Start();
  Stubs& As(const std::string& role);

  std::unique_ptr<harness::Process> process_;
  std::string log_of_former_;
  std::map<std::string, Stubs> stubs_;
};

}  // namespace cairn::compromise
