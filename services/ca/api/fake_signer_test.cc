#include "services/ca/api/fake_signer.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/sct.h"
#include "libs/ct/test_log.h"
#include "libs/errors/errors.h"
#include "libs/evidence/test_evidence.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "libs/x509/test_certificates.h"
#include "services/ca/api/signer_contract.h"

namespace cairn::ca {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

TEST_CASE("the fake keeps the signer's contract") {
  cairn::testing::FakeClock clock(kNow);
  FakeSigner signer(clock);
  const cairn::testing::TestSubscriber subscriber("https://acme.test");
  const cairn::testing::TestPerspectives perspectives(5);
  testing::SignerContract(signer, signer, subscriber, perspectives, signer.root_der(), kNow).Run();
  CHECK(signer.signatures() == 3);
}

TEST_CASE("the fake fails as ordered, once") {
  const auto fault = GENERATE(FakeSigner::Fault::kNotDone, FakeSigner::Fault::kAnswerLost);
  cairn::testing::FakeClock clock(kNow);
  FakeSigner signer(clock);
  const cairn::testing::TestSubscriber subscriber("https://acme.test");
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  v1::SignCertificateRequest request;
  request.set_issuance_id(std::string(16, 'i'));
  request.mutable_evidence()->set_finalize_jws(
      subscriber.FinalizeJws(1, cairn::testing::MakeCsr(key, std::vector<std::string>{"a.test"})));
  signer.FailNext(FakeSigner::Method::kSignPrecertificate, fault,
                  errors::Make(errors::Reason::kInternal, "of the other method"));
  signer.FailNext(FakeSigner::Method::kSignCertificate, fault,
                  errors::Make(errors::Reason::kUnavailable, "ordered"));
  CHECK_REASON(signer.SignCertificate({}, request), errors::Reason::kUnavailable);
  CHECK(signer.signatures() == (fault == FakeSigner::Fault::kAnswerLost ? 1 : 0));
  signer.SetAway(true);
  CHECK_REASON(signer.SignCertificate({}, request), errors::Reason::kUnavailable);
  signer.SetAway(false);
  CHECK_OK(signer.SignCertificate({}, request));
  CHECK(signer.signatures() == 1);
  CHECK(signer.serials().size() == 1);
  CHECK(signer.certificate_requests().size() == 3);
}

TEST_CASE("with CT the fake signs a precertificate and then its certificate") {
  cairn::testing::FakeClock clock(kNow);
  FakeSigner signer(clock);
  const cairn::testing::TestSubscriber subscriber("https://acme.test");
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  v1::SignPrecertificateRequest request;
  request.set_issuance_id(std::string(16, 'i'));
  request.mutable_evidence()->set_finalize_jws(
      subscriber.FinalizeJws(1, cairn::testing::MakeCsr(key, std::vector<std::string>{"a.test"})));
  const auto first = signer.SignPrecertificate({}, request);
  REQUIRE_OK(first);
  CHECK(signer.SignPrecertificate({}, request)->SerializeAsString() == first->SerializeAsString());

  v1::SignCertificateRequest final;
  final.set_issuance_id(request.issuance_id());
  CHECK_REASON(signer.SignCertificate({}, final), errors::Reason::kEvidenceInsufficient);
  const cairn::testing::TestLog log;
  final.add_scts(log.Promise(ct::Entry::Certificate("x"), kNow).Encode());
  const auto certificate = signer.SignCertificate({}, final);
  REQUIRE_OK(certificate);
  CHECK(certificate->serial() == first->serial());
  CHECK(first->certificate().empty());
  CHECK(signer.SignPrecertificate({}, request)->certificate() == certificate->certificate());
  const auto before = x509::Certificate::Parse(first->precertificate());
  const auto after = x509::Certificate::Parse(certificate->certificate());
  REQUIRE_OK(before);
  REQUIRE_OK(after);
  CHECK_OK(ct::ProveSame(before->tbs_der(), after->tbs_der()));
  CHECK(signer.signatures() == 2);
}

}  // namespace
}  // namespace cairn::ca
