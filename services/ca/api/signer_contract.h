#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/evidence/test_evidence.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "libs/x509/test_certificates.h"
#include "services/ca/api/journal.h"
#include "services/ca/api/signer.h"

// What everyone may rely on who calls a signer: the tests that the real one and
// the fake both pass.
namespace cairn::ca::testing {

class SignerContract {
 public:
  // `now` is the signer's time. The signer believes `perspectives` and serves the
  // CA of `subscriber`; `root_der` is at the end of its chain.
  SignerContract(Signer& signer, Journal& journal, const cairn::testing::TestSubscriber& subscriber,
                 const cairn::testing::TestPerspectives& perspectives, std::string root_der,
                 absl::Time now)
      : signer_(signer),
        journal_(journal),
        subscriber_(subscriber),
        perspectives_(perspectives),
        root_der_(std::move(root_der)),
        now_(now),
        key_(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)) {}

  void Run() {
    CertificateIsWhatWasAskedFor();
    OneIssuanceOneCertificate();
    OneRequestOneCertificate();
    BadRequests();
    JournalTellsOfEach();
  }

 private:
  v1::SignCertificateRequest Request(uint64_t order_id, const std::string& csr_der) const {
    v1::SignCertificateRequest request;
    request.set_issuance_id(crypto::Sha256(base::Cat(order_id)).substr(0, 16));
    request.set_profile("default");
    request.mutable_evidence()->set_finalize_jws(subscriber_.FinalizeJws(order_id, csr_der));
    request.mutable_evidence()->mutable_account()->set_salt(subscriber_.salt());
    request.mutable_evidence()->mutable_account()->set_jwk(subscriber_.jwk());
    *request.mutable_evidence()->add_attempts() =
        perspectives_.Attempt(subscriber_, "a.test", now_ - absl::Minutes(1));
    return request;
  }
  v1::SignCertificateRequest Request(uint64_t order_id) const {
    return Request(order_id, cairn::testing::MakeCsr(key_, std::vector<std::string>{"a.test"}));
  }
  absl::StatusOr<v1::SignCertificateResponse> Sign(const v1::SignCertificateRequest& request) {
    return signer_.SignCertificate({}, request);
  }

  void CertificateIsWhatWasAskedFor() {
    const auto response = Sign(Request(1));
    REQUIRE_OK(response);
    CHECK_OK(crypto::judge::VerifyChain(response->certificate(),
                                        {response->chain().begin(), response->chain().end()},
                                        {root_der_}, now_));
    const auto certificate = x509::Certificate::Parse(response->certificate());
    REQUIRE_OK(certificate);
    CHECK(certificate->public_key() == key_.public_key());
    CHECK(certificate->tbs().names.dns == std::vector<std::string>{"a.test"});
    CHECK(certificate->tbs().serial == response->serial());
    CHECK_FALSE(response->issuer().empty());
  }

  void OneIssuanceOneCertificate() {
    const v1::SignCertificateRequest request = Request(2);
    const auto first = Sign(request);
    REQUIRE_OK(first);
    const auto second = Sign(request);
    REQUIRE_OK(second);
    CHECK(second->SerializeAsString() == first->SerializeAsString());
    v1::SignCertificateRequest other = Request(3);
    other.set_issuance_id(request.issuance_id());
    CHECK_REASON(Sign(other), errors::Reason::kReplayed);
  }

  void OneRequestOneCertificate() {
    v1::SignCertificateRequest request = Request(2);
    request.set_issuance_id(std::string(16, 'x'));
    CHECK_REASON(Sign(request), errors::Reason::kReplayed);
  }

  void BadRequests() {
    CHECK_REASON(Sign(Request(4, "no CSR")), errors::Reason::kBadCsr);
    v1::SignCertificateRequest request = Request(4);
    request.mutable_evidence()->set_finalize_jws("{}");
    CHECK_REASON(Sign(request), errors::Reason::kEvidenceForged);
    request = Request(4);
    request.clear_issuance_id();
    CHECK_REASON(Sign(request), errors::Reason::kMalformed);
    CHECK_OK(Sign(Request(4)));
  }

  void JournalTellsOfEach() {
    v1::ReadJournalRequest read;
    read.set_only_certificates(true);
    const auto certificates = journal_.ReadJournal({}, read);
    REQUIRE_OK(certificates);
    REQUIRE(certificates->entries_size() == 3);
    CHECK(certificates->next_index() == certificates->size());
    for (const v1::JournalEntry& entry : certificates->entries()) {
      const v1::Signed& certificate = entry.record().signed_();
      v1::ReadJournalRequest one;
      one.set_first_index(certificate.intent_index());
      one.set_limit(1);
      const auto intent = journal_.ReadJournal({}, one);
      REQUIRE_OK(intent);
      REQUIRE(intent->entries_size() == 1);
      CHECK(intent->entries(0).index() == certificate.intent_index());
      CHECK(intent->entries(0).record().intent().issuance_id() == certificate.issuance_id());
      CHECK(intent->entries(0).record().intent().serial() == certificate.serial());
      CHECK(intent->next_index() == certificate.intent_index() + 1);
    }
  }

  Signer& signer_;
  Journal& journal_;
  const cairn::testing::TestSubscriber& subscriber_;
  const cairn::testing::TestPerspectives& perspectives_;
  const std::string root_der_;
  const absl::Time now_;
  const crypto::PrivateKey key_;
};

}  // namespace cairn::ca::testing
