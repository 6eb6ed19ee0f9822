// A publisher, and an RA, that were taken over and make up what CT logs promise,
// against the real signer.

#include <absl/time/clock.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "libs/crypto/judge.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/sct.h"
#include "libs/ct/test_log.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "tests/compromise/signer_world.h"

namespace cairn::compromise {
namespace {

using errors::Reason;
using testing::TestLog;
using Request = ca::v1::SignCertificateRequest;

ct::Entry EntryOf(const SignerWorld& world, const std::string& precertificate) {
  const auto parsed = x509::Certificate::Parse(precertificate);
  REQUIRE_OK(parsed);
  return ct::Entry::Precertificate(world.issuer.key().public_key(),
                                   ct::RemovePoison(parsed->tbs_der()).value());
}

std::string Promise(const TestLog& log, const ct::Entry& entry) {
  return log.Promise(entry, absl::Now()).Encode();
}

// What an honest RA sends when both logs have promised.
Request Promised(const SignerWorld& world, const Request& request, const ct::Entry& entry) {
  Request completing;
  completing.set_issuance_id(request.issuance_id());
  for (const TestLog& log : world.logs) completing.add_scts(Promise(log, entry));
  return completing;
}

TEST_CASE("SCTs that were made up get no certificate, and the logs' own do", "[CT-12][CT-20]") {
  SignerWorld world;
  const Request request = world.Request(1);
  const SignerWorld::Precertificate precertificate = world.SignPrecertificate(request);
  REQUIRE_OK(precertificate);
  const ct::Entry entry = EntryOf(world, precertificate->precertificate());
  const SignerWorld::Precertificate other = world.SignPrecertificate(world.Request(2));
  REQUIRE_OK(other);
  const ct::Entry other_entry = EntryOf(world, other->precertificate());
  const TestLog own;

  struct Attack {
    const char* what;
    std::string sct;
    Reason reason;
  };
  const std::vector<Attack> attacks = {
      {"a log of the publisher's own", Promise(own, entry), Reason::kEvidenceForged},
      {"a promise for another precertificate", Promise(world.logs[1], other_entry),
       Reason::kEvidenceForged},
      {"one log twice", Promise(world.logs[0], entry), Reason::kEvidenceInsufficient},
      {"no SCT", "", Reason::kEvidenceForged},
  };
  const int records = world.Records();
  for (const Attack& attack : attacks) {
    INFO(attack.what);
    Request forged = Promised(world, request, entry);
    forged.set_scts(1, attack.sct);
    CHECK_REASON(world.Complete(forged), attack.reason);
    CHECK(world.Records() == records);
  }
  CHECK(world.Audited("signing_refused") == static_cast<int>(attacks.size()));

  const SignerWorld::Answer answer = world.Complete(Promised(world, request, entry));
  REQUIRE_OK(answer);
  CHECK(world.Records() == records + 2);
  CHECK(answer->serial() == precertificate->serial());
  CHECK_OK(crypto::judge::VerifyChain(answer->certificate(),
                                      {answer->chain().begin(), answer->chain().end()},
                                      {world.root.certificate_der()}, absl::Now()));
  CHECK(ct::SctsOf(x509::Certificate::Parse(answer->certificate())->tbs_der())->size() == 2);
}

TEST_CASE("who asks again, after a crash, gets the certificate that was signed", "[CT-16][CT-17]") {
  SignerWorld world;
  const Request request = world.Request(1);
  const SignerWorld::Precertificate first = world.SignPrecertificate(request);
  REQUIRE_OK(first);
  CHECK(first->certificate().empty());
  const ct::Entry entry = EntryOf(world, first->precertificate());
  const SignerWorld::Answer answer = world.Complete(Promised(world, request, entry));
  REQUIRE_OK(answer);
  if (GENERATE(false, true)) world.Restart();

  const SignerWorld::Precertificate again = world.SignPrecertificate(request);
  REQUIRE_OK(again);
  CHECK(again->precertificate() == first->precertificate());
  CHECK(again->certificate() == answer->certificate());
  CHECK(again->serial() == first->serial());
  // Of another issuance there is none.
  const SignerWorld::Precertificate other = world.SignPrecertificate(world.Request(2));
  REQUIRE_OK(other);
  CHECK(other->certificate().empty());
}

}  // namespace
}  // namespace cairn::compromise
