#include "services/ca/core/sign_ocsp.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/crypto/judge_ocsp.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/ocsp_response.h"
#include "services/ca/core/world.h"

namespace cairn::ca {
namespace {

using errors::Reason;
using testing::World;
using KeyFault = testing::FaultySigner::Fault;

v1::SignOcspResponsesRequest Request(const World& world, const std::vector<std::string>& serials) {
  v1::SignOcspResponsesRequest request;
  request.set_issuer("issuer-1");
  for (const std::string& serial : serials) request.add_serials(serial);
  request.set_hash(v1::OCSP_HASH_SHA1);
  request.set_this_update_ms(absl::ToUnixMillis(world.clock.Now()));
  request.set_next_update_ms(absl::ToUnixMillis(world.clock.Now() + absl::Hours(96)));
  return request;
}

absl::StatusOr<v1::SignOcspResponsesResponse> Sign(World& world,
                                                   const v1::SignOcspResponsesRequest& request) {
  return world.sign_ocsp->Run({.peer = "ra.cairn.internal"}, request);
}
absl::StatusOr<v1::SignOcspResponsesResponse> Sign(World& world,
                                                   const std::vector<std::string>& serials) {
  return Sign(world, Request(world, serials));
}

std::string Issue(World& world, uint64_t order_id = 1) {
  return world.Run(world.Request(order_id)).value().serial();
}

std::string Revoked(World& world, const std::string& serial, int reason = 0) {
  v1::RevokeRequest request;
  request.set_serial(serial);
  request.set_reason(reason);
  REQUIRE_OK(world.revoke->Run({}, request));
  return serial;
}

std::vector<v1::OcspIntent> Intents(const World& world) {
  std::vector<v1::OcspIntent> intents;
  for (const v1::JournalRecord& record : world.Records()) {
    if (record.has_ocsp_intent()) intents.push_back(record.ocsp_intent());
  }
  return intents;
}

x509::OcspResponse Parsed(const std::string& der) { return x509::OcspResponse::Parse(der).value(); }

TEST_CASE("the answers are those of the journal, by the delegated signer, for the serials asked",
          "[OCSP-08][OCSP-10][OCSP-13][OCSP-17][OCSP-24]") {
  World world;
  const std::string good = Issue(world, 1);
  const std::string plain = Revoked(world, Issue(world, 2));
  const std::string compromised = Revoked(world, Issue(world, 3), 1);
  v1::SignOcspResponsesRequest request = Request(world, {good, plain, compromised});
  request.set_hash(GENERATE(v1::OCSP_HASH_SHA1, v1::OCSP_HASH_SHA256));
  const auto response = Sign(world, request);
  REQUIRE_OK(response);
  REQUIRE(response->responses_size() == 3);
  for (int i = 0; i < 3; ++i) {
    const std::string& der = response->responses(i);
    CHECK_OK(crypto::judge::VerifyOcspResponse(der, world.cas[0]->certificate_der(),
                                               request.serials(i), world.clock.Now()));
    CHECK(Parsed(der).content().certificate.serial == request.serials(i));
    CHECK(Parsed(der).responder()->der() == world.ocsp_signer_der);
  }
  CHECK_FALSE(Parsed(response->responses(0)).content().revoked.has_value());
  CHECK(Parsed(response->responses(1)).content().revoked->reason == std::nullopt);
  CHECK(Parsed(response->responses(2)).content().revoked->reason ==
        x509::RevocationReason::kKeyCompromise);
}

TEST_CASE("one record for the batch is on disk and audited before the key is used",
          "[OCSP-37][LINT-08]") {
  World world;
  const std::string good = Issue(world, 1);
  const std::string bad = Revoked(world, Issue(world, 2));
  const size_t before = world.happenings.list().size();
  REQUIRE_OK(Sign(world, {good, bad}));
  std::vector<std::string> happened = world.happenings.list();
  happened.erase(happened.begin(), happened.begin() + static_cast<std::ptrdiff_t>(before));
  CHECK(happened == std::vector<std::string>{"ocsp_intent", "audit ocsp_signing", "sign", "sign"});
  const v1::OcspIntent intent = Intents(world).at(0);
  REQUIRE(intent.answers_size() == 2);
  CHECK(intent.answers(0).serial() == good);
  CHECK(intent.answers(0).revocation() == 0);
  CHECK(world.Records().at(intent.answers(1).revocation()).revocation().serial() == bad);
  CHECK(intent.data_digest().size() == 32);
  CHECK_FALSE(intent.lint_version().empty());
  CHECK_FALSE(intent.lint_digest().empty());
}

TEST_CASE("a serial that was not signed here is never good: nothing is signed",
          "[OCSP-07][OCSP-09]") {
  World world({crypto::KeyType::kEcP256, crypto::KeyType::kRsa});
  const std::string serial = Issue(world);
  const size_t signatures = static_cast<size_t>(world.happenings.Count("sign"));
  CHECK_REASON(Sign(world, {std::string(16, '\x07')}), Reason::kNotFound);
  CHECK_REASON(Sign(world, {serial, std::string(16, '\x07')}), Reason::kNotFound);
  CHECK_REASON(Sign(world, {"short"}), Reason::kMalformed);
  v1::SignOcspResponsesRequest request = Request(world, {serial});
  request.set_issuer("issuer-2");  // another issuer's certificate
  CHECK_REASON(Sign(world, request), Reason::kNotFound);
  request.set_issuer("nobody");
  CHECK_REASON(Sign(world, request), Reason::kNotFound);
  CHECK(static_cast<size_t>(world.happenings.Count("sign")) == signatures);
  CHECK(Intents(world).empty());
}

TEST_CASE("a serial that was drawn and perhaps never signed has no status", "[OCSP-07]") {
  World world;
  const v1::SignCertificateRequest request = world.Request();
  world.signer->FailNext(KeyFault::kNotDone);
  CHECK_REASON(world.Run(request), Reason::kUnavailable);
  CHECK_REASON(Sign(world, {world.Intents().at(0).serial()}), Reason::kNotFound);
  REQUIRE_OK(world.Run(request));
  CHECK_OK(Sign(world, {world.Intents().at(0).serial()}));
}

TEST_CASE("a precertificate alone has a status", "[OCSP-08]") {
  World world;
  world.configure = [](IssueCertificate::Rules& rules, std::vector<Issuer>&) {
    rules.with_ct = true;
  };
  world.Restart();
  const auto response = Sign(world, {Issue(world)});
  REQUIRE_OK(response);
  CHECK_FALSE(Parsed(response->responses(0)).content().revoked.has_value());
}

TEST_CASE("a revocation is in every answer from then on, restart or not", "[OCSP-12][REV-25]") {
  World world;
  const std::string serial = Revoked(world, Issue(world), 4);
  if (GENERATE(false, true)) world.Restart();
  world.clock.Advance(absl::Hours(1));
  const auto response = Sign(world, {serial});
  REQUIRE_OK(response);
  CHECK(Parsed(response->responses(0)).content().revoked->reason ==
        x509::RevocationReason::kSuperseded);
}

TEST_CASE("times that the rules forbid are refused, and nothing is signed",
          "[OCSP-03][OCSP-15][OCSP-16]") {
  World world;
  const std::string serial = Issue(world);
  const auto sign = [&](absl::Duration begin, absl::Duration end) {
    v1::SignOcspResponsesRequest request = Request(world, {serial});
    request.set_this_update_ms(absl::ToUnixMillis(world.clock.Now() + begin));
    request.set_next_update_ms(absl::ToUnixMillis(world.clock.Now() + end));
    return Sign(world, request);
  };
  const absl::Duration second = absl::Seconds(1);
  CHECK_REASON(sign(second, absl::Hours(9)), Reason::kMalformed);
  CHECK_REASON(sign(-absl::Minutes(61), absl::Hours(9)), Reason::kMalformed);
  // Both ends are inside: 8 hours and 10 days are one second less apart.
  CHECK_REASON(sign(absl::ZeroDuration(), absl::Hours(8) - 2 * second), Reason::kInternal);
  CHECK_REASON(sign(absl::ZeroDuration(), absl::Hours(240)), Reason::kInternal);
  CHECK(Intents(world).empty());
  CHECK_OK(sign(absl::ZeroDuration(), absl::Hours(8) - second));
  CHECK_OK(sign(absl::ZeroDuration(), absl::Hours(240) - second));
}

TEST_CASE("no answer outlives the certificate of its signer", "[OCSP-15][PROF-78]") {
  World world;
  const std::string serial = Issue(world);
  world.clock.Advance(absl::Hours(2000 - 100));
  CHECK_OK(Sign(world, {serial}));
  world.clock.Advance(absl::Hours(5));
  CHECK_REASON(Sign(world, {serial}), Reason::kInternal);
}

TEST_CASE("an issuer whose certificate does not allow it signs no answers itself", "[OCSP-13]") {
  World world;
  world.configure = [](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers.front().ocsp_signer.reset();
  };
  world.Restart();
  CHECK_REASON(Sign(world, {Issue(world)}), Reason::kInternal);
  CHECK(Intents(world).empty());
}

TEST_CASE("requests out of bounds are refused", "[OCSP-25]") {
  World world;
  const std::string serial = Issue(world);
  CHECK_REASON(Sign(world, std::vector<std::string>{}), Reason::kMalformed);
  CHECK_REASON(Sign(world, {serial, serial}), Reason::kMalformed);
  CHECK_REASON(Sign(world, std::vector<std::string>(1001, serial)), Reason::kMalformed);
  v1::SignOcspResponsesRequest request = Request(world, {serial});
  request.set_hash(v1::OCSP_HASH_UNSPECIFIED);
  CHECK_REASON(Sign(world, request), Reason::kMalformed);
}

TEST_CASE("without its record nothing is signed; a wrong signature stops the issuer", "[OCSP-13]") {
  World world;
  const std::string serial = Issue(world);
  const int signatures = world.happenings.Count("sign");
  world.faulty_log.FailNext(journal::FaultyLog::Fault::kNotDone);
  CHECK_REASON(Sign(world, {serial}), Reason::kUnavailable);
  CHECK(world.happenings.Count("sign") == signatures);
  world.signer->FailNext(KeyFault::kWrong);
  CHECK_REASON(Sign(world, {serial}), Reason::kInternal);
  CHECK(world.Audited("issuer_stopped") == 1);
  CHECK_REASON(Sign(world, {serial}), Reason::kUnavailable);
}

TEST_CASE("an issuer that is only planned signs no response; one that is over does") {
  World world;
  const std::string serial = Issue(world);
  IssuerState state = IssuerState::kPlanned;
  world.configure = [&](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers.front().state = state;
  };
  world.Restart();
  CHECK_REASON(Sign(world, {serial}), Reason::kUnavailable);
  CHECK(Intents(world).empty());
  state = IssuerState::kCrlOnly;
  world.Restart();
  CHECK_OK(Sign(world, {serial}));
}

}  // namespace
}  // namespace cairn::ca
