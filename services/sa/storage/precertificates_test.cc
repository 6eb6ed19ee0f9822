// The contract of protos/sa/v1/sa.proto for issuances with precertificates, over
// the fake and over the stores.

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "protos/core/v1/core.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/test_backends.h"

namespace cairn::sa {
namespace {

using core::v1::Order;
using errors::Reason;

TEMPLATE_TEST_CASE("a precertificate makes its serial known, and its certificate completes it",
                   "[CT-16][PROF-39][PROF-40]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  using Journaled = typename Stage<TestType>::Journaled;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_OK(s.StorePrecertificate(id, 'i', 's'));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_PROCESSING);
  CHECK(s.Reconcile("s", "i", 0, Journaled::kPrecertificates).unknown_serials().empty());
  // Not the subscriber's, and no certificate yet.
  CHECK_REASON(s.Certificate(ref, 's'), Reason::kNotFound);
  CHECK(s.Reconcile("s", "i", 0).unknown_serials_size() == 1);
  CHECK_REASON(s.Certificate(ref, 's'), Reason::kNotFound);

  CHECK_OK(s.FinishWithCt(id, 'i', 's'));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_VALID);
  CHECK(s.Get(ref, id).order().serial() == s.Octets(16, 's'));
  CHECK(s.Certificate(ref, 's')->chain_size() == 2);
  CHECK(s.Reconcile("s", "i", 0).unknown_serials().empty());
}

TEMPLATE_TEST_CASE("storing a precertificate again is the same; another one is refused",
                   "[PROF-39]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  CHECK_REASON(s.StorePrecertificate(id, 'i', 's'), Reason::kConflict);
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_REASON(s.StorePrecertificate(id, 'j', 's'), Reason::kConflict);
  CHECK_REASON(s.StorePrecertificate(1, 'i', 's'), Reason::kNotFound);
  CHECK_OK(s.StorePrecertificate(id, 'i', 's'));
  CHECK_OK(s.StorePrecertificate(id, 'i', 's'));
  auto other = s.PrecertificateRequest(id, 'i', 's');
  other.set_precertificate("another");
  CHECK_REASON(s.order_writer().StorePrecertificate(s.Call(), other), Reason::kConflict);
  CHECK_REASON(s.StorePrecertificate(id, 'i', 't'), Reason::kConflict);
  CHECK_REASON(s.FinishWithCt(id, 'i', 't'), Reason::kConflict);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_PROCESSING);
  CHECK_OK(s.FinishWithCt(id, 'i', 's'));
  CHECK_OK(s.FinishWithCt(id, 'i', 's'));
  // The worker whose lease ran out comes late, and learns nothing wrong.
  CHECK_OK(s.StorePrecertificate(id, 'i', 's'));
  CHECK_REASON(s.StorePrecertificate(id, 'i', 't'), Reason::kConflict);

  const uint64_t second = s.ReadyOrder(ref, {"b.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, second, 'k'));
  CHECK_REASON(s.StorePrecertificate(second, 'k', 's'), Reason::kConflict);
}

TEMPLATE_TEST_CASE("a precertificate that comes after its order was given up is kept all the same",
                   "[CT-16]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  using Journaled = typename Stage<TestType>::Journaled;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  REQUIRE_OK(s.FailIssuance(id, 'i'));
  CHECK_REASON(s.StorePrecertificate(id, 'i', 's'), Reason::kConflict);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_INVALID);
  CHECK(s.Reconcile("s", "i", 5, Journaled::kPrecertificates).unknown_serials().empty());
  CHECK(s.Reconcile("", "", 0).next_index() == 5);
  CHECK_REASON(s.FinishWithCt(id, 'i', 's'), Reason::kConflict);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_INVALID);
  CHECK_OK(s.Certificate(ref, 's'));
}

TEMPLATE_TEST_CASE(
    "SCTs that were kept come back with the precertificate until its certificate is there",
    "[CT-17]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  const auto kept = [&] {
    const auto stored =
        s.order_writer().StorePrecertificate(s.Call(), s.PrecertificateRequest(id, 'i', 's'));
    REQUIRE_OK(stored);
    return stored->scts_size() == 0 ? std::string() : stored->scts(0);
  };
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_REASON(s.KeepScts('i', 's', "early"), Reason::kConflict);
  CHECK(kept().empty());
  CHECK(kept().empty());
  CHECK_OK(s.KeepScts('i', 's', std::string("\0\xff", 2)));
  CHECK_OK(s.KeepScts('i', 's', std::string("\0\xff", 2)));
  CHECK(kept() == std::string("\0\xff", 2));
  CHECK_OK(s.KeepScts('i', 's', "of another race"));
  CHECK(kept() == "of another race");
  CHECK_REASON(s.KeepScts('j', 's', "x"), Reason::kConflict);
  CHECK_REASON(s.KeepScts('i', 't', "x"), Reason::kConflict);
  CHECK(kept() == "of another race");

  REQUIRE_OK(s.FinishWithCt(id, 'i', 's'));
  CHECK(kept().empty());
  CHECK_REASON(s.KeepScts('i', 's', "late"), Reason::kConflict);
  CHECK(kept().empty());
}

TEMPLATE_TEST_CASE("a certificate whose precertificate was not stored is stored with its work",
                   "[CT-02]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_OK(s.FinishWithCt(id, 'i', 's'));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_VALID);
  CHECK(s.LeaseLogWork().items_size() == 1);
}

TEMPLATE_TEST_CASE("a journal's precertificates and certificates are each known by themselves",
                   "[CT-16]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  using Journaled = typename Stage<TestType>::Journaled;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  // Under way: the RA stores it, and the cursor waits.
  CHECK(s.Reconcile("s", "i", 1, Journaled::kPrecertificates).unknown_serials_size() == 1);
  CHECK(s.Reconcile("", "", 0).next_index() == 0);
  REQUIRE_OK(s.StorePrecertificate(id, 'i', 's'));
  REQUIRE_OK(s.FailIssuance(id, 'i'));
  CHECK(s.Reconcile("s", "i", 1, Journaled::kPrecertificates).unknown_serials().empty());
  CHECK(s.Reconcile("", "", 0).next_index() == 1);
  // The signer signed all the same: the half that is missing is filled in, once, and
  // a log has to learn of it.
  CHECK(s.LeaseLogWork().items().empty());
  CHECK(s.Reconcile("s", "i", 2).unknown_serials_size() == 1);
  CHECK(s.Reconcile("s", "i", 2).unknown_serials().empty());
  CHECK(s.Reconcile("", "", 0).next_index() == 2);
  CHECK(s.Certificate(ref, 's')->certificate() == "journaled");
  const auto work = s.LeaseLogWork();
  REQUIRE(work.items_size() == 1);
  CHECK(work.items(0).certificate() == "journaled");
  CHECK(work.items(0).chain_size() == 2);
}

TEMPLATE_TEST_CASE("a precertificate and its certificate of nobody's order are one serial",
                   "[CT-16][CT-17]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  v1::ReconcileSerialsRequest request;
  request.set_signer("ca-1");
  request.set_next_index(4);
  for (const bool is_certificate : {false, true}) {
    v1::JournaledSerial& serial = *request.add_serials();
    serial.set_serial(s.Octets(16, 's'));
    serial.set_issuance_id(s.Octets(16, 'i'));
    serial.set_not_after(s.Now() + 86400);
    if (is_certificate)
      serial.set_certificate("final");
    else
      serial.set_precertificate("precertificate");
  }
  const auto first = s.order_writer().ReconcileSerials(s.Call(), request);
  REQUIRE_OK(first);
  CHECK(first->unknown_serials_size() == 1);
  const auto second = s.order_writer().ReconcileSerials(s.Call(), request);
  REQUIRE_OK(second);
  CHECK(second->unknown_serials().empty());
  CHECK(second->next_index() == 4);
  // Nobody knows its chain: there is nothing to submit.
  CHECK(s.LeaseLogWork().items().empty());
  CHECK_REASON(s.Certificate(ref, 's'), Reason::kUnauthorized);
}

TEMPLATE_TEST_CASE("the RA's precertificate takes the place of what the reconciler found", "",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  using Journaled = typename Stage<TestType>::Journaled;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  v1::ReconcileSerialsRequest request;
  request.set_signer("ca-1");
  v1::JournaledSerial& serial = *request.add_serials();
  serial.set_serial(s.Octets(16, 's'));
  serial.set_issuance_id(s.Octets(16, 'i'));
  serial.set_precertificate(s.PrecertificateRequest(id, 'i', 's').precertificate());
  serial.set_not_after(s.Now() + 86400);
  REQUIRE_OK(s.order_writer().ReconcileSerials(s.Call(), request));
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_OK(s.StorePrecertificate(id, 'i', 's'));
  CHECK_OK(s.FinishWithCt(id, 'i', 's'));
  CHECK(s.Certificate(ref, 's')->chain_size() == 2);
  CHECK(s.Reconcile("s", "i", 1, Journaled::kPrecertificates).unknown_serials().empty());
}

TEMPLATE_TEST_CASE("precertificate requests that can't be right are refused", "", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  auto request = s.PrecertificateRequest(1, 'i', 's');
  request.clear_precertificate();
  CHECK_REASON(s.order_writer().StorePrecertificate(s.Call(), request), Reason::kMalformed);
  request = s.PrecertificateRequest(1, 'i', 's');
  request.clear_chain();
  CHECK_REASON(s.order_writer().StorePrecertificate(s.Call(), request), Reason::kMalformed);
  request = s.PrecertificateRequest(1, 'i', 's');
  request.set_serial("short");
  CHECK_REASON(s.order_writer().StorePrecertificate(s.Call(), request), Reason::kMalformed);
  auto scts = s.SctsRequest('i', 's', "x");
  scts.set_serial("short");
  CHECK_REASON(s.order_writer().KeepScts(s.Call(), scts), Reason::kMalformed);
  scts = s.SctsRequest('i', 's', "x");
  scts.clear_scts();
  CHECK_REASON(s.order_writer().KeepScts(s.Call(), scts), Reason::kMalformed);
  CHECK_REASON(s.KeepScts('i', 's', std::string(65536, 'x')), Reason::kMalformed);
  v1::ReconcileSerialsRequest both;
  both.set_signer("ca-1");
  v1::JournaledSerial& serial = *both.add_serials();
  serial.set_serial(s.Octets(16, 's'));
  serial.set_issuance_id(s.Octets(16, 'i'));
  CHECK_REASON(s.order_writer().ReconcileSerials(s.Call(), both), Reason::kMalformed);
  serial.set_certificate("c");
  serial.set_precertificate("p");
  CHECK_REASON(s.order_writer().ReconcileSerials(s.Call(), both), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::sa
