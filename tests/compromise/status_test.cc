// A RA, a CRL updater, an OCSP responder or a database that was taken over, against
// the real signer: none of them makes a revocation go away.

#include <absl/time/clock.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "libs/crypto/judge.h"
#include "libs/crypto/judge_ocsp.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/crl.h"
#include "libs/x509/ocsp_response.h"
#include "tests/compromise/signer_world.h"

namespace cairn::compromise {
namespace {

using errors::Reason;

std::string Issue(SignerWorld& world, uint64_t order_id) {
  return world.Sign(world.Request(order_id)).value().serial();
}

absl::StatusOr<ca::v1::RevokeResponse> Revoke(SignerWorld& world, const std::string& serial,
                                              int reason = 0, const std::string& role = "ra") {
  ca::v1::RevokeRequest request;
  request.set_serial(serial);
  request.set_reason(reason);
  return world.Revoke(request, role);
}

ca::v1::SignCrlRequest CrlRequest(uint64_t number, uint32_t shard) {
  ca::v1::SignCrlRequest request;
  request.set_issuer("one");
  request.set_shard(shard);
  request.set_number(number);
  request.set_this_update_ms(absl::ToUnixMillis(absl::Now() - absl::Seconds(2)));
  request.set_next_update_ms(absl::ToUnixMillis(absl::Now() + absl::Hours(96)));
  return request;
}

ca::v1::SignOcspResponsesRequest OcspRequest(const std::string& serial) {
  ca::v1::SignOcspResponsesRequest request;
  request.set_issuer("one");
  request.add_serials(serial);
  request.set_hash(ca::v1::OCSP_HASH_SHA1);
  request.set_this_update_ms(absl::ToUnixMillis(absl::Now() - absl::Seconds(2)));
  request.set_next_update_ms(absl::ToUnixMillis(absl::Now() + absl::Hours(96)));
  return request;
}

// Of both parts of the CRL with this number.
std::set<std::string> Listed(SignerWorld& world, uint64_t number) {
  std::set<std::string> serials;
  for (const uint32_t shard : {0, 1}) {
    const auto response = world.SignCrl(CrlRequest(number, shard));
    REQUIRE_OK(response);
    CHECK(crypto::judge::VerifyCrl(response->crl(), world.issuer.key().public_key()));
    const auto crl = x509::Crl::Parse(response->crl());
    for (const x509::RevokedCertificate& one : crl.value().content().revoked) {
      serials.insert(one.serial);
    }
  }
  return serials;
}

TEST_CASE("a CRL updater and a database that forget a serial get no CRL without it",
          "[CRL-12][CRL-24][REV-25]") {
  SignerWorld world;
  const std::string good = Issue(world, 1);
  std::set<std::string> revoked;
  for (uint64_t order_id = 2; order_id <= 6; ++order_id) {
    const std::string serial = Issue(world, order_id);
    REQUIRE_OK(Revoke(world, serial));
    revoked.insert(serial);
  }
  // There is no field by which a caller could say what is on the list; so it tries
  // what it has: numbers, parts, another issuer, and a signer that was killed.
  CHECK(Listed(world, 1) == revoked);
  CHECK_REASON(world.SignCrl(CrlRequest(2, 2)), Reason::kNotFound);
  ca::v1::SignCrlRequest other = CrlRequest(2, 0);
  other.set_issuer("two");
  CHECK_REASON(world.SignCrl(other), Reason::kNotFound);
  world.Restart();
  CHECK(Listed(world, 2) == revoked);
  CHECK_REASON(world.SignCrl(CrlRequest(1, 0)), Reason::kReplayed);
  // Nor does it use the numbers up, or make a CRL that holds for a year.
  CHECK_REASON(world.SignCrl(CrlRequest(~uint64_t{0}, 0)), Reason::kMalformed);
  ca::v1::SignCrlRequest long_lived = CrlRequest(3, 0);
  long_lived.set_next_update_ms(absl::ToUnixMillis(absl::Now() + absl::Hours(24 * 300)));
  CHECK_REASON(world.SignCrl(long_lived), Reason::kInternal);
  CHECK(Listed(world, 4) == revoked);
  CHECK(world.Audited("crl_signed") == 6);
}

TEST_CASE("the same CRL is signed once, whatever was revoked or killed since", "[CRL-09]") {
  SignerWorld world;
  const auto first = world.SignCrl(CrlRequest(7, 0));
  REQUIRE_OK(first);
  REQUIRE_OK(Revoke(world, Issue(world, 1)));
  world.Restart();
  CHECK(world.SignCrl(CrlRequest(7, 0)).value().crl() == first->crl());
}

TEST_CASE("a RA that was taken over takes no revocation back", "[REV-12][REV-25]") {
  SignerWorld world;
  const std::string serial = Issue(world, 1);
  REQUIRE_OK(Revoke(world, serial, 1));
  for (const int reason : {0, 3, 4, 5, 9}) CHECK(Revoke(world, serial, reason)->reason() == 1);
  // removeFromCRL and certificateHold.
  CHECK_REASON(Revoke(world, serial, 8), Reason::kBadRevocationReason);
  CHECK_REASON(Revoke(world, serial, 6), Reason::kBadRevocationReason);
  world.Restart();
  CHECK(Listed(world, 1) == std::set<std::string>{serial});
  CHECK(world.Audited("revocation_requested") == 1);
}

TEST_CASE("no role but its own does what changes or says a status", "[NSR-04]") {
  SignerWorld world;
  const std::string serial = Issue(world, 1);
  for (const char* role : {"wfe", "sa", "va", "publisher", "ocsp-responder"}) {
    INFO(role);
    CHECK_FALSE(Revoke(world, serial, 0, role).ok());
    CHECK_FALSE(world.SignCrl(CrlRequest(1, 0), role).ok());
    CHECK_FALSE(world.SignOcsp(OcspRequest(serial), role).ok());
  }
  CHECK_FALSE(Revoke(world, serial, 0, "crl-updater").ok());
  CHECK_FALSE(world.SignOcsp(OcspRequest(serial), "crl-updater").ok());
  CHECK_FALSE(world.SignCrl(CrlRequest(1, 0), "ra").ok());
  CHECK(world.Audited("call_refused", "StatusSigner/SignCrl") > 0);
  CHECK(world.Audited("revocation_requested") == 0);
  CHECK(world.Audited("crl_signing") == 0);
  CHECK(world.Audited("ocsp_signing") == 0);
}

TEST_CASE("a status can't be made up: not good for what is revoked, none for what is not ours",
          "[OCSP-07][OCSP-10][REV-25]") {
  SignerWorld world;
  const std::string serial = Issue(world, 1);
  const auto status = [&]() -> x509::OcspContent {
    const auto response = world.SignOcsp(OcspRequest(serial));
    REQUIRE_OK(response);
    CHECK_OK(crypto::judge::VerifyOcspResponse(
        response->responses(0), world.issuer.certificate_der(), serial, absl::Now()));
    return x509::OcspResponse::Parse(response->responses(0)).value().content();
  };
  CHECK_FALSE(status().revoked.has_value());
  CHECK_REASON(world.SignOcsp(OcspRequest(std::string(16, '\x01'))), Reason::kNotFound);
  REQUIRE_OK(Revoke(world, serial, 4));
  CHECK(status().revoked->reason == x509::RevocationReason::kSuperseded);
  world.Restart();
  CHECK(status().revoked->reason == x509::RevocationReason::kSuperseded);
}

}  // namespace
}  // namespace cairn::compromise
